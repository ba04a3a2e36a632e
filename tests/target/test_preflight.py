"""What a machine lacks is found before anything is changed, and all of it at once."""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.steps.runtime import Setup, exe_command, msi_command
from tests.support import only_linux
from tests.target.bundles import Laid, bootstrap, lay_bundle
from tests.target.interpreters import running
from tests.target.test_services import PASSWORD as SERVERS_PASSWORD
from tests.target.test_services import lay_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.interpreters import Interpreter

pytestmark = only_linux.SIMULATED

PASSWORD = "/set:password=hidden-words"
FEATURES = ["DefaultFeature", "SharedCRT", "Extensions", "TclTk", "Documentation", "Tools", "Testsuite", "PrependPath"]


@pytest.fixture
def installing(tmp_path: Path, few: Interpreter) -> Laid:
    """A bundle whose Python comes from an installer."""
    return lay_bundle(tmp_path, boot=few, kind="exe")


def test_services_see_no_drives_of_one_session(tmp_path: Path) -> None:
    """Of ``subst`` or mapped ones; without services whoever installs there sees them."""
    server = lay_server(tmp_path, running())
    drives = {str(server.one.data): "C:\\Real\\Data"}
    ran = server.run(server.one, SERVERS_PASSWORD, behind_drive=drives)
    assert ran.code == 1603, ran
    assert f"{server.one.data} lies on a drive that stands for C:\\Real\\Data in this session only" in ran.err
    assert not server.one.environment.exists()


@pytest.mark.parametrize("read_only", [True, False])
def test_nobody_changes_a_bundle_on_a_medium_that_can_not_be_written(laid: Laid, *, read_only: bool) -> None:
    """A file system without rights tells that everybody may."""
    access = {str(laid.folder): ["S-1-5-32-544", [["S-1-1-0", 0x1F01FF, False]]]}
    machine = {"admin": True, "access": access, "read_only": [str(laid.folder)] if read_only else []}
    ran = bootstrap(laid, "/plan", "/set:password=x", **machine)  # type: ignore[arg-type]
    assert ("Others may change this bundle" in ran.err) is not read_only, ran


def installer(laid: Laid, *, does: str = "") -> str:
    """A program that stands in for an installer: notes its command line, and makes the Python that the bundle wants."""
    directory = laid.manifest.runtime.directory
    path = laid.temporary / "installer"
    python = laid.folder / "boot" / "python.exe"
    path.write_text(
        f'#!/bin/sh\nprintf %s "$1" > "{laid.temporary}/command"\n'
        + (does or f'mkdir -p "{directory}" && cp "{python}" "{directory}/python.exe"\n'),
        "utf-8",
    )
    path.chmod(0o755)
    return str(path)


def make_python(folder: Path, laid: Laid, version: str | None = None) -> str:
    """A Python that is there already; of another version it only says so."""
    folder.mkdir(parents=True)
    python = folder / "python.exe"
    content = (laid.folder / "boot" / "python.exe").read_text("utf-8")
    python.write_text(f"#!/bin/sh\necho {version} 64\n" if version else content, "utf-8")
    python.chmod(0o755)
    return str(folder)


def test_every_problem_at_once(installing: Laid) -> None:
    before = installing.tree()
    machine: dict[str, Any] = {
        "windows": [6, 0, 6002],
        "bits": 32,
        "admin": False,
        "free": 1_000_000,
        "path_limit": 60,
        "closed": [str(installing.environment.parent)],
    }
    ran = bootstrap(installing, PASSWORD, **machine)
    assert ran.code == 1625
    assert ran.err.splitlines()[1] == "8 problems found; nothing was changed:"
    for words in (
        "needs Windows 6.1.7601 or later; this is Windows 6.0.6002",
        "the bundle is for 64-bit Windows; this one has 32 bits",
        "needs administrator rights",
        f"{installing.environment} can't be made or written to",
        f"{installing.data} can't be made or written to",
        f"{installing.environment} ({len(str(installing.environment))} characters) is too long",
        f"{installing.data} ({len(str(installing.data))} characters) is too long",
        "the limit is 60",
        " MB of free space and has 1.0 MB",
    ):
        assert words in ran.err
    assert installing.tree() == before
    planned = bootstrap(installing, "/plan", PASSWORD, **machine)
    assert planned.code == 1625
    assert "  - install Python" in planned.out
    assert "8 problems" in planned.err
    assert installing.tree() == before


