from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import os
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError, InputError, IntegrityError
from bundler.model.artifact import StoredFile
from bundler.model.manifest_encoding import decode_manifest, encode_manifest
from bundler.model.prerequisite import CheckedInstaller, DetectTable, PostInstallTable, PrerequisiteTable
from bundler.model.recipe import FileTable, RuntimeTable, SiteTable
from bundler.model.service import PermissionTable, ServiceTable
from bundler.model.target import Target
from bundler.pack.boot_entries import own_library
from bundler.pack.copying import source_stream
from bundler.pack.machine_changes import registry_key
from bundler.pack.shipped import shipped, target_folder
from bundler.target.errors import MEANINGS
from tests.support.bundles import CREATED, make_boot, make_inputs, wheel_file
from tests.support.icons import make_icon
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pack.entry import Entry
    from bundler.pack.layout import Layout


def content(entry: Entry) -> bytes:
    with source_stream(entry.source) as stream:
        return stream.read()


def contents(layout: Layout) -> dict[str, bytes]:
    return {each.path: content(each) for each in layout.entries}


def test_what_lies_where(tmp_path: Path) -> None:
    layout = make_inputs(tmp_path).lay_out()
    assert [each.path for each in layout.entries] == [
        "manifest.json",
        "SHA256SUMS",
        "README.txt",
        "boot/Lib/empty/__init__.py",
        "boot/python.exe",
        "boot/python311._pth",
        "bootstrap.bat",
        "files/settings.ini",
        "licenses/zeta-2.0/LICENSE",
        "pylock.toml",
        "recipe.toml",
        "runtime/python-3.11.9-amd64.exe",
        "target/__init__.py",
        "target/kept.bat",
        "target/part/main.py",
        "target/shim.exe",
        "target/shimw.exe",
        "wheels/alpha-1.0-py3-none-any.whl",
        "wheels/pip-24.0-py3-none-any.whl",
        "wheels/zeta-2.0-py3-none-any.whl",
    ]
    for each in layout.entries:
        assert (each.size, each.sha256) == (len(content(each)), hashlib.sha256(content(each)).hexdigest())
        assert each.size
    assert layout.manifest.stem == "example-4.14.2-3.11.9-win_amd64"
    assert layout.size == sum(each.size for each in layout.entries)
    assert layout.longest_path == len("wheels/alpha-1.0-py3-none-any.whl")


def test_the_manifest_says_it_all(tmp_path: Path) -> None:
    layout = make_inputs(tmp_path).lay_out()
    manifest = layout.manifest
    assert decode_manifest(contents(layout)["manifest.json"]) == manifest
    assert manifest.created == "2026-03-04T05:06:07Z"
    assert manifest.target.windows == (6, 3, 9600)
    assert manifest.boot.python == "boot/python.exe"
    assert manifest.boot.placeholders == ("boot/Lib/empty/__init__.py",)
    assert manifest.runtime.file == "runtime/python-3.11.9-amd64.exe"
    assert (manifest.runtime.directory, manifest.runtime.all_users) == ("C:\\Python311", True)
    assert manifest.runtime.signer == "Python Software Foundation"
    assert manifest.frozen == ("alpha==1.0", "zeta==2.0")
    assert [(each.name, each.requested) for each in manifest.packages] == [("alpha", False), ("Zeta", True)]
    assert [each.name for each in manifest.seeds] == ["pip"]
    assert [(each.name, each.default, each.secret) for each in manifest.site] == [
        ("port", "8080", False),
        ("dsn", None, True),
    ]
    assert [(each.file, each.destination, each.template) for each in manifest.files] == [
        ("files/settings.ini", "{release}\\settings.ini", True)
    ]
    assert manifest.checks.commands == (("python", "-V"),)
    assert [each.path for each in manifest.members] == [each.path for each in layout.entries[2:]]


def test_sums_list_everything_but_themselves(tmp_path: Path) -> None:
    layout = make_inputs(tmp_path).lay_out()
    lines = contents(layout)["SHA256SUMS"].decode("ascii").splitlines()
    assert [line.split(" *")[1] for line in lines] == sorted(
        each.path for each in layout.entries if each.path != "SHA256SUMS"
    )


def test_a_runtime_inside_the_release_has_no_installer(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path, kind="embed")
    runtime = inputs.lay_out().manifest.runtime
    assert (runtime.file, runtime.directory, runtime.all_users, runtime.prepend_path) == (None, None, False, False)


