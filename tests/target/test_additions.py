"""What somebody added to a release: named by /verify, moved away by /repair, named by an upgrade; and what isn't an addition."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import TYPE_CHECKING

import pytest

from bundler.model.manifest import ChecksInfo
from bundler.target.state.written_files import is_volatile, made_of_source, with_folders
from tests.attack.test_folders_of_others import ADMINISTRATORS, EVERY_ACCOUNT, MODIFY
from tests.support import only_linux
from tests.target.bundles import Laid, bootstrap, demo_wheel, lay_bundle
from tests.target.interpreters import interpreters, running
from tests.target.test_modes import PASSWORD, did, lay, run
from tests.target.test_services import PASSWORD as SECRET
from tests.target.test_services import lay_server

if TYPE_CHECKING:
    from pathlib import Path

SIMULATED = only_linux.SIMULATED
CHECKS = ChecksInfo(imports=("demo",), commands=())


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def one(request: pytest.FixtureRequest, tmp_path: Path) -> Laid:
    return lay(tmp_path, 1, request.param)


def site_packages(laid: Laid) -> Path:
    return next(laid.release.glob("lib/python*/site-packages"))


def add(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


@SIMULATED
def test_what_was_added_is_named_and_moved_away(one: Laid) -> None:
    did(one, PASSWORD)
    packages = site_packages(one)
    written = [packages / "twisted" / "plugins" / "dropin.cache", packages / "__pycache__" / "demo.cpython-399.pyc"]
    for each in written:
        add(each)
    assert "as they were installed" in did(one, "/verify").out
    foreign = [
        packages / "evil.pth",
        packages / "sitecustomize.py",
        packages / "foreign" / "__init__.py",
        packages / "foreign" / "__pycache__" / "__init__.cpython-399.pyc",
        packages / "hidden.pyc",
        one.release / "python311._pth",
        one.release / "bin" / "ssl.dll",
        one.release / "bin" / "python311._pth",
        one.release / "bin" / "pyvenv.cfg",
        one.release / "runtime" / "pyvenv.cfg",
        one.release / "runtime" / "version.dll",
        one.release / "runtime" / "Lib" / "sitecustomize.py",
    ]
    for each in foreign:
        add(each)
    (packages / "linked").symlink_to(one.root)
    names = sorted(
        [*(str(each.relative_to(one.release)) for each in foreign), str((packages / "linked").relative_to(one.release))]
    )
    verified = run(one, "/verify")
    assert verified.code == 1603
    assert [line[2:].partition(" was added")[0] for line in verified.err.splitlines() if "was added" in line] == names
    plan = did(one, "/repair", "/plan").out
    assert all(f"move {each}, which no bundle brought, to {one.environment}/quarantine" in plan for each in names)
    repaired = did(one, "/repair").out
    [stamp] = (one.environment / "quarantine").iterdir()
    assert all(f"moved {each}, which no bundle brought, to {stamp / each}" in repaired for each in names)
    assert (
        sorted(str(each.relative_to(stamp)) for each in stamp.rglob("*") if each.is_file() or each.is_symlink())
        == names
    )
    assert not (packages / "foreign").exists()
    assert all(each.exists() for each in written)
    assert "as they were installed" in did(one, "/verify").out
    assert f"{one.environment / 'quarantine'} is kept" in did(one, "/uninstall").out
    assert (stamp / names[0]).is_file()
    did(one, PASSWORD)
    did(one, "/uninstall", "/purge")
    assert list(one.environment.parent.iterdir()) == []


@SIMULATED
def test_what_lies_beside_launchers_and_the_service_host_is_seen_too(tmp_path: Path) -> None:
    """Both find DLLs in their own folders first."""
    server = lay_server(tmp_path, running())
    one = server.one
    assert server.run(one, SECRET).code == 0
    shims, services = one.environment / "bin", one.environment / "services"
    foreign = [shims / "version.dll", shims / "python311._pth", shims / "pyvenv.cfg", services / "wtsapi32.dll"]
    for each in foreign:
        add(each)
    add(shims / "demo.123.old")
    names = sorted(str(each.relative_to(one.environment)) for each in foreign)
    verified = server.run(one, "/verify")
    named = [line[2:].partition(" was added")[0] for line in verified.err.splitlines() if "was added" in line]
    assert (verified.code, named) == (1603, [str(one.environment / each) for each in names])
    plan = server.run(one, "/repair", "/plan")
    assert all(f"move {each}, which no bundle brought, to {one.environment}/quarantine" in plan.out for each in names)
    held = server.run(one, "/repair", locked={str(foreign[0]): [["editor", 7]]})
    assert (held.code, f"{foreign[0]} is in use by editor (process 7)" in held.err) == (1603, True)
    repaired = server.run(one, "/repair")
    assert (repaired.code, repaired.err) == (0, ""), repaired
    [stamp] = (one.environment / "quarantine").iterdir()
    assert sorted(str(each.relative_to(stamp)) for each in stamp.rglob("*") if each.is_file()) == names
    assert "as they were installed" in server.run(one, "/verify").out


@SIMULATED
@pytest.mark.parametrize(
    "name",
    [
        "bin/version.dll",
        "services/version.dll",
        "pyvenv.cfg",
        "python311._pth",
        "releases/1.0-0a1b2c3d/bin/python",
        "settings/1.0-0a1b2c3d+2/services/web.conf",
        "current",
    ],
)
def test_what_lies_in_the_environment_before_an_installation_is_refused(tmp_path: Path, name: str) -> None:
    """Though it is an administrator's by now: somebody may have handed it over."""
    one = lay(tmp_path, 1, running())
    add(one.environment / name)
    ran = run(one, PASSWORD)
    assert ran.code == 1638, ran
    assert f"{one.environment} was not made by a bundle and holds {name.partition('/')[0]}: move it out of" in ran.err
    there = [each for each in one.environment.rglob("*") if each.is_file() and each.suffix != ".log"]
    assert [(each, each.read_text()) for each in there] == [(one.environment / name, "x")]