def test_who_may_make_folders_needn_t_make_files(laid: Laid) -> None:
    r"""As users in ``C:\\``: the environment is a folder there. In an environment that is there, both are needed."""
    above = str(laid.environment.parent)
    assert bootstrap(laid, "/plan", PASSWORD, folders_only=[above]).code == 0
    ran = bootstrap(laid, "/plan", PASSWORD, closed=[above])
    assert (ran.code, "this account may not" in ran.err) == (1625, True)
    laid.environment.mkdir()
    ran = bootstrap(laid, "/plan", PASSWORD, folders_only=[str(laid.environment)])
    assert (ran.code, f"{laid.environment} can't be made or written to" in ran.err) == (1625, True)


def test_an_archive_needs_no_rights(laid: Laid) -> None:
    assert bootstrap(laid, "/plan", PASSWORD, admin=False).code == 0


def test_the_longest_path_counts(laid: Laid) -> None:
    """One character less is too few."""
    long = max(
        len(str(laid.release)) + len("/lib/python3.11/site-packages/") + each.longest_path
        for each in laid.manifest.packages
    )
    long += len(laid.manifest.target.python.rpartition(".")[0]) - len("3.11")
    assert bootstrap(laid, "/plan", PASSWORD, path_limit=long).code == 0
    ran = bootstrap(laid, "/plan", PASSWORD, path_limit=long - 1)
    assert ran.code == 1603
    assert f"would have {long} characters, the limit is {long - 1}" in ran.err
    assert f"may have {len(str(laid.environment)) - 1}" in ran.err


@pytest.mark.parametrize("what", ["file of the release", "file of the data folder", "folder"])
def test_what_a_file_is_called_until_it_is_whole_counts_too(laid: Laid, what: str) -> None:
    """``.new``; and a folder's limit is lower than a file's."""
    name = "x" * 150
    if what == "folder":
        program = dataclasses.replace(laid.manifest.members[-1], path=f"target/{name}/a")
        members = (*laid.manifest.members, program)
        long = len(str(laid.environment / "uninstall" / laid.manifest.bundle.release / "target" / name)) + 12
        (laid.folder / "target" / name).mkdir()
        shutil.copy(laid.folder / laid.manifest.members[-1].path, laid.folder / program.path)
        laid.rewrite(dataclasses.replace(laid.manifest, members=members))
    else:
        root, place = ("{release}", laid.release) if "release" in what else ("{data}", laid.data)
        files = [dataclasses.replace(each, destination=f"{root}\\{name}") for each in laid.manifest.files[:1]]
        laid.rewrite(dataclasses.replace(laid.manifest, files=tuple(files)))
        long = len(str(place)) + 1 + len(name) + len(".new")
    assert bootstrap(laid, "/plan", PASSWORD, path_limit=long, folder_room=12).code == 0
    ran = bootstrap(laid, "/plan", PASSWORD, path_limit=long - 1, folder_room=12)
    assert (ran.code, f"would have {long} characters, the limit is {long - 1}" in ran.err) == (1603, True), ran.err


def test_the_last_virtualenv_for_2_7_takes_ascii_paths_only(laid: Laid) -> None:
    target = dataclasses.replace(laid.manifest.target, python="2.7.18")
    environment = dataclasses.replace(laid.manifest.environment, maker="virtualenv")
    laid.rewrite(dataclasses.replace(laid.manifest, target=target, environment=environment))
    ran = bootstrap(laid, PASSWORD)
    assert ran.code == 1603
    assert f"{laid.environment} holds letters that are not ASCII" in ran.err


