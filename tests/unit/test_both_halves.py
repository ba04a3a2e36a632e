"""What the build host and the target must know alike, and can't share: the manifest's fields, exit codes, programs' endings, rights, names of the interpreter's own files."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from bundler.formats.interpreter_files import (
    OF_PYTHON,
    OF_RELEASE,
    SHORT_NAME,
    STEERING,
    placement_fault,
    steers_python,
)
from bundler.model.manifest import FORMAT, Manifest
from bundler.model.manifest_encoding import encode_manifest
from bundler.model.platforms.windows_platform import WINDOWS
from bundler.model.policy import admin_reasons, needs_admin
from bundler.model.prerequisite import DetectInfo, PostInstallInfo, PrerequisiteInfo
from bundler.model.runtime_kinds import RUNTIME_KINDS
from bundler.model.service import HealthInfo, PermissionInfo, ServiceInfo, needs_logon_right
from bundler.model.service_faults import OF_ENVIRONMENTS
from bundler.model.value_pattern import value_pattern
from bundler.pack.machine_changes import registry_key
from bundler.present.console import visible
from bundler.target import layout
from bundler.target.arguments import USAGE
from bundler.target.bundle import manifest as target_manifest
from bundler.target.bundle.manifest import BUILD_HOSTS_OWN, LATER, decode_manifest
from bundler.target.console import CONTROLS
from bundler.target.errors import MEANINGS, InstallError
from bundler.target.machine import services
from bundler.target.machine.windows.paths import WindowsPaths
from bundler.target.state.uninstall_entry import key_of
from bundler.target.steps.admin_rights import admin_reasons as target_reasons
from bundler.target.steps.release_programs import ENDINGS
from bundler.target.wheels import interpreter_files as on_target
from tests.support.bundles import make_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
NAMES = [
    *("python", "PYTHON.EXE", "pythonw.exe", "python3.exe", "python3.11.exe", "python3.13t.exe", "pythonw3.14t.exe"),
    *("python.com", "python.exe.manifest", "python3.dll", "python311.dll", "python313t.dll", "python311.zip"),
    *("libpython3.11.so", "vcruntime140.dll", "msvcp140.dll", "ucrtbase.dll", "api-ms-win-crt-heap-l1-1-0.dll"),
    *("version.dll", "pyvenv.cfg", "python311._pth", "._pth", "pybuilddir.txt", "activate", "Activate.ps1"),
    *("activate.bat", "activate_this.py", "deactivate.bat", "PYTHON~1.DLL", "ACTIVA~1", "python.exe.", "pyvenv.cfg "),
    "\N{KELVIN SIGN}.exe",
    *("ipython.exe", "python-config", "pythonize.exe", "activate-global-python-argcomplete", "python\u0663.exe"),
    *("demo.dll", "deactivated", "pyvenv.cfg.txt", "", "python3..exe", "xpyvenv.cfg", "demo~1x.exe"),
]
OF_PYTHON_PATHS = [
    "runtime",
    "Runtime./x",
    "lib/python3.11/os.py",
    "lib64/python3.11/os.py",
    "lib/OS.pyc",
    "DLLs/x.pyd",
]
OTHER_PATHS = [
    "lib/x",
    "lib/python3.11/site-packages/os.py",
    "lib/python\u0663/json.d/x.py",
    "runtimes/x",
    "share/lib/os.py",
]
STEERING_NAMES = NAMES[: NAMES.index("\N{KELVIN SIGN}.exe")]
SERVICE = ServiceInfo(
    name="web",
    command=("demo",),
    directory="{data}",
    account="LocalService",
    password=None,
    start="automatic",
    display_name="",
    description="",
    environment={},
    dependencies=(),
    stop_timeout=1,
    restart=(),
    reset=1,
    log_directory="{data}",
    log_size=1,
    log_count=1,
    health=HealthInfo(http="http://localhost/", tcp=None, timeout=1, settle=1, owner=True),
)
PERMISSION = PermissionInfo(path="{data}", account="x", service=False, rights="read")
PREREQUISITE = PrerequisiteInfo(
    name="driver",
    kind="msi",
    file="files/driver.msi",
    signer=None,
    arguments=(),
    detect=DetectInfo(registry=None, value=None, view=None, file="C:\\driver.dll", at_least=None),
    exit_codes=(),
    needs_admin=True,
    source="a test",
    provides=(),
)
COMMAND = PostInstallInfo(command=("demo", "enter"), undo=(), needs_admin=True)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """One with something in every list of records that a target has to read."""
    made = make_inputs(tmp_path_factory.mktemp("inputs")).lay_out().manifest
    return dataclasses.replace(
        made,
        site=(dataclasses.replace(made.site[0], pattern=value_pattern("a+")), *made.site[1:]),
        services=(SERVICE,),
        permissions=(PERMISSION,),
        prerequisites=(PREREQUISITE,),
        post_install=(COMMAND,),
    )


def tables(kind: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], type]]:
    """Every record of the manifest and where it lies; a list's name stands for its first element."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        yield path, kind
        hints = get_type_hints(kind)
        for field in dataclasses.fields(kind):
            yield from tables(hints[field.name], (*path, field.name))
    elif get_origin(kind) in (tuple, Union, types.UnionType):
        for each in get_args(kind):
            yield from tables(each, path)