@pytest.mark.parametrize(
    ("python", "is_told"), [("2.7.18", False), ("3.6.8", True), ("3.10.11", True), ("3.14.0", True)]
)
def test_every_python_that_heeds_it_is_told(tmp_path: Path, python: str, is_told: bool) -> None:
    """One of 2.7 doesn't: what it finds in the registry is taken out of its path (target/__main__.py)."""
    tree = make_boot(tmp_path / "boot", dict.fromkeys(("python.exe", "Lib/os.py"), b"x"))
    assert bool(own_library(tree, Target.of(python, "win_amd64"))) == is_told


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        (("python.exe", "python311._pth", "python311.zip"), None),
        (("python.exe", "Lib/os.py", "DLLs/_ctypes.pyd"), b"Lib\r\nDLLs\r\n.\r\n"),
        (("python.exe", "Lib/os.py", "python311.zip"), b"python311.zip\r\nLib\r\n.\r\n"),
    ],
)
def test_a_python_is_told_where_its_library_is(tmp_path: Path, files: tuple[str, ...], lines: bytes | None) -> None:
    """Else it would take a library that somebody put two folders above (CVE-2026-12003), or modules of folders that the registry names."""
    inputs = make_inputs(tmp_path, kind="archive")
    inputs.boot = make_boot(tmp_path / "boot", dict.fromkeys(files, b"x"))
    layout = inputs.lay_out()
    assert contents(layout).get("boot/python._pth") == lines
    assert ("boot/python._pth" in [each.path for each in layout.manifest.members]) == (lines is not None)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_inputs(tmp_path / "one").lay_out()
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    inputs = make_inputs(tmp_path / "two and more")
    inputs.wheels = list(reversed(inputs.wheels))
    inputs.created = CREATED.astimezone(datetime.timezone(datetime.timedelta(hours=-9)))
    for path in (tmp_path / "two and more").rglob("*"):
        os.utime(path, (0, 0))
    assert contents(inputs.lay_out()) == contents(first)