def test_a_data_folder_inside_the_environment_may_be_there(laid: Laid) -> None:
    data = laid.environment / "var" / "data"
    data.mkdir(parents=True)
    (data / "kept").write_text("x")
    environment = dataclasses.replace(laid.manifest.environment, data=str(data))
    laid.rewrite(dataclasses.replace(laid.manifest, environment=environment))
    before = laid.tree()
    assert bootstrap(laid, PASSWORD, interrupt="pip_check.py").code == 1602
    assert laid.tree() == before
    assert bootstrap(laid, PASSWORD).code == 0
    assert (data / "kept").read_text() == "x"


def test_an_installers_python(installing: Laid) -> None:
    ran = bootstrap(installing, PASSWORD, installer=installer(installing))
    assert ran.code == 0, ran.err
    command = (installing.temporary / "command").read_text("utf-8")
    assert f'TargetDir="{installing.manifest.runtime.directory}"' in command
    assert (installing.environment / "current").exists()
    receipt = json.loads((installing.environment / "receipt.json").read_bytes())
    assert receipt["runtimes"] == [installing.manifest.runtime.directory]


def test_a_python_that_is_there_is_used(installing: Laid) -> None:
    assert installing.manifest.runtime.directory is not None
    from pathlib import Path

    make_python(Path(installing.manifest.runtime.directory), installing)
    ran = bootstrap(installing, PASSWORD, admin=False)
    assert ran.code == 0, ran.err
    assert not any("Installed Python" in line for line in ran.out.splitlines())


@pytest.mark.parametrize(
    ("code", "expected", "words"),
    [
        (3010, 3010, "Restart this machine"),
        (1641, 3010, "Restart this machine"),
        (1602, 1602, "was cancelled"),
        (1618, 1618, "waited for another one, which did not end"),
        (1638, 1638, "found another version"),
        (1627, 1603, "failed (exit code 1627)"),
    ],
)
def test_an_installers_exit_code(installing: Laid, code: int, expected: int, words: str) -> None:
    before = installing.tree()
    ran = bootstrap(installing, PASSWORD, installer=installer(installing), installer_code=code)
    assert ran.code == expected
    assert words in ran.out + ran.err
    if expected != 3010:
        # what a failed installer leaves is its own; ours is taken back
        left = {name for name in installing.tree() if "Python 3" not in name}
        assert left == set(before)


def test_an_installer_is_not_believed(installing: Laid) -> None:
    ran = bootstrap(installing, PASSWORD, installer=installer(installing, does="exit 0\n"))
    assert ran.code == 1603
    assert "The installer ended with 0, but in" in ran.err
    assert "there is no Python that runs" in ran.err
    assert not installing.environment.exists()


@pytest.mark.parametrize(
    ("path", "code"), [(None, 1603), ("/usr/bin;{0} 2;{0}/Scripts", 1603), ("/usr/bin;%Root%/Python 3\\;", 0)]
)
def test_an_installer_is_not_believed_about_path(installing: Laid, path: str | None, code: int) -> None:
    directory = str(installing.manifest.runtime.directory)
    runtime = dataclasses.replace(installing.manifest.runtime, prepend_path=True)
    installing.rewrite(dataclasses.replace(installing.manifest, runtime=runtime))
    registry = installing.root / "registry.json"
    key = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment|None"
    registry.write_text(json.dumps({key: {"Path": path.format(directory)}} if path else {}))
    environ = {"Root": directory.rpartition("/")[0]}
    ran = bootstrap(installing, PASSWORD, installer=installer(installing), registry=str(registry), environ=environ)
    assert (ran.code, f"The installer ended with 0, and yet {directory} is not on PATH" in ran.err) == (
        code,
        bool(code),
    )


def rivals(laid: Laid, **changed: object) -> dict[str, Any]:
    entry = {"directory": str(laid.root / "other"), "bits": 64, "all_users": True, **changed}
    return {laid.manifest.target.python.rpartition(".")[0]: [entry]}


def test_a_rival_of_the_same_minor_version_is_refused(installing: Laid) -> None:
    minor = installing.manifest.target.python.rpartition(".")[0]
    make_python(installing.root / "other", installing, f"{minor}.1")
    before = installing.tree()
    ran = bootstrap(installing, PASSWORD, pythons=rivals(installing))
    assert ran.code == 1638
    assert f"Python {minor}.1 is installed in {installing.root / 'other'}" in ran.err
    assert "replace = true" in ran.err
    assert installing.tree() == before


