"""``bundle app-control`` as a user runs it: a bundle that was built, and wrong input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.programs import make_program

if TYPE_CHECKING:
    from tests.support.commandline import Bench

BASE = "{A244370E-44C9-4C06-B551-F6016E563076}"


def test_policies_of_a_bundle(bench: Bench) -> None:
    bench.publish("gamma", tag="cp311-cp311-win_amd64", files={"gamma/gamma.dll": make_program(dll=True)})
    bench.write(requirements=("alpha", "gamma"))
    assert bench.build().code == 0
    done = bench.run("app-control", bench.bundle, "--output", "policies")
    assert done.code == 0, done.err
    assert "launchers of entry points" in done.out
    policies = bench.folder / "policies"
    written = {each.name: each.read_bytes() for each in policies.iterdir()}
    assert {Path(each).suffixes[-2] for each in written} == {".applocker", ".appcontrol"}
    again = bench.run("app-control", bench.bundle, "--output", "policies", "--json")
    assert {each.name: each.read_bytes() for each in policies.iterdir()} == written
    data = again.json
    assert again.err == ""
    assert data["base_policy"] is None
    assert {each["path"] for each in data["files"] if each["member"].startswith("wheels/gamma")} == {"gamma/gamma.dll"}
    assert {"bootstrap.bat", "target/shim.exe", "boot/python.exe"} <= {each["member"] for each in data["files"]}
    supplement = bench.run(
        "app-control", bench.bundle, "-o", "policies", "--base-policy", BASE, "--only-hashes", "--json"
    )
    assert supplement.json["base_policy"] == BASE.strip("{}").lower()
    assert not any(each["publisher"] for each in supplement.json["files"])
    assert BASE in (bench.folder / supplement.json["app_control"]).read_text(encoding="utf-8")


def test_what_is_wrong_is_one_error(bench: Bench) -> None:
    for arguments in (["--base-policy", "Contoso"], ["--base-policy", "a244370e44c94c06b551f6016e563076xx"]):
        refused = bench.run("app-control", bench.folder / "x.zip", *arguments)
        assert refused.code == 2
        assert "is not the id of a policy" in refused.err
    missing = bench.run("app-control", bench.folder / "x.zip")
    assert (missing.code, missing.reference) == (2, "bundle-unreadable")
    inside = bench.run("app-control", bench.folder, "-o", bench.folder / "policies")
    assert (inside.code, inside.reference) == (2, "output-in-bundle")
    assert not (bench.folder / "build").exists()
