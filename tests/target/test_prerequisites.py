"""Installers of somebody else, on a simulated machine: a script stands in for them, a file for the registry."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from bundler.model.prerequisite import DetectInfo, PrerequisiteInfo
from bundler.target.errors import InstallError
from bundler.target.steps.detection import version_of
from bundler.target.steps.prerequisites import _exe_word, _msi_word
from tests.support import only_linux
from tests.target.bundles import Laid, Ran, bootstrap, lay_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.interpreters import Interpreter

pytestmark = only_linux.SIMULATED

PASSWORD = "/set:password=hush hush"
KEY = "HKLM\\SOFTWARE\\Maker\\Driver"
DRIVER = PrerequisiteInfo(
    name="Driver of Maker",
    kind="msi",
    file="prerequisites/driver.msi",
    source="a test",
    signer=None,
    arguments=("LICENCE=YES", "WHERE={data}", "SECRET={site.password}", "/lvoicewarmup"),
    detect=DetectInfo(registry=KEY, value="Version", view=64, file=None, at_least="18.3"),
    exit_codes=(),
    provides=(),
    needs_admin=True,
)


def bundle(root: Path, *needed: PrerequisiteInfo, boot: Interpreter | None = None) -> Laid:
    laid = lay_bundle(root, boot=boot)
    for each in needed or (DRIVER,):
        path = laid.folder / each.file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"an installer")
    laid.rewrite(dataclasses.replace(laid.manifest, prerequisites=needed or (DRIVER,)))
    (laid.root / "registry.json").write_text("{}")
    return laid


def registry(version: str, view: int = 64) -> str:
    return json.dumps({f"{KEY}|{view}": {"Version": version}})


def installer(laid: Laid, *, leaves: str = "", code: int = 0) -> str:
    """A program that notes its command line, ends with ``code`` and leaves that registry behind."""
    after = laid.root / "after.json"
    after.write_text(leaves or registry("18.4.1"))
    path = laid.root / "installer.sh"
    path.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$1" >> "{laid.root}/ran"\ncp "{after}" "{laid.root}/registry.json"\nexit {code}\n'
    )
    path.chmod(0o755)
    return str(path)


def run(laid: Laid, *arguments: str, environ: dict[str, str] | None = None, **machine: object) -> Ran:
    return bootstrap(laid, *arguments, PASSWORD, environ=environ, registry=str(laid.root / "registry.json"), **machine)


def ran(laid: Laid) -> list[str]:
    path = laid.root / "ran"
    return path.read_text("utf-8").splitlines() if path.exists() else []


def receipt(laid: Laid) -> dict[str, object]:
    found = json.loads((laid.environment / "receipt.json").read_bytes())
    assert isinstance(found, dict)
    return found


def test_it_is_installed_before_anything_else(tmp_path: Path, interpreter: Interpreter) -> None:
    laid = bundle(tmp_path, boot=interpreter)
    done = run(laid, installer=installer(laid))
    assert (done.code, done.err) == (0, "")
    assert "[3/12] Installed Driver of Maker" in done.out
    (command,) = ran(laid)
    msi, log = laid.folder / "prerequisites" / "driver.msi", laid.log()
    words = command.split(f' /i "{msi}" ')
    assert words[0].endswith('msiexec.exe"')
    assert words[1].startswith('/qn /norestart /l*v "')
    assert words[1].endswith(f'.Driver-of-Maker.log" LICENCE=YES WHERE="{laid.data}" SECRET="hush hush" /lvoicewarmup')
    assert receipt(laid)["prerequisites"] == ["Driver of Maker"]
    assert "hush" not in log + done.out

    again = run(laid)
    assert again.out.splitlines()[-1] == "This release is installed and in use already: nothing to do."
    assert len(ran(laid)) == 1


def test_one_that_is_there_is_left_alone(tmp_path: Path, few: Interpreter) -> None:
    laid = bundle(tmp_path, boot=few)
    (laid.root / "registry.json").write_text(registry("v18.3.0.1"))
    plan = run(laid, "/plan")
    assert f"  - leave Driver of Maker as it is: {KEY}, Version says v18.3.0.1" in plan.out.splitlines()
    done = run(laid)
    assert (done.code, done.err) == (0, "")
    assert f"Found Driver of Maker: {KEY}, Version says v18.3.0.1" in done.out
    assert ran(laid) == []
    assert receipt(laid)["prerequisites"] == []


@pytest.mark.parametrize(
    "there", ["{}", registry("18.2.9"), registry("18.4", view=32), registry("").replace("Version", "x")]
)
def test_the_plan_says_what_would_be_run_and_why(tmp_path: Path, there: str) -> None:
    laid = bundle(tmp_path)
    (laid.root / "registry.json").write_text(there)
    program = installer(laid)
    before = laid.tree()
    done = run(laid, "/plan", installer=program)
    (line,) = [each for each in done.out.splitlines() if "Driver" in each]
    assert line.startswith("  - install Driver of Maker by ")
    assert '/qn /norestart /l*v "LOG" LICENCE=YES' in line
    found = "says 18.2.9, and it must be 18.3 or later" if "18.2.9" in there else f"there is no {KEY}, Version"
    assert found in line
    assert "hush" not in done.out
    assert laid.tree() == before


@pytest.mark.parametrize(
    ("code", "ends", "words"),
    [
        (3010, 3010, "Restart this machine to finish the installation."),
        (1641, 3010, "a restart will finish it"),
        (1638, 0, "Installed Driver of Maker"),
        (5100, 0, "Installed Driver of Maker"),
        (1602, 1602, "The installation of Driver of Maker was cancelled (exit code 1602)"),
        (1603, 1603, "The installation of Driver of Maker failed (exit code 1603)"),
        (1, 1603, "The installation of Driver of Maker failed (exit code 1)"),
        (None, 1603, "did not end within an hour, and goes on"),
    ],
)
def test_how_an_installer_ends(tmp_path: Path, code: int | None, ends: int, words: str) -> None:
    laid = bundle(tmp_path, dataclasses.replace(DRIVER, exit_codes=(5100,)))
    done = run(laid, installer=installer(laid), installer_code=code)
    assert done.code == ends, done
    assert words in done.out + done.err
    assert (laid.environment / "current").exists() == (ends in (0, 3010))
    assert laid.environment.exists() == (ends in (0, 3010))


@pytest.mark.parametrize("code", [0, 1638])
def test_an_installer_that_lies(tmp_path: Path, few: Interpreter, code: int) -> None:
    laid = bundle(tmp_path, boot=few)
    done = run(laid, installer=installer(laid, leaves="{}"), installer_code=code)
    assert done.code == (1603 if code == 0 else 1638)
    if code == 0:
        assert f"The installer of Driver of Maker ended with 0, and yet there is no {KEY}, Version" in done.err
    else:
        assert "found another version, and not one that will do (exit code 1638)" in done.err
    assert not laid.environment.exists()


def test_one_that_is_there_after_a_restart_only(tmp_path: Path) -> None:
    laid = bundle(tmp_path)
    done = run(laid, installer=installer(laid, leaves="{}"), installer_code=3010)
    assert done.code == 1603
    assert "Driver of Maker is finished by a restart: restart this machine, and run bootstrap.bat again" in done.err


def test_another_installation_is_waited_for(tmp_path: Path, few: Interpreter) -> None:
    laid = bundle(tmp_path, boot=few)
    done = run(laid, installer=installer(laid), installer_code=[1618, 1618, 0])
    assert done.code == 0, done
    assert len(ran(laid)) == 3
    assert (laid.temporary / "slept").read_text() == "5\n10\n"


def test_another_installation_that_does_not_end(tmp_path: Path) -> None:
    laid = bundle(tmp_path)
    done = run(laid, installer=installer(laid, leaves="{}"), installer_code=1618)
    assert done.code == 1618
    assert "waited for another installation, which did not end (exit code 1618)" in done.err
    assert len(ran(laid)) == 9


def test_rights_are_found_out_before_anything_starts(tmp_path: Path) -> None:
    laid = bundle(tmp_path)
    refused = run(laid, installer=installer(laid), admin=False)
    assert refused.code == 1625
    assert "installing Driver of Maker needs administrator rights" in refused.err
    assert ran(laid) == []
    (laid.root / "registry.json").write_text(registry("19"))
    assert run(laid, admin=False).code == 0


def test_one_that_needs_no_rights(tmp_path: Path) -> None:
    laid = bundle(tmp_path, dataclasses.replace(DRIVER, needs_admin=False))
    assert run(laid, installer=installer(laid), admin=False).code == 0


def test_a_file_is_looked_at_and_its_version(tmp_path: Path, few: Interpreter) -> None:
    place = tmp_path / "System Root" / "vc.dll"
    place.parent.mkdir()
    detect = DetectInfo(registry=None, value=None, view=None, file="%systemroot%/vc.dll", at_least="14.30")
    exe = dataclasses.replace(
        DRIVER,
        name="C runtime",
        kind="exe",
        file="prerequisites/vc redist.exe",
        arguments=("/quiet", "/log", "{log}", "/d{data}", '/v"/qn X=1"'),
        detect=detect,
    )
    laid = bundle(tmp_path, exe, boot=few)
    script = installer(laid)
    (laid.root / "installer.sh").write_text(
        (laid.root / "installer.sh").read_text().replace("registry.json", "System Root/vc.dll")
    )
    (laid.root / "after.json").write_text("14.38.33135.0\n")
    place.write_text("14.29.9\n")
    done = run(laid, installer=script, environ={"SystemRoot": str(place.parent)})
    assert (done.code, done.err) == (0, "")
    (command,) = ran(laid)
    program, rest = command.split('" ', 1)
    assert program == f'"{laid.folder}/prerequisites/vc redist.exe'
    assert rest.startswith("/quiet /log ")
    assert rest.endswith(f'.C-runtime.log "/d{laid.data}" /v"/qn X=1"')
    place.unlink()
    again = run(laid, "/plan", environ={"SystemRoot": str(place.parent)})
    assert f"(there is no {place})" in again.out


def test_one_that_went_comes_back_though_the_release_is_in_use(tmp_path: Path, few: Interpreter) -> None:
    laid = bundle(tmp_path, boot=few)
    assert run(laid, installer=installer(laid)).code == 0
    pointer = (laid.environment / "current").read_bytes()
    machine = {"registry": str(laid.root / "registry.json")}
    assert bootstrap(laid, "/verify", environ=None, **machine).code == 0
    (laid.root / "registry.json").write_text("{}")
    checked = bootstrap(laid, "/verify", environ=None, **machine)
    assert checked.code == 1603
    assert "- Driver of Maker is needed and not there: the bundle's bootstrap.bat installs it" in checked.err
    done = run(laid, installer=installer(laid))
    assert (done.code, done.err) == (0, "")
    assert "Installed Driver of Maker" in done.out
    assert len(ran(laid)) == 2
    assert (laid.environment / "current").read_bytes() == pointer
    assert receipt(laid)["previous"] is None


def test_repairing_installs_what_went(tmp_path: Path, few: Interpreter) -> None:
    laid = bundle(tmp_path, boot=few)
    assert run(laid, installer=installer(laid)).code == 0
    (laid.root / "registry.json").write_text("{}")
    machine = {"registry": str(laid.root / "registry.json"), "installer": installer(laid)}
    plan = bootstrap(laid, "/repair", "/plan", environ=None, **machine)
    assert plan.code == 0
    (line,) = [each for each in plan.out.splitlines() if "install Driver of Maker by" in each]
    assert 'SECRET="***"' in line
    refused = bootstrap(laid, "/repair", environ=None, admin=False, **machine)
    assert refused.code == 1625
    assert "installing Driver of Maker needs administrator rights" in refused.err
    assert len(ran(laid)) == 1
    done = bootstrap(laid, "/repair", environ=None, installer_code=3010, **machine)
    assert (done.code, done.err) == (3010, "")
    assert "  - installed Driver of Maker, which was not there\nRepaired in " in done.out
    assert "Restart this machine" in done.out
    assert ran(laid)[1].split(".log")[1] == ran(laid)[0].split(".log")[1]  # with the same values
    assert receipt(laid)["prerequisites"] == ["Driver of Maker"]
    assert "Nothing had to be repaired." in bootstrap(laid, "/repair", environ=None, **machine).out
    assert len(ran(laid)) == 2


def test_the_kept_copy_says_that_it_takes_the_bundle(tmp_path: Path) -> None:
    laid = bundle(tmp_path)
    assert run(laid, installer=installer(laid)).code == 0
    (laid.root / "registry.json").write_text("{}")
    kept = dataclasses.replace(laid, folder=laid.environment / "uninstall" / laid.release.name)
    machine = {"registry": str(laid.root / "registry.json")}
    checked = bootstrap(kept, "/verify", environ=None, **machine)
    assert checked.code == 1603
    assert "- Driver of Maker is needed and not there: the bundle's bootstrap.bat installs it" in checked.err
    refused = bootstrap(kept, "/repair", environ=None, **machine)
    assert refused.code == 1639
    assert "to install, add or repair, start the bootstrap.bat of the bundle" in refused.err
    assert len(ran(laid)) == 1


def test_it_stays_when_the_bundle_goes(tmp_path: Path, few: Interpreter) -> None:
    laid = bundle(tmp_path, boot=few)
    assert run(laid, installer=installer(laid)).code == 0
    plan = bootstrap(laid, "/uninstall", "/plan")
    assert "  - keep Driver of Maker, which was installed too" in plan.out.splitlines()
    assert bootstrap(laid, "/uninstall").code == 0
    assert json.loads((laid.root / "registry.json").read_text()) != {}
    assert len(ran(laid)) == 1


def test_a_failure_later_takes_nothing_of_it_back(tmp_path: Path) -> None:
    laid = bundle(tmp_path)
    broken = dataclasses.replace(laid.manifest.checks, imports=("no_such_module",))
    laid.rewrite(dataclasses.replace(laid.manifest, prerequisites=(DRIVER,), checks=broken))
    done = run(laid, installer=installer(laid), installer_code=3010)
    assert done.code == 1603
    assert not laid.environment.exists()
    assert len(ran(laid)) == 1


@pytest.mark.parametrize(
    ("detect", "fault"),
    [
        ({"registry": None}, "prerequisites[0].detect must have either registry or file"),
        ({"view": "64"}, "prerequisites[0].detect.view must be a whole number"),
    ],
)
def test_a_manifest_that_contradicts_itself(tmp_path: Path, detect: dict[str, object], fault: str) -> None:
    laid = bundle(tmp_path)
    wrong = dataclasses.replace(DRIVER, detect=dataclasses.replace(DRIVER.detect, **detect))  # type: ignore[arg-type]
    laid.rewrite(dataclasses.replace(laid.manifest, prerequisites=(wrong,)))
    done = run(laid)
    assert done.code == 1603
    assert fault in done.err


def test_what_a_manifest_uses_it_lists(tmp_path: Path) -> None:
    """What it doesn't list nobody has looked at, wherever it lies: an operator's values are beside it, and others' files beside the folder."""
    laid = bundle(tmp_path)
    names = ["site.toml", "../other.msi", "files/none", "wheels/none-1.0-py2.py3-none-any.whl"]
    other = (dataclasses.replace(DRIVER, file=names[0]), dataclasses.replace(DRIVER, file=names[1]))
    file = dataclasses.replace(laid.manifest.files[0], file=names[2])
    package = dataclasses.replace(laid.manifest.packages[0], file=names[3])
    (laid.folder.parent / "other.msi").write_bytes(b"an installer")
    laid.rewrite(dataclasses.replace(laid.manifest, prerequisites=other, files=(file,), packages=(package,)))
    (laid.folder / names[0]).write_bytes(b"")
    done = run(laid)
    assert done.code == 1603
    for each in names:
        assert f"manifest.json uses {each} and does not list it" in done.err
    assert not laid.environment.exists()


