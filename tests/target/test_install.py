"""The whole flow on a simulated machine: real environments, real pip, real wheels."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from bundler.model.manifest import ChecksInfo
from bundler.target.machine.environment import Environment
from tests.support import only_linux
from tests.support.packages import make_wheel
from tests.target.bundles import Laid, bootstrap, demo_wheel, lay_bundle, repacked
from tests.target.own_host import own_host

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.interpreters import Interpreter

pytestmark = only_linux.SIMULATED

PASSWORD = "/set:password=s3cr&t é"


def use(laid: Laid, name: str) -> str:
    """What a program prints that is started as the world starts it: by its shim."""
    shim = laid.environment / "bin" / name
    done = subprocess.run([shim, "-V"], capture_output=True, encoding="utf-8", check=True)
    return done.stdout.strip()


def test_it_installs_under_every_python(tmp_path: Path, interpreter: Interpreter) -> None:
    laid = lay_bundle(tmp_path, boot=interpreter)
    bundle = set(laid.folder.rglob("*"))
    ran = bootstrap(laid, PASSWORD, environ={"PYTHONPATH": "/nowhere", "PIP_INDEX_URL": "http://127.0.0.1:9/"})
    assert (ran.code, ran.err) == (0, ""), ran
    assert ran.out.splitlines()[1].startswith("[1/11] Verified ")
    assert ran.out.splitlines()[10].startswith("[10/11] Switched to 1.0-0a1b2c3d ")
    assert ran.out.splitlines()[11].startswith("[11/11] Finished ")

    assert (laid.environment / "current").read_bytes() == b"1.0-0a1b2c3d\n"
    assert use(laid, "demo") == f"demo 1.0 {laid.release}"
    assert not (laid.release / ".incomplete").exists()
    assert (laid.release / "runtime" / "Lib" / "empty.py").read_bytes() == b""
    assert not (laid.release / "runtime" / "python311._pth").exists()
    settings = (laid.release / "etc" / "settings.ini").read_text("utf-8")
    assert settings == f"port = 8080\npassword = s3cr&t é\nwhere = {laid.release}\nbraces = {{these}} stay\n"
    assert (laid.data / "sub" / "data.txt").read_bytes() == b"first\n"
    receipt = json.loads((laid.environment / "receipt.json").read_bytes())
    assert receipt["current"] == "1.0-0a1b2c3d"
    assert receipt["files"] == [str(laid.data / "sub" / "data.txt")]
    assert {"demo", "python"} <= set(receipt["shims"])
    stored = laid.environment / "site.json"
    assert json.loads(stored.read_bytes())["values"] == {"port": "8080", "password": "s3cr&t é"}
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    installed = {path.name for path in laid.release.glob("lib/python*/site-packages/*.dist-info")}
    assert installed == {"demo-1.0.dist-info", "helper-2.5.dist-info"}

    assert "s3cr&t" not in laid.log() + ran.out
    assert set(laid.folder.rglob("*")) == bundle
    assert {path.suffix for path in laid.temporary.iterdir()} <= {".log", ".lock", ".json", ""}

    before = {path: path.stat().st_mtime_ns for path in laid.environment.rglob("*") if "logs" not in str(path)}
    again = bootstrap(laid)
    assert (again.code, again.err) == (0, "")
    assert again.out.splitlines()[-1] == "This release is installed and in use already: nothing to do."
    assert {path: path.stat().st_mtime_ns for path in laid.environment.rglob("*") if "logs" not in str(path)} == before


@pytest.mark.parametrize(
    "arguments", [["/plan", PASSWORD], ["/verify"], ["/?"], ["/bogus"], ["/plan", "/quiet", PASSWORD]]
)
def test_what_only_looks_changes_nothing(laid: Laid, arguments: list[str]) -> None:
    before = laid.tree()
    ran = bootstrap(laid, *arguments)
    assert ran.code == (1639 if arguments == ["/bogus"] else 0)
    assert laid.tree() == before
    if "/quiet" in arguments:
        assert ran.out == ""
    elif "/plan" in arguments:
        changes = [line for line in ran.out.splitlines() if line.startswith("  - ")]
        assert any(line.endswith("install helper 2.5") for line in changes)
        assert "  - make 1.0-0a1b2c3d current (now: nothing)" in changes
        assert "s3cr&t" not in ran.out


HELPER = "wheels/helper-2.5-py2.py3-none-any.whl"


def flipped(content: bytes) -> bytes:
    return bytes([content[0] ^ 1]) + content[1:]


def cut(content: bytes) -> bytes:
    return content[:-1]


def without_helper(content: bytes) -> bytes:
    return b"".join(line for line in content.splitlines(keepends=True) if b"helper" not in line)


def missing(_content: bytes) -> None:
    return None


def added(_content: bytes) -> bytes:
    return b"x"


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (HELPER, flipped, f"- {HELPER} was changed"),
        ("boot/python.exe", cut, "- boot/python.exe has "),
        (HELPER, missing, f"- {HELPER} is missing"),
        ("wheels/extra.whl", added, "- wheels/extra.whl does not belong to the bundle"),
        ("target/modes/plan.pyc", added, "- target/modes/plan.pyc does not belong to the bundle"),
        ("manifest.json", flipped, "- manifest.json is not what SHA256SUMS lists"),
        ("manifest.json", missing, "- manifest.json is missing"),
        ("SHA256SUMS", cut, "- SHA256SUMS is cut short"),
        ("SHA256SUMS", flipped, "SHA256SUMS"),
        ("SHA256SUMS", without_helper, f"- manifest.json and SHA256SUMS disagree about {HELPER}"),
        ("SHA256SUMS", missing, "- SHA256SUMS is missing"),
    ],
)
def test_a_bundle_that_is_not_whole_changes_nothing(
    laid: Laid, name: str, change: Callable[[bytes], bytes | None], words: str
) -> None:
    path = laid.folder / name
    content = change(path.read_bytes() if path.exists() else b"")
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    before = laid.tree()
    ran = bootstrap(laid, PASSWORD)
    assert ran.code == 1603
    assert words in ran.err
    assert "Nothing was changed." in ran.err
    assert laid.tree() == before


@only_linux.LINKS
def test_a_bundle_has_neither_links_nor_empty_folders(laid: Laid) -> None:
    """What a link leads to, others may change once it was looked at."""
    elsewhere = laid.folder.parent / "elsewhere"
    (laid.folder / HELPER).rename(elsewhere)
    (laid.folder / HELPER).symlink_to(elsewhere)
    (laid.folder / "linked").symlink_to(laid.folder / "wheels", target_is_directory=True)
    (laid.folder / "target" / "empty").mkdir()
    (laid.folder / "/".join("d" * 150)).mkdir(parents=True)
    ran = bootstrap(laid, PASSWORD)
    assert ran.code == 1603
    assert "The bundle is not whole (4 faults):" in ran.err
    assert f"- {HELPER} is a link and should be a file" in ran.err
    assert "- linked is a link and should be a file" in ran.err
    assert "- target/empty/ is an empty folder, which no bundle has" in ran.err
    assert f"- {'d/' * 100}d lies deeper than any folder of a bundle" in ran.err


def test_all_faults_of_a_bundle_are_told_at_once(laid: Laid) -> None:
    (laid.folder / HELPER).unlink()
    (laid.folder / "boot/python.exe").write_bytes(b"x")
    (laid.folder / "extra").write_bytes(b"x")
    ran = bootstrap(laid, "/verify")
    assert ran.code == 1603
    assert "The bundle is not whole (3 faults):" in ran.err


def test_the_operators_files_may_lie_beside(laid: Laid) -> None:
    (laid.folder / "site.toml").write_text("password = 'x'\n", "utf-8")
    assert bootstrap(laid, "/verify").code == 0
    for name in ("SHA256SUMS.sig", "SHA256SUMS.asc"):  # which nothing checks
        (laid.folder / name).write_bytes(b"signed")
        assert f"{name} does not belong to the bundle" in bootstrap(laid, "/verify").err


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        (ChecksInfo(imports=("demo", "nowhere"), commands=()), "No module named"),
        (ChecksInfo(imports=(), commands=(("python", "-c", "import sys; sys.exit('it is broken')"),)), "it is broken"),
        (ChecksInfo(imports=(), commands=(("sh", "-c", "true"),)), "there is no sh in"),
    ],
)
def test_a_failed_check_leaves_nothing(tmp_path: Path, few: Interpreter, checks: ChecksInfo, words: str) -> None:
    laid = lay_bundle(tmp_path, boot=few, checks=checks)
    before = laid.tree()
    ran = bootstrap(laid, PASSWORD)
    assert ran.code == 1603
    assert words in ran.err
    assert "The log is " in ran.err
    assert laid.tree() == before


@pytest.mark.parametrize(
    ("body", "code"), [("import os; os._exit(0)", 1603), ("import os; sys.stdout = None; os.close(1)", 0)]
)
def test_an_import_that_ends_the_program_is_none(tmp_path: Path, few: Interpreter, body: str, code: int) -> None:
    """With an exit code of 0; the modules behind it were never imported. What a module does with the output is its own affair."""
    packages = [demo_wheel(tmp_path / "made", body=body)]
    checks = ChecksInfo(imports=("demo", "json"), commands=())
    ran = bootstrap(lay_bundle(tmp_path, boot=few, packages=packages, checks=checks), PASSWORD)
    said = "Importing demo, json failed: a module ended the program (exit code 0)"
    assert (ran.code, said in ran.err) == (code, bool(code)), ran


def test_packages_that_do_not_fit_together_leave_nothing(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path, packages=[demo_wheel(tmp_path / "made", requires=["absent>=3"])])
    before = laid.tree()
    ran = bootstrap(laid, PASSWORD)
    assert ran.code == 1603
    assert "absent" in ran.err
    assert laid.tree() == before


def test_one_package_is_one(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path, packages=[demo_wheel(tmp_path / "made")])
    shown = bootstrap(laid, PASSWORD, "/plan").out
    assert "  - check that exactly 1 package is installed and its requirements are met\n" in shown


def test_what_is_installed_must_be_what_was_frozen(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path)
    laid.rewrite(dataclasses.replace(laid.manifest, frozen=("demo==1.0", "helper==2.6", "third==1")))
    before = laid.tree()
    ran = bootstrap(laid, PASSWORD)
    assert ran.code == 1603
    assert "- missing: helper==2.6\n- missing: third==1\n- unexpected: helper==2.5\n" in ran.err
    assert laid.tree() == before


@pytest.mark.parametrize("word", ["venv", "worker.py", "pip_check.py"])
def test_ctrl_c_leaves_nothing(laid: Laid, word: str) -> None:
    before = laid.tree()
    ran = bootstrap(laid, PASSWORD, interrupt=word)
    assert ran.code == 1602
    assert "Cancelled." in ran.err
    assert laid.tree() == before


@pytest.mark.parametrize(
    ("machine", "in_use"),
    [
        ({"power_off": "venv"}, False),
        ({"power_off": "worker.py"}, False),
        ({"power_off": "pip_check.py"}, False),
        ({"power_off_before": "demo"}, False),
        ({"power_off_before": "current"}, False),
        ({"power_off_after": "current"}, True),
        ({"power_off_before": "receipt.json"}, True),
    ],
    ids=str,
)
def test_after_a_power_failure_the_next_run_converges(tmp_path: Path, machine: dict[str, str], in_use: bool) -> None:
    laid = lay_bundle(tmp_path)
    ran = bootstrap(laid, PASSWORD, shims=str(laid.environment / "bin"), **machine)  # type: ignore[arg-type]
    assert ran.code == 1
    assert (laid.environment / "current").exists() == in_use
    again = bootstrap(laid, PASSWORD)
    assert again.code == 0, again.err
    assert use(laid, "demo") == f"demo 1.0 {laid.release}"
    assert bootstrap(laid).out.splitlines()[-1].endswith("nothing to do.")
    assert not list(laid.root.rglob("*.new"))


def test_only_one_at_a_time(laid: Laid) -> None:
    class Other(Environment):
        def temporary(self) -> str:
            return str(laid.temporary)

    before = laid.tree()
    held = own_host(environment=Other()).system.lock(str(laid.environment))
    ran = bootstrap(laid, PASSWORD)
    assert ran.code == 1618
    assert "another bootstrap.bat is working" in ran.err
    assert laid.tree() == before
    assert held is not None
    held.close()
    assert bootstrap(laid, PASSWORD).code == 0


def test_an_unfinished_release_is_made_anew(laid: Laid) -> None:
    laid.release.mkdir(parents=True)
    (laid.release / ".incomplete").write_text("x")
    (laid.release / "rubbish").write_text("x")
    (laid.environment / "receipt.json").write_text('{"format": 1, "name": "example"}')
    ran = bootstrap(laid, PASSWORD)
    assert ran.code == 0, ran.err
    assert "Removed an unfinished installation" in ran.out
    assert not (laid.release / "rubbish").exists()


def test_a_complete_release_that_is_not_in_use_is_checked_and_switched_to(laid: Laid) -> None:
    assert bootstrap(laid, PASSWORD).code == 0
    (laid.environment / "current").unlink()
    ran = bootstrap(laid)
    assert ran.code == 0
    assert [line.split(maxsplit=2)[1] for line in ran.out.splitlines()[1:5]] == [
        "Verified",
        "Checked",
        "Checked",
        "Switched",
    ]
    assert use(laid, "demo") == f"demo 1.0 {laid.release}"


def test_a_second_release_lives_beside_the_first(tmp_path: Path) -> None:
    first = lay_bundle(tmp_path)
    assert bootstrap(first, PASSWORD).code == 0
    (first.data / "sub" / "data.txt").write_text("the operator's\n")
    first.folder.rename(tmp_path / "first")
    second = lay_bundle(tmp_path, version="2.0")
    ran = bootstrap(second, "/set:port=9090")
    assert ran.code == 0, ran.err
    assert (second.environment / "current").read_bytes() == b"2.0-0a1b2c3d\n"
    assert first.release.is_dir()
    assert use(second, "demo") == f"demo 1.0 {second.release}"
    assert (first.data / "sub" / "data.txt").read_text() == "the operator's\n"
    receipt = json.loads((second.environment / "receipt.json").read_bytes())
    assert (receipt["previous"], receipt["current"]) == ("1.0-0a1b2c3d", "2.0-0a1b2c3d")
    assert json.loads((second.environment / "site.json").read_bytes())["values"]["port"] == "9090"


def test_a_failed_second_release_leaves_the_first_in_use(tmp_path: Path) -> None:
    first = lay_bundle(tmp_path)
    assert bootstrap(first, PASSWORD).code == 0
    first.folder.rename(tmp_path / "first")
    failing = ChecksInfo(imports=("nowhere",), commands=())
    second = lay_bundle(tmp_path, version="2.0", checks=failing)
    before = {name: content for name, content in second.tree().items() if "logs" not in name}
    assert bootstrap(second).code == 1603
    assert {name: content for name, content in second.tree().items() if "logs" not in name} == before
    assert use(second, "demo") == f"demo 1.0 {first.release}"


def test_virtualenv_from_the_seeds_makes_the_environment(tmp_path: Path) -> None:
    names, waiting = set[str](), ["virtualenv"]
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            wanted = map(Requirement, importlib.metadata.requires(name) or [])
            waiting += [each.name for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})]
    seeds = [repacked(tmp_path / "seeds", name) for name in [*sorted(names), "pip"]]
    laid = lay_bundle(tmp_path, maker="virtualenv", seeds=seeds)
    ran = bootstrap(laid, PASSWORD)
    assert ran.code == 0, ran.err
    assert use(laid, "demo") == f"demo 1.0 {laid.release}"
    assert "virtualenv" not in {path.name for path in laid.release.glob("lib/python*/site-packages/*")}
    assert not (laid.release / ".virtualenv").exists(), "what it needed is gone"
    assert not (laid.root / ".local").exists(), "nothing is made for the account"


def test_a_desktop_program_gets_the_shim_without_a_console(tmp_path: Path) -> None:
    pe = bytearray(b"MZ".ljust(0x3C, b"\0") + b"\x40\0\0\0" + b"PE\0\0".ljust(24 + 68, b"\0") + b"\x02\0")
    path = tmp_path / "x.exe"
    path.write_bytes(pe)
    assert own_host().paths.has_window(str(path))
    pe[-2] = 3
    path.write_bytes(pe)
    assert not own_host().paths.has_window(str(path))
    path.write_bytes(b"#!/bin/sh\n")
    assert not own_host().paths.has_window(str(path))


def test_logs_and_temporary_files_stay_out_of_the_bundle(laid: Laid) -> None:
    ran = bootstrap(laid, PASSWORD, f"/log:{laid.folder / 'x.log'}")
    assert ran.code == 1639
    log = laid.root / "given.log"
    assert bootstrap(laid, PASSWORD, f"/log:{log}").code == 0
    assert "exit code 0" in log.read_text("utf-8")
    assert [each.name for each in laid.release.parent.iterdir()] == ["1.0-0a1b2c3d"]


def test_an_unforeseen_error_is_told_without_a_traceback(laid: Laid) -> None:
    before = laid.tree()
    ran = bootstrap(laid, PASSWORD, err_at=9)
    assert ran.code == 1603
    assert "Traceback" not in ran.err
    assert "nobody foresaw this" in ran.err
    assert "Traceback" in laid.log()
    assert laid.tree() == before


def test_a_file_where_a_folder_should_be(laid: Laid) -> None:
    (laid.root / "maschine é (x86) & 100%!" / "Data").mkdir()
    (laid.data / "sub").write_text("somebody's")
    before = laid.tree()
    ran = bootstrap(laid, PASSWORD)
    assert ran.code == 1603
    assert "move it out of the way" in ran.err
    assert laid.tree() == before


def test_old_shims_are_replaced_and_only_where_they_differ(laid: Laid) -> None:
    assert bootstrap(laid, PASSWORD).code == 0
    shim = laid.environment / "bin" / "demo"
    shim.write_text("another one\n")
    (laid.environment / "current").unlink()
    assert bootstrap(laid).code == 0
    assert use(laid, "demo") == f"demo 1.0 {laid.release}"


def test_a_wheel_of_the_wrong_python_is_refused(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path, packages=[make_wheel(tmp_path / "made", "native", tag="cp27-cp27m-win32")])
    before = laid.tree()
    ran = bootstrap(laid, PASSWORD)
    assert ran.code == 1603
    assert "native-1.0-cp27-cp27m-win32.whl, which is not for the Python of the target" in ran.err
    assert laid.tree() == before
