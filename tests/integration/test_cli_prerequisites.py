"""Prerequisites and post-install commands at the command line: fetched, checked, in the bundle, shown, and no longer missed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tests.integration.test_cli_dlls import publish
from tests.support.programs import make_program

if TYPE_CHECKING:
    from tests.support.commandline import Bench

TABLES = r"""
[[prerequisite]]
name = "Runtime of Maker"
source = "{source}"
sha256 = "{sha256}"
kind = "exe"
{signed}
arguments = ["/quiet", "/log", "{{log}}"]
detect = {{ file = '%SystemRoot%\System32\msvcp140.dll', at-least = "14.38" }}
provides = ["MSVCP140*.dll"]

[[post-install]]
command = ["alpha-register", "{{release}}"]
undo = ["alpha-register", "--remove"]
"""
INSTALLER = make_program(filler=b"an installer")


def tables(bench: Bench, *, content: bytes = INSTALLER, signed: str = "unsigned = true") -> str:
    source = bench.index.serve("/files/maker_redist.exe", content)
    return TABLES.format(source=source, sha256=hashlib.sha256(INSTALLER).hexdigest(), signed=signed)


def test_from_a_recipe_to_a_bundle(bench: Bench) -> None:
    publish(bench, "wide", "MSVCP140_1.dll")
    bench.publish("maker", entry_points={"console_scripts": {"alpha-register": "maker:main"}})
    bench.write(requirements=["wide", "maker"], more=tables(bench))
    done = bench.build("--format", "dir")
    assert done.code == 0, done.err
    assert "dll-missing" not in done.err
    bundle = bench.output / "example-1.0-3.11.9-win_amd64"
    assert (bundle / "prerequisites" / "maker_redist.exe").read_bytes() == INSTALLER
    data = bench.run("inspect", bundle, "--json").json
    (found,) = data["prerequisites"]
    assert (found["name"], found["file"], found["signer"]) == (
        "Runtime of Maker",
        "prerequisites/maker_redist.exe",
        None,
    )
    assert found["source"].endswith("/files/maker_redist.exe")
    assert data["post_install"][0]["undo"] == ["alpha-register", "--remove"]
    assert data["admin"] is True
    shown = bench.run("inspect", bundle).out
    for words in ("prerequisites", "Runtime of Maker", "commands once the release is in use", "alpha-register"):
        assert words in shown
    assert bench.run("verify", bundle).code == 0
    # the lock has nothing of it, and a second build fetches nothing
    again = bench.build("--format", "dir", "--locked")
    assert again.code == 0, again.err


def test_another_file_than_the_recipe_means(bench: Bench) -> None:
    bench.write(more=tables(bench, content=b"MZ something else"))
    done = bench.build()
    assert done.code == 5
    assert "maker_redist.exe" in done.err
    assert not bench.bundle.exists()


def test_nobody_signed_it(bench: Bench) -> None:
    bench.write(more=tables(bench, signed='signer = "Maker"'))
    done = bench.build()
    assert done.code == 5
    assert done.reference == "signature-missing"
    assert "the prerequisite Runtime of Maker, from http://" in " ".join(done.err.split())
    assert not bench.bundle.exists()


def test_credentials_in_an_address(bench: Bench) -> None:
    text = tables(bench).replace("http://", "http://me:hush@")
    bench.write(more=text)
    done = bench.build("--format", "dir")
    assert (done.code, done.reference) == (2, "recipe-invalid")
    assert "prerequisite[0].source: holds credentials" in done.err
    assert "hush" not in done.out + done.err
