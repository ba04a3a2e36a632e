"""/log and /json: what an administrator's run writes where others may have been before it, and what of secrets gets in."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from bundler.model.manifest import ChecksInfo
from tests.attack.test_folders_of_others import ADMIN, MODIFY, OTHER
from tests.support import only_linux
from tests.target.bundles import bootstrap, lay_bundle
from tests.target.interpreters import running
from tests.target.test_modes import PASSWORD, did, lay, refused, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED
SECRET = "first line of it\nand 'the' \"second\" = 100%\n\tand more"


@pytest.fixture
def one(tmp_path: Path) -> Laid:
    return lay(tmp_path, 1, running())


@pytest.fixture
def shared(one: Laid) -> Path:
    """A folder in which others may make files, with what they have put there."""
    folder = one.root / "Temp"
    folder.mkdir()
    (one.root / "precious").write_text("an administrator's")
    return folder


def of_others(*places: Path) -> dict[str, Any]:
    return {**ADMIN, "access": {str(each): [OTHER, [[OTHER, MODIFY, False]]] for each in places}}


@pytest.mark.parametrize("name", ["run.log", "run.json", "run.json.new"])
def test_another_name_of_a_file_is_not_written_to(one: Laid, shared: Path, name: str) -> None:
    (shared / name).hardlink_to(one.root / "precious")
    argument = "/log:" if name == "run.log" else "/json:"
    asked = shared / name.removesuffix(".new")
    did(one, PASSWORD, f"{argument}{asked}", **of_others(shared / name))
    assert (one.root / "precious").read_text() == "an administrator's"
    assert ("exit code 0" if name == "run.log" else '"exit_code": 0') in asked.read_text("utf-8")
    assert asked.stat().st_nlink == 1


@pytest.mark.parametrize("argument", ["/log:", "/json:"])
def test_nor_where_a_link_leads(one: Laid, shared: Path, argument: str) -> None:
    for target in (one.root / "precious", one.root / "none"):
        (shared / "out").unlink(missing_ok=True)
        (shared / "out").symlink_to(target)
        run(one, PASSWORD, f"{argument}{shared / 'out'}", **of_others(shared / "out"))
        assert (one.root / "precious").read_text() == "an administrator's"
        assert not (one.root / "none").exists()


def test_a_log_that_an_administrator_leads_elsewhere_is_written_there(one: Laid, shared: Path) -> None:
    (shared / "run.log").symlink_to(one.root / "kept.log")
    did(one, PASSWORD, f"/log:{shared / 'run.log'}", **ADMIN, access={})
    assert "exit code 0" in (one.root / "kept.log").read_text("utf-8")


def test_a_log_of_before_is_begun_anew(one: Laid, shared: Path) -> None:
    path = shared / "run.log"
    for _ in range(2):
        did(one, PASSWORD, f"/log:{path}")
        assert path.read_text("utf-8").count("  mode ") == 1


@pytest.mark.parametrize("argument", ["/log:", "/json:"])
@pytest.mark.parametrize(
    "name",
    ["NUL", "con.json", "COM1", "lpt9.txt", "aux .log", "CONOUT$", "file.txt:stream", "file::$DATA", "dot.", "blank "],
)
def test_what_no_file_is_called_is_refused(one: Laid, shared: Path, argument: str, name: str) -> None:
    said = refused(one, PASSWORD, f"{argument}{shared}/{name}", code=1639)
    assert "has a name that no file has" in said
    assert list(shared.iterdir()) == []


@pytest.mark.parametrize("argument", ["/log:", "/json:"])
@pytest.mark.parametrize(
    "name",
    [
        "\\\\.\\PhysicalDrive0",
        "\\\\.\\pipe\\x",
        "\\\\?\\C:\\x.log",
        "//./PhysicalDrive0",
        "/\\./C:/x.log",
        "//?/C:/x.log",
    ],
)
def test_nor_what_is_no_path_of_a_file(one: Laid, argument: str, name: str) -> None:
    assert "has a name that no file has" in refused(one, PASSWORD, argument + name, code=1639)


@pytest.mark.parametrize("argument", ["/log:", "/json:"])
def test_neither_gets_into_the_bundle_by_another_way(one: Laid, argument: str) -> None:
    """A link, a short name, a drive that stands for a folder: the bundle would never be whole again."""
    (one.root / "way").symlink_to(one.folder)
    for name in ("out", "wheels/out"):
        assert "can't lie inside the bundle" in refused(one, PASSWORD, f"{argument}{one.root}/way/{name}", code=1639)
    did(one, PASSWORD, "/plan")


def test_a_pipe_is_not_waited_for(one: Laid, shared: Path) -> None:
    os.mkfifo(shared / "out.json")
    did(one, PASSWORD, f"/json:{shared / 'out.json'}")
    assert json.loads((shared / "out.json").read_text())["exit_code"] == 0


@pytest.mark.parametrize("code", [0, 1])
def test_a_secret_of_several_lines_is_in_neither(tmp_path: Path, code: int) -> None:
    """Nor parts of it: what is shown is told line by line. The check says what it was given, and fails or not."""
    program = f"import sys; print(sys.argv[1]); print(repr(sys.argv[1])); sys.exit({code})"
    checks = ChecksInfo(imports=(), commands=(("python", "-c", program, "{site.password}"),))
    one = lay_bundle(tmp_path, boot=running(), checks=checks)
    (one.root / "secret").write_text(SECRET, "utf-8")
    outputs = (f"/json:{one.root / 'out.json'}", f"/log:{one.root / 'out.log'}")
    for mode in ("/plan", "/install", "/verify", "/set", "/repair", "/uninstall")[: 2 if code else None]:
        given = (f"/set:password=@{one.root / 'secret'}",) if mode in ("/plan", "/install") else ()
        ran = bootstrap(one, mode, *given, *outputs)
        assert ran.code == (1603 if code and mode == "/install" else 0), ran
        told = (one.root / "out.json").read_text() + (one.root / "out.log").read_text("utf-8") + ran.out + ran.err
        assert [line for line in SECRET.splitlines() if line.strip() in told] == [], mode


@pytest.mark.parametrize("argument", ["/log:", "/json:"])
def test_neither_takes_the_place_of_what_an_environment_says(one: Laid, argument: str) -> None:
    """What was there is removed first: a run would have lost which release is in use, or believed its own log for a journal."""
    did(one, PASSWORD)
    (one.root / "way").symlink_to(one.environment)
    for name in ("current", "journal", "receipt.json", "uninstall/program", "releases/x", "logs/../site.json"):
        for folder in (one.environment, one.root / "way"):
            assert f"can't lie in {one.environment}: " in refused(
                one, "/verify", f"{argument}{folder / name}", code=1639
            )
    if argument == "/log:":
        did(one, "/verify", f"/log:{one.environment / 'logs' / 'own.log'}")