@pytest.mark.parametrize("changed", [{"bits": 32}, {"all_users": False}])
def test_a_python_that_the_installer_leaves_alone_is_no_rival(installing: Laid, changed: dict[str, object]) -> None:
    assert bootstrap(installing, "/plan", PASSWORD, pythons=rivals(installing, **changed)).code == 0


def test_a_recipe_may_allow_to_replace(installing: Laid) -> None:
    runtime = dataclasses.replace(installing.manifest.runtime, replace=True)
    installing.rewrite(dataclasses.replace(installing.manifest, runtime=runtime))
    ran = bootstrap(installing, "/plan", PASSWORD, pythons=rivals(installing))
    assert ran.code == 0
    assert "replace another Python of the same minor version" in ran.out


@pytest.mark.parametrize("replace", [True, False])
def test_the_same_version_elsewhere_is_not_moved(installing: Laid, replace: bool) -> None:
    """Its installer goes over to changing or repairing what is there, wherever that lies."""
    runtime = dataclasses.replace(installing.manifest.runtime, replace=replace)
    installing.rewrite(dataclasses.replace(installing.manifest, runtime=runtime))
    other = make_python(installing.root / "other", installing)
    ran = bootstrap(installing, PASSWORD, pythons=rivals(installing))
    assert ran.code == 1638
    assert f"is installed in {other}, and its installer moves none of its own version" in ran.err
    assert f"or build the bundle with directory = '{other}'" in ran.err
    assert not installing.environment.exists()


def test_a_private_runtime_has_no_rivals(laid: Laid) -> None:
    assert bootstrap(laid, "/plan", PASSWORD, pythons=rivals(laid)).code == 0


def test_a_folder_that_is_somebody_elses_is_left_alone(laid: Laid) -> None:
    (laid.environment / "Scripts").mkdir(parents=True)
    (laid.environment / "Scripts" / "python.exe").write_bytes(b"made by hand")
    before = laid.tree()
    ran = bootstrap(laid, PASSWORD)
    assert ran.code == 1638
    assert "was not made by a bundle and holds Scripts" in ran.err
    assert laid.tree() == before


def test_the_environment_of_another_bundle_is_left_alone(laid: Laid) -> None:
    laid.environment.mkdir()
    (laid.environment / "receipt.json").write_text('{"format": 1, "name": "another"}')
    ran = bootstrap(laid, PASSWORD)
    assert ran.code == 1638
    assert "belongs to the bundle another and not to example" in ran.err


def test_the_command_line_of_an_msi() -> None:
    assert msi_command("M", "C:\\b b\\p.msi", FEATURES, Setup("C:\\Program Files\\P", "C:\\l.log", True, False)) == (
        '"M" /i "C:\\b b\\p.msi" /qn /norestart /l*v "C:\\l.log" ALLUSERS=1 TARGETDIR="C:\\Program Files\\P" '
        "ADDLOCAL=DefaultFeature,SharedCRT,TclTk,Tools"
    )
    own = msi_command("M", "p.msi", FEATURES, Setup("C:\\P", "l", False, True))
    assert own.endswith(' TARGETDIR="C:\\P" ADDLOCAL=DefaultFeature,SharedCRT,TclTk,Tools,PrependPath')
    assert "ALLUSERS" not in own


def test_the_command_line_of_an_exe() -> None:
    assert exe_command("C:\\b b\\p.exe", Setup("C:\\Program Files\\P", "C:\\l.log", True, True)) == (
        '"C:\\b b\\p.exe" /quiet /norestart /log "C:\\l.log" InstallAllUsers=1 TargetDir="C:\\Program Files\\P" '
        "PrependPath=1 Include_test=0 Include_launcher=0 Shortcuts=0 AssociateFiles=0"
    )
    own = exe_command("p.exe", Setup("C:\\P", "l", False, False))
    assert "InstallAllUsers=0" in own
    assert "InstallLauncherAllUsers=0 Include_launcher=0" in own