@SIMULATED
def test_programs_of_an_elevated_run_find_nothing_in_folders_of_others(tmp_path: Path) -> None:
    """On PATH: neither in those that others may change, nor in those that anybody could make, nor below where the run is started."""
    script = "import io, os\nio.open(os.environ['HOME'] + '/path', 'w').write(u'' + os.environ['PATH'])"
    laid = lay_bundle(tmp_path, packages=[demo_wheel(tmp_path / "w", body=script)], checks=CHECKS)
    opened, closed, moved = (tmp_path / name for name in ("open", "closed", "moved"))
    for each in (opened, closed, moved):
        each.mkdir()
    (opened / "demo.dll").write_text("planted")
    path = os.pathsep.join(["", ".", str(tmp_path / "missing"), str(opened), str(closed), str(moved), "/bin"])
    access = {
        str(opened): [ADMINISTRATORS, [[EVERY_ACCOUNT, MODIFY, False]]],
        str(moved): ["S-1-5-21-99", []],
    }
    assert bootstrap(laid, PASSWORD, environ={"PATH": path}, access=access).code == 0
    assert (tmp_path / "path").read_text() == os.pathsep.join([str(closed), "/bin"])
    did(laid, "/uninstall")
    (tmp_path / "path").unlink()
    assert bootstrap(laid, PASSWORD, environ={"PATH": path}, access=access, admin=False).code == 0
    assert str(opened) in (tmp_path / "path").read_text()