RECORDS = dict(tables(Manifest))
FIELDS = [(path, field.name) for path, kind in RECORDS.items() for field in dataclasses.fields(kind)]
CHOICES = [
    (path, field.name, choice)
    for path, kind in RECORDS.items()
    for field in dataclasses.fields(kind)
    for choice in get_args(get_type_hints(kind)[field.name])
    if get_origin(get_type_hints(kind)[field.name]) is Literal
]
UNREAD_TABLES = (("dlls",), ("shared",), ("rehearse",), ("rehearse", "commands"), ("rehearse", "requests"))
NOT_READ = {(path, field.name) for path in UNREAD_TABLES for field in dataclasses.fields(RECORDS[path])}
"""What lies below a key that the target doesn't read."""


def shown(value: object) -> str:
    path, name = value if isinstance(value, tuple) else ((), str(value))
    return ".".join([*path, name])


def table_at(data: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        data = data[key][0] if isinstance(data[key], list) else data[key]
    return data


def own_of_the_build_host(path: tuple[str, ...], name: str) -> bool:
    record = {(): "manifest", ("seeds",): "wheel", ("packages",): "wheel", ("prerequisites",): "prerequisite"}.get(path)
    return record is not None and name in BUILD_HOSTS_OWN[record]


def faults(data: object) -> tuple[str, ...]:
    try:
        decode_manifest(json.dumps(data).encode())
    except InstallError as error:
        return error.details
    return ()


@pytest.mark.parametrize(
    "account",
    ["LocalSystem", "localservice", "NetworkService", "nt service\\x", "NT SERVICE\\x", "D\\x", "D\\x$", ".\\x", "x@y"],
)
def test_who_needs_the_right_to_log_on_as_a_service(account: str) -> None:
    assert needs_logon_right(account) == services.needs_logon_right(account)


def test_the_target_reads_what_the_build_host_writes(manifest: Manifest) -> None:
    read = decode_manifest(encode_manifest(manifest))
    assert read.bundle.release == manifest.bundle.release
    assert target_manifest.FORMAT == FORMAT


@pytest.mark.parametrize("field", [each for each in FIELDS if each not in NOT_READ], ids=shown)
def test_every_field_is_read_by_the_target_or_listed(manifest: Manifest, field: tuple[tuple[str, ...], str]) -> None:
    path, name = field
    data = json.loads(encode_manifest(manifest))
    if name in LATER.get(".".join(path), ()):
        table_at(data, path)[name] = []
        assert [each for each in faults(data) if f"{name} must be" in each]
        return
    del table_at(data, path)[name]
    found = [each for each in faults(data) if each.endswith(f"{name} is missing")]
    if path == () and name == "format":
        with pytest.raises(InstallError, match="has format None"):
            decode_manifest(json.dumps(data).encode())
        return
    assert bool(found) != own_of_the_build_host(path, name), "list it in BUILD_HOSTS_OWN, or read it"


def test_a_manifest_of_an_earlier_version_lacks_what_came_later(manifest: Manifest) -> None:
    data = json.loads(encode_manifest(manifest))
    for record, names in LATER.items():
        for name in names:
            del data[record][name]
    assert decode_manifest(json.dumps(data).encode()).bundle.sequence is None


@pytest.mark.parametrize("path", [each for each in RECORDS if each not in UNREAD_TABLES], ids=".".join)
def test_an_unknown_key_is_a_fault_wherever_it_stands(manifest: Manifest, path: tuple[str, ...]) -> None:
    data = json.loads(encode_manifest(manifest))
    table_at(data, path)["surprise"] = 1
    assert [each for each in faults(data) if "surprise" in each]
    assert all(each.endswith("surprise is unknown") for each in faults(data))


@pytest.mark.parametrize(("path", "name", "choice"), CHOICES)
def test_both_know_the_same_choices(manifest: Manifest, path: tuple[str, ...], name: str, choice: str) -> None:
    if own_of_the_build_host(path, name) or path in UNREAD_TABLES:
        return
    data = json.loads(encode_manifest(manifest))
    table_at(data, path)[name] = choice
    assert not [each for each in faults(data) if " must be one of " in each]
    table_at(data, path)[name] = "surprise"
    assert [each for each in faults(data) if " must be one of " in each]


def test_the_list_of_unread_keys_names_nothing_else() -> None:
    fields = {"manifest": RECORDS[()], "wheel": RECORDS["packages",], "prerequisite": RECORDS["prerequisites",]}
    for record, names in BUILD_HOSTS_OWN.items():
        assert set(names) <= {field.name for field in dataclasses.fields(fields[record])}


@pytest.mark.parametrize("path", ["C:\\PythonEnvs\\Example", "D:\\Überall\\X\\"])
def test_both_name_the_same_key_of_the_registry(path: str) -> None:
    assert registry_key(path) == key_of(path.rstrip("\\"))


def test_both_consoles_show_the_same_letters_by_their_numbers() -> None:
    """Commands for a terminal, and what shows letters in another order; halves of characters are no target's: its texts are decoded before."""
    letters = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    by_host = {each: visible(each) for each in letters if visible(each) != each}
    by_target = {chr(code): shown for code, shown in CONTROLS.items() if chr(code) not in "\t\n"}
    assert by_host == by_target
    assert {"\x1b", "\u202e", "\u2066", "\u200b", "\u2028"} <= set(by_host)


def test_both_find_programs_by_the_same_endings() -> None:
    assert WINDOWS.programs.endings == ENDINGS


def test_both_have_the_same_room_below_the_limit_of_folders() -> None:
    assert WINDOWS.paths.folder_room == WindowsPaths.folder_room
    assert WINDOWS.paths.path_limit == WindowsPaths.path_limit


def test_both_know_which_runtimes_an_installer_brings() -> None:
    assert set(layout.INSTALLER_KINDS) == {name for name, kind in RUNTIME_KINDS.items() if kind.installed}
    assert [name for name, kind in RUNTIME_KINDS.items() if kind.present] == [layout.PRESENT_KIND]


def test_the_documentation_has_the_exit_codes_of_bootstrap() -> None:
    """Wherever a table of them is: those with 3010 in it are bootstrap.bat's, and have all of them."""
    codes = {code for code, _ in MEANINGS}
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    found = []
    for path in documents:
        for table in re.findall(r"(?:^\|.*\n)+", path.read_text("utf-8"), re.MULTILINE):
            rows = {int(row) for row in re.findall(r"^\| *`?(\d{1,5})`? *\|", table, re.MULTILINE)}
            if 3010 in rows:
                found.append(path)
                assert rows == codes, path
    assert found
    assert all(f"\n  {code:<5} {meaning}" in f"\n{USAGE}" for code, meaning in MEANINGS)


@pytest.mark.parametrize("all_users", [False, True])
@pytest.mark.parametrize("kind", list(RUNTIME_KINDS))
def test_both_say_alike_who_needs_administrators_rights(manifest: Manifest, kind: Any, all_users: bool) -> None:
    file = None if RUNTIME_KINDS[kind].present else "x"
    runtime = dataclasses.replace(manifest.runtime, kind=kind, all_users=all_users, file=file, directory="C:\\x")
    plain = dataclasses.replace(
        manifest, runtime=runtime, services=(), permissions=(), prerequisites=(), post_install=()
    )
    humble = dataclasses.replace(PREREQUISITE, needs_admin=False)
    for changed in (
        plain,
        dataclasses.replace(plain, services=(SERVICE,)),
        dataclasses.replace(plain, permissions=(PERMISSION,)),
        dataclasses.replace(plain, prerequisites=(PREREQUISITE, humble)),
        dataclasses.replace(plain, prerequisites=(humble,)),
        dataclasses.replace(plain, post_install=(COMMAND, dataclasses.replace(COMMAND, needs_admin=False))),
        dataclasses.replace(plain, prerequisites=(PREREQUISITE,), post_install=(COMMAND,)),
    ):
        read = decode_manifest(encode_manifest(changed))
        reasons = target_reasons(read, read.prerequisites)
        assert bool(reasons) == needs_admin(changed)
        assert len(reasons) == len(admin_reasons(changed))


def test_both_refuse_the_same_files_of_the_interpreter() -> None:
    assert on_target.STEERING == STEERING
    assert on_target.OF_PYTHON == OF_PYTHON
    assert on_target.OF_RELEASE == OF_RELEASE
    assert on_target.SHORT_NAME == SHORT_NAME
    for path in ("site.json", "Services./x", "Scripts/python.exe", "share/site.json", "x"):
        assert on_target.placement_fault(path, "Scripts") == placement_fault(path, "Scripts")
    for name in NAMES:
        for path in (name, f"Scripts/{name}", f"scripts/./{name}", f"Lib/{name}", f"bin/{name}"):
            for folder in ("Scripts", "bin"):
                said = steers_python(path, folder)
                assert on_target.steers_python(path, folder) == said, path
                if path == f"{folder}/{name}":
                    assert said == (name in STEERING_NAMES), path
    for path in (*OF_PYTHON_PATHS, *OTHER_PATHS):
        assert on_target.steers_python(path, "bin") == steers_python(path, "bin") == (path in OF_PYTHON_PATHS), path


def test_what_lies_in_an_environment() -> None:
    """No data folder may be one of these."""
    told: Any = types.SimpleNamespace(
        environment=types.SimpleNamespace(path="/E", data=None),
        bundle=types.SimpleNamespace(release="1.0-0a1b2c3d"),
        runtime=types.SimpleNamespace(kind="archive", directory=None),
        target=types.SimpleNamespace(python="3.11.9"),
    )
    host: Any = types.SimpleNamespace(paths=WindowsPaths())
    places = [Path(each) for each in vars(layout.Layout(told, host)).values() if isinstance(each, str)]
    assert {each.name.casefold() for each in places if str(each.parent) == "/E"} == OF_ENVIRONMENTS