def test_the_release_is_named_after_the_content_alone(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    first = inputs.lay_out().manifest.bundle.release
    assert first.startswith("4.14.2-")
    assert len(first) == len("4.14.2-") + 8
    inputs.created += datetime.timedelta(days=1)
    assert inputs.lay_out().manifest.bundle.release == first
    inputs.lock_text += "\n"
    second = inputs.lay_out().manifest.bundle.release
    assert second != first
    inputs.recipe = dataclasses.replace(inputs.recipe, site=inputs.recipe.site | {"more": SiteTable()})
    assert inputs.lay_out().manifest.bundle.release not in (first, second)


def test_line_ends_do_not_depend_on_the_checkout(tmp_path: Path) -> None:
    found = contents(make_inputs(tmp_path).lay_out())
    assert found["target/part/main.py"] == b"print(1)\nprint(2)\n"
    assert found["bootstrap.bat"] == b"@echo off\r\nexit /b 0\r\n"
    readme = found["README.txt"]
    assert readme.isascii()
    assert readme.count(b"\n") == readme.count(b"\r\n")


def test_extra_files_that_cant_be_filled_in(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    texts = {
        "good.ini": b"port={site.port} {other} {data} {site}",
        "wide.ini": "port={site.port}".encode("utf-16"),
        "typo.ini": b"port={site.prot} {site.prot} {site.dsn.x}",
        "plain.ini": b"\xff{site.prot}",
    }
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    inputs.files = [
        (
            FileTable(source=name, destination=f"{{data}}\\{name}", template=name != "plain.ini"),
            StoredFile.of(tmp_path / name),
        )
        for name in texts
    ]
    inputs.recipe = dataclasses.replace(inputs.recipe, site={"port": SiteTable(default="80")})
    with pytest.raises(InputError) as caught:
        inputs.lay_out()
    assert caught.value.reference == "file-template"
    assert [str(each) for each in caught.value.faults] == [
        "file[1].source: wide.ini is not valid UTF-8: save it in that encoding",
        "file[2].source: typo.ini has {site.dsn.x}, which [site] doesn't define",
        "file[2].source: typo.ini has {site.prot}, which [site] doesn't define",
    ]


def test_a_program_that_nothing_brings_is_an_error(tmp_path: Path) -> None:
    brought = make_wheel(
        tmp_path / "own",
        "alpha",
        "1.0",
        entry_points={
            "console_scripts": {"Serve": "alpha:main"},
            "gui_scripts": {"show": "alpha:main"},
            "other": {"no": "a:b"},
        },
        data={"scripts/register.py": "#!python\n", "data/Scripts/tool.bat": "@rem\n", "data/etc/not.bat": "@rem\n"},
    )
    inputs = make_inputs(tmp_path, wheels=[brought])
    right = ("serve", "SERVE.EXE", "show", "register", "register.py", "tool", "python", "pythonw", "own", "{site.port}")
    extra = FileTable(source="settings.ini", destination="{release}\\Scripts\\own.cmd")
    recipe = dataclasses.replace(
        inputs.recipe,
        file=(extra,),
        checks=dataclasses.replace(inputs.recipe.checks, commands=tuple((word, "-V") for word in right)),
    )
    inputs.recipe = recipe
    inputs.lay_out()
    inputs.recipe = dataclasses.replace(
        recipe,
        checks=dataclasses.replace(recipe.checks, commands=(("serve",), ("no",))),
        service=(ServiceTable(name="web", command=("swerve",)),),
        post_install=(PostInstallTable(command=("not",), undo=("registre.py",)),),
    )
    with pytest.raises(InputError) as caught:
        inputs.lay_out()
    assert caught.value.reference == "program-unknown"
    assert [str(each) for each in caught.value.faults] == [
        "checks.commands[1]: no package of the bundle brings a program 'no'",
        "service[0].command: no package of the bundle brings a program 'swerve'; serve.exe is there",
        "post-install[0].command: no package of the bundle brings a program 'not'",
        "post-install[0].undo: no package of the bundle brings a program 'registre.py'; register.py is there",
    ]


def test_an_empty_extra_file_is_an_error(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    empty = tmp_path / "empty.ini"
    empty.write_bytes(b"")
    inputs.files = [
        *inputs.files,
        (FileTable(source="empty.ini", destination="{data}\\empty.ini"), StoredFile.of(empty)),
    ]
    with pytest.raises(InputError) as caught:
        inputs.lay_out()
    assert caught.value.reference == "file-empty"
    assert caught.value.faults[0].where == "file[1].source"


def test_an_icon_travels_and_must_be_one(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    path = tmp_path / "some.ico"
    path.write_bytes(make_icon())
    inputs.icon = StoredFile.of(path)
    layout = inputs.lay_out()
    assert (layout.manifest.bundle.icon, contents(layout)["icon.ico"]) == ("icon.ico", make_icon())
    path.write_bytes(make_icon()[:-1])
    inputs.icon = StoredFile.of(path)
    with pytest.raises(InputError) as caught:
        inputs.lay_out()
    assert (caught.value.reference, caught.value.faults[0].where) == ("icon-unfit", "bundle.icon")


def test_an_empty_installer_is_an_error(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    empty = tmp_path / "empty.exe"
    empty.write_bytes(b"")
    inputs.installer = StoredFile.of(empty)
    with pytest.raises(IntegrityError, match="no empty file") as caught:
        inputs.lay_out()
    assert caught.value.context == ("runtime/python-3.11.9-amd64.exe",)


def test_extra_files_of_one_name_lie_beside_each_other(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    again = FileTable(source="settings.ini", destination="{data}\\sub\\Settings.ini")
    odd = FileTable(source="settings.ini", destination="{data}\\grüße é.txt")
    inputs.files = [*inputs.files, (again, inputs.files[0][1]), (odd, inputs.files[0][1])]
    found = [each.file for each in inputs.lay_out().manifest.files]
    assert found == ["files/settings.ini", "files/Settings-2.ini", "files/gr_e_.txt"]


def test_a_boot_file_with_an_unfit_name_is_an_error(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    inputs.boot = make_boot(tmp_path / "other", {"python.exe": b"1", "Python.exe": b"2", "nul.txt": b"3"})
    with pytest.raises(InputError) as caught:
        inputs.lay_out()
    assert caught.value.reference == "names-unfit"
    assert {each.where for each in caught.value.faults} == {"boot/nul.txt", "boot/python.exe"}


@pytest.mark.parametrize("kind", ["missing", "extra", "other version", "twice"])
def test_wheels_must_be_those_of_the_lock(tmp_path: Path, kind: str) -> None:
    inputs = make_inputs(tmp_path)
    alpha = next(each for each in inputs.wheels if each.filename.startswith("alpha"))
    zeta = next(each for each in inputs.wheels if each is not alpha)
    other = wheel_file(make_wheel(tmp_path / "more", "alpha", "1.1"))
    unknown = wheel_file(make_wheel(tmp_path / "more", "beta", "1.0"))
    inputs.wheels = {
        "missing": [zeta],
        "extra": [alpha, zeta, unknown],
        "other version": [zeta, other],
        "twice": [alpha, alpha, zeta],
    }[kind]
    with pytest.raises(IntegrityError) as caught:
        inputs.lay_out()
    assert caught.value.reference == "wheels-differ"
    words = {
        "missing": "alpha: there is no wheel of it",
        "extra": "beta: there is a wheel, but the lock has no such package",
        "other version": "alpha: the wheel is 1.1, the lock says 1.0",
        "twice": "a package has two wheels",
    }
    assert caught.value.context == (words[kind],)


def test_a_local_project_names_its_own_version(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    packages = tuple(
        dataclasses.replace(each, kind="directory", version="0", file=None) if each.name == "alpha" else each
        for each in inputs.lock.packages
    )
    inputs.lock = dataclasses.replace(inputs.lock, packages=packages)
    assert inputs.lay_out().manifest.frozen == ("alpha==1.0", "zeta==2.0")


def test_a_seed_that_is_a_package_too_lies_there_once(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    inputs.seeds = [*inputs.seeds, inputs.wheels[1]]
    layout = inputs.lay_out()
    assert [each.path for each in layout.entries].count("wheels/alpha-1.0-py3-none-any.whl") == 1
    assert [each.name for each in layout.manifest.seeds] == ["alpha", "pip"]


def test_missing_shims_say_how_to_build_them(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    (inputs.ours / "shims" / "win_amd64" / "shimw.exe").unlink()
    with pytest.raises(HostError) as caught:
        inputs.lay_out()
    assert caught.value.reference == "shims-missing"
    assert "build/shims.py" in caught.value.hint


@pytest.mark.parametrize("platform", ["win32", "win_amd64", "win_arm64"])
def test_what_we_really_ship(platform: str) -> None:
    files = {each.path: each.content for each in shipped(target_folder(), platform)}
    for name in ("bootstrap.bat", "target/kept.bat"):
        assert files[name].count(b"\r\n") == files[name].count(b"\n") > 0
    assert files["target/shim.exe"][:2] == files["target/shimw.exe"][:2] == b"MZ"
    assert all(files.values())


def test_the_service_host_is_shipped_where_there_are_services() -> None:
    names = {each.path for each in shipped(target_folder(), "win_amd64", services=True)}
    assert names - {each.path for each in shipped(target_folder(), "win_amd64")} == {"target/service.exe"}


def test_services_and_rights_are_in_the_manifest_and_told(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path, kind="embed")
    service = ServiceTable(name="web", command=("python", "-m", "web", "{site.port}"))
    right = PermissionTable(path="{data}\\inbox", account="WEB", rights="modify")
    inputs.recipe = dataclasses.replace(inputs.recipe, service=(service,), permission=(right,))
    layout = inputs.lay_out()
    assert decode_manifest(contents(layout)["manifest.json"]) == layout.manifest
    assert layout.manifest.services[0].account == "NT SERVICE\\web"
    assert layout.manifest.permissions[0].service
    assert "target/service.exe" in contents(layout)
    text = " ".join(contents(layout)["README.txt"].decode("ascii").split())
    assert "makes a Windows service, run under accounts with few rights" in text
    assert "web (NT SERVICE\\web)" in text
    assert "gives rights: modify {data}\\inbox for web" in text
    assert "administrator's rights, because services are made and rights are given" in text


def test_the_readme_tells_of_accounts_that_may_everything_and_of_those_that_are_given_a_right(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path, kind="embed")
    tables = (
        ServiceTable(name="web", command=("python",), account="localsystem"),
        ServiceTable(name="queue", command=("python",), account="EXAMPLE\\managed$"),
    )
    inputs.recipe = dataclasses.replace(inputs.recipe, service=tables)
    text = " ".join(contents(inputs.lay_out())["README.txt"].decode("ascii").split())
    assert "few rights:" not in text
    assert "run under these accounts (LocalSystem has every right on the machine): web (" in text
    assert "gives rights: 'Log on as a service' for EXAMPLE\\managed$, if it lacks it" in text


def readme(inputs_path: Path, kind: str = "exe", **changes: object) -> str:
    inputs = make_inputs(inputs_path, kind=kind)
    inputs.recipe = dataclasses.replace(inputs.recipe, **changes)  # type: ignore[arg-type]
    return contents(inputs.lay_out())["README.txt"].decode("ascii").replace("\r\n", "\n")


def test_the_readme_of_an_installer(tmp_path: Path) -> None:
    text = readme(tmp_path)
    for words in (
        "KB2999226",
        "Run as",
        "administrator",
        "C:\\Python311",
        "/set:port=VALUE",
        "default: 8080",
        "3010",
        "sha256sum -c",
    ):
        assert words in text
    assert max(map(len, text.splitlines())) <= 80
    assert "Python 3.11.9 goes if a bundle installed it" in " ".join(text.split())
    for mode in ("rollback", "repair", "uninstall", "uninstall /purge"):
        assert f"  bootstrap.bat /{mode} " in text
    assert "2 releases are kept" in text


PLACE = "C:\\PythonEnvs\\Example"


def test_the_readme_has_no_secret_default_and_says_where_to_look(tmp_path: Path) -> None:
    site = {"port": SiteTable(default="8080"), "word": SiteTable(default="hunter2", secret=True)}
    text = readme(tmp_path, site=site)
    flat = " ".join(text.split())
    assert "hunter2" not in text
    assert "word: has a default; secret" in flat
    assert "1 packages" not in flat
    assert "1 further files" not in flat
    assert f"the key {registry_key(PLACE)} below HKLM" in flat
    assert f"Logs of its runs are in {PLACE}\\logs" in flat
    assert max(map(len, text.splitlines())) <= 80


def test_the_readme_of_a_private_runtime(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path, kind="embed")
    inputs.recipe, inputs.files = dataclasses.replace(inputs.recipe, site={}), []
    text = contents(inputs.lay_out())["README.txt"].decode("ascii")
    assert "no administrator's rights" in text
    assert "There are none." in text
    assert "/set:" not in text
    assert "goes if a bundle installed it" not in " ".join(text.split())


def test_the_readme_without_data_files_and_checks(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    environment = dataclasses.replace(inputs.recipe.environment, data=None)
    checks = dataclasses.replace(inputs.recipe.checks, imports=(), commands=())
    inputs.recipe = dataclasses.replace(inputs.recipe, environment=environment, checks=checks)
    inputs.files = []
    runtime = RuntimeTable(kind="exe", directory="C:\\P", all_users=False, prepend_path=True, replace=True)
    inputs.table = dataclasses.replace(inputs.table, runtime=runtime)
    text = " ".join(contents(inputs.lay_out())["README.txt"].decode("ascii").split())
    assert "for the present user, and puts it on PATH" in text
    assert "replaces another Python of the same minor version" in text
    assert "checks that the release is complete 6. switches" not in text
    assert "application's data" not in text
    assert "further files" not in text


def test_the_readme_tells_the_exit_codes_of_the_target(tmp_path: Path) -> None:
    text = " ".join(readme(tmp_path).split())
    for code, meaning in MEANINGS:
        assert f" {code} {meaning}" in text


def test_prerequisites_and_commands_after_the_switch(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path, kind="embed")
    detect = DetectTable(registry="HKLM\\SOFTWARE\\Maker")
    checked = []
    for number, name in enumerate(["Set Up.MSI", "set up.msi"]):
        path = tmp_path / str(number)
        path.write_bytes(b"installer" * (number + 1))
        table = PrerequisiteTable(
            name=f"Driver {number}", source="x", kind="msi", detect=detect, needs_admin=not number
        )
        checked.append(
            CheckedInstaller(table=table, filename=name, file=StoredFile.of(path), source="a shelf", signer="Maker")
        )
    inputs.prerequisites = checked
    command = PostInstallTable(command=("python", "register.py", "-install"), undo=("python", "register.py", "-remove"))
    inputs.recipe = dataclasses.replace(inputs.recipe, post_install=(command,))
    layout = inputs.lay_out()
    found = [(each.name, each.file, each.detect.view, each.source) for each in layout.manifest.prerequisites]
    files = [each.path for each in layout.entries if each.path.startswith("prerequisites/")]
    assert [each[1] for each in found] == files
    assert len({each.lower() for each in files}) == 2
    assert [(each[0], each[2], each[3]) for each in found] == [("Driver 0", 64, "a shelf"), ("Driver 1", 64, "a shelf")]
    assert decode_manifest(contents(layout)["manifest.json"]) == layout.manifest
    text = contents(layout)["README.txt"].decode("ascii").replace("\r\n", "\n")
    flat = " ".join(text.split())
    assert "3. installs Driver 0 (signed by: Maker), unless it is there; it stays when this bundle is removed" in flat
    assert (
        "runs python register.py -install, which may change the machine; python register.py -remove takes back" in flat
    )
    assert "- administrator's rights, because Driver 0 is installed " in flat
    assert "Driver 1 is installed" not in flat
    assert "What other installers installed until then stays." in flat


def test_the_manifest_is_plain_indented_json(tmp_path: Path) -> None:
    manifest = make_inputs(tmp_path).lay_out().manifest
    for each in (manifest, dataclasses.replace(manifest, members=())):
        plain = json.dumps(dataclasses.asdict(each), indent=1, sort_keys=True) + "\n"
        assert encode_manifest(each) == plain.encode("ascii")