@pytest.mark.parametrize(
    ("word", "value", "made"),
    [
        ("WHERE={site.dir}", "C:\\My Data\\", 'WHERE="C:\\My Data\\\\"'),
        ("WHERE={site.dir}", 'a" ALLUSERS=2 "', 'WHERE="a"" ALLUSERS=2 """'),
        ("WHERE={site.dir}", "C:\\Data\\", "WHERE=C:\\Data\\"),
        ("WHERE={site.dir}", "", 'WHERE=""'),
        ("{site.dir}", "C:\\My Logs\\a.log", '"C:\\My Logs\\a.log"'),
        ("/l*v {site.dir}", "C:\\My Logs\\a.log", '/l*v "C:\\My Logs\\a.log"'),
        ("/l*v {site.dir}", "a.log", "/l*v a.log"),
        ("{site.dir}", "A=b c", 'A="b c"'),
        ("/l*v C:\\a.log", "", "/l*v C:\\a.log"),
        ('WHERE="{site.dir}\\x"', "C:\\My Data", 'WHERE="C:\\My Data\\x"'),
        ('WHERE="{site.dir}\\x"', "C:\\My Data\\", 'WHERE="C:\\My Data\\\\x"'),
        ('WHERE="{site.dir} x"', "C:\\My Data\\", 'WHERE="C:\\My Data\\ x"'),
        ('WHERE="{site.dir}"', "C:\\My Data\\", None),
        ('WHERE="{site.dir}"', 'a" ALLUSERS=2 "', None),
        ('WHERE="{site.other}"', 'a"', 'WHERE="{site.other}"'),
    ],
)
def test_what_a_site_value_is_in_a_command_line(word: str, value: str, made: str | None) -> None:
    """One value, and neither the end of the quotes around it nor arguments besides."""
    if made is not None:
        assert _msi_word(word, {"site.dir": value}) == made
        return
    for quoted in (_msi_word, _exe_word):
        with pytest.raises(InstallError, match=r"\{site.dir\} can't hold a quote") as caught:
            quoted(word, {"site.dir": value})
        assert value not in caught.value.message


@pytest.mark.parametrize(
    ("text", "version"),
    [("v14.38.33135.00", (14, 38, 33135, 0)), ("0", (0, 0, 0, 0)), ("1." + "9" * 5000, (1, int("9" * 18), 0, 0))],
)
def test_the_version_that_a_machine_says(text: str, version: tuple[int, ...]) -> None:
    assert version_of(text) == version