@SIMULATED
def test_a_second_pip_does_not_stop_a_repair(one: Laid) -> None:
    """As ``ensurepip`` leaves it: the environment had none of its own, and this one lacks what it needs."""
    did(one, PASSWORD)
    packages = site_packages(one)
    add(
        packages / "pip-99.0.dist-info" / "METADATA",
        "Metadata-Version: 2.1\nName: pip\nVersion: 99.0\nRequires-Dist: nowhere\n",
    )
    add(packages / "pip" / "__init__.py", "raise SystemExit('broken')\n")
    assert "pip-99.0.dist-info/METADATA, which no bundle brought" in did(one, "/repair").out
    assert not list(packages.glob("pip*"))
    assert "as they were installed" in did(one, "/verify").out


@SIMULATED
def test_an_upgrade_names_what_it_leaves_behind(one: Laid) -> None:
    did(one, PASSWORD)
    add(site_packages(one) / "notes.txt")
    two = lay(one.root, 2, one.boot)
    words = f"has what no bundle brought, and this release doesn't have it: {(site_packages(one) / 'notes.txt').relative_to(one.release)}"
    assert words in did(two, "/plan").out
    assert words in did(two).out
    assert "no bundle brought" not in did(two).out


@SIMULATED
def test_what_cannot_be_moved_is_named(one: Laid) -> None:
    did(one, PASSWORD)
    path = add(site_packages(one) / "evil.pth")
    ran = run(one, "/repair", locked={str(path): [["editor", 7]]})
    assert (ran.code, f"{path} is in use by editor (process 7)" in ran.err) == (1603, True)
    assert path.exists()
    assert not (one.environment / "quarantine").exists()


@SIMULATED
def test_the_recipe_says_what_programs_write(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path)
    table = json.loads((laid.folder / "manifest.json").read_bytes())
    assert table["environment"]["volatile"] == []
    volatile(laid, "lib/*/site-packages/demo*.cache")
    did(laid, PASSWORD)
    add(site_packages(laid) / "Demo" / "a.cache")
    add(site_packages(laid) / "other.cache")
    said = run(laid, "/verify").err
    assert ("other.cache was added" in said, "a.cache" in said) == (True, False)


def volatile(laid: Laid, *patterns: str) -> None:
    environment = dataclasses.replace(laid.manifest.environment, volatile=patterns)
    laid.rewrite(dataclasses.replace(laid.manifest, environment=environment))


NAMES = with_folders(["Lib/site-packages/a/b.py", "Lib/site-packages/c.pyw", "Lib/site-packages/bare.pyc"])


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Lib/site-packages/a/b.pyc", True),
        ("Lib/site-packages/a/__pycache__/b.cpython-311.pyc", True),
        ("Lib/site-packages/a/__pycache__/b.f-1.py311.nbi", True),
        ("Lib/site-packages/c.pyo", True),
        ("Lib/__pycache__/x.pyc", True),
        ("Lib/site-packages/evil.pyc", False),
        ("Lib/site-packages/bare.py", False),
        ("Lib/site-packages/evil/__pycache__/b.pyc", False),
        ("Lib/site-packages/a/__pycache__/deeper/b.pyc", False),
        ("Lib/site-packages/a__pycache__/b.pyc", False),
    ],
)
def test_byte_code_that_python_makes_anew(name: str, *, made: bool) -> None:
    assert made_of_source(name, NAMES) is made


@pytest.mark.parametrize(
    ("name", "patterns", "does"),
    [
        ("Lib/site-packages/twisted/plugins/dropin.cache", [], True),
        ("Lib/site-packages/Twisted/Plugins/DROPIN.cache", [], True),
        ("Lib/site-packages/evil.pth", [], False),
        ("Lib/site-packages/x/y.cache", ["lib/site-packages/*.cache"], True),
        ("Lib/site-packages/x/y.cache", ["*.cache"], True),
        ("Lib/site-packages/x/y.cache", ["y.cache", "site-packages/*.cache"], False),
    ],
)
def test_patterns(name: str, patterns: list[str], *, does: bool) -> None:
    assert is_volatile(name, patterns) is does
