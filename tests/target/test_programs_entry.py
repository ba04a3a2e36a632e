"""What people see among the installed programs of Windows: name and icon, which lie where no release changes their place."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import only_linux
from tests.support.icons import make_icon, make_png
from tests.target.bundles import Laid, Ran, bootstrap, demo_wheel, lay_bundle
from tests.target.interpreters import running

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.interpreters import Interpreter

pytestmark = only_linux.SIMULATED

PASSWORD = "/set:password=secret-words"
QUICK: dict[str, Any] = {"quick": str(running().path), "minor": running().minor, "identity": f"{running().version} 64"}
FIRST, SECOND = make_icon(), make_icon(make_png())


def did(laid: Laid, *arguments: str, environ: dict[str, str] | None = None) -> Ran:
    ran = bootstrap(laid, *arguments, environ=environ, **QUICK)
    assert ran.code == 0, ran.out + ran.err
    return ran


def refused(laid: Laid, *arguments: str) -> str:
    ran = bootstrap(laid, *arguments, **QUICK)
    assert ran.code == 1603, ran.out + ran.err
    return ran.err


def lay(root: Path, boot: Interpreter, version: str, *, name: str | None, icon: bytes | None) -> Laid:
    packages = [demo_wheel(root / f"made {version}", version, requires=["helper"]), *root.glob("made/helper*.whl")]
    laid = lay_bundle(root, boot=boot, version=version, packages=packages if len(packages) > 1 else None)
    if icon is not None:
        (laid.folder / "icon.ico").write_bytes(icon)
    bundle = dataclasses.replace(laid.manifest.bundle, display_name=name, icon="icon.ico" if icon else None)
    laid.rewrite(dataclasses.replace(laid.manifest, bundle=bundle))
    laid.folder.rename(root / f"bundle {version}")
    return dataclasses.replace(laid, folder=root / f"bundle {version}")


@pytest.fixture
def one(tmp_path: Path, few: Interpreter) -> Laid:
    return lay(tmp_path, few, "1.0", name="Example & Söhne", icon=FIRST)


def entry(laid: Laid) -> dict[str, str]:
    [found] = [each for each in json.loads((laid.temporary / "programs.json").read_bytes()).values() if "scope" in each]
    return {key: found[key] for key in ("DisplayName", "DisplayIcon")}


def icon_of(laid: Laid) -> Path:
    return laid.environment / "uninstall" / "icon.ico"


def test_name_and_icon_follow_the_release_and_their_place_stays(one: Laid) -> None:
    two = lay(one.root, one.boot, "2.0", name="Example 2", icon=SECOND)
    plain = lay(one.root, one.boot, "3.0", name=None, icon=None)
    place = str(icon_of(one))
    did(one, PASSWORD)
    assert entry(one) == {"DisplayName": "Example & Söhne", "DisplayIcon": place}
    assert icon_of(one).read_bytes() == (one.release / "icon.ico").read_bytes() == FIRST
    did(two)
    assert entry(one) == {"DisplayName": "Example 2", "DisplayIcon": place}
    assert icon_of(one).read_bytes() == SECOND
    did(two, "/rollback")
    assert entry(one) == {"DisplayName": "Example & Söhne", "DisplayIcon": place}
    assert icon_of(one).read_bytes() == FIRST
    did(plain)
    assert entry(one) == {"DisplayName": "example", "DisplayIcon": str(one.environment / "bin" / "python")}
    assert not icon_of(one).exists()
    did(plain, "/verify")
    did(plain, "/uninstall", "/purge")
    assert not one.environment.exists()


def test_what_starts_the_uninstallation_is_windows_own(one: Laid) -> None:
    """It stands where all accounts start it, SYSTEM among them; ``SystemRoot`` is a variable that an account may set."""
    did(one, PASSWORD, environ={"SystemRoot": str(one.root / "mine")})
    [found] = [each for each in json.loads((one.temporary / "programs.json").read_bytes()).values() if "scope" in each]
    for key in ("UninstallString", "QuietUninstallString"):
        assert found[key].startswith('"C:\\Windows/System32/cmd.exe" /d /c ')
    did(one, "/verify", environ={"SystemRoot": str(one.root / "another")})


def test_an_instance_is_told_apart(one: Laid) -> None:
    did(one, "/instance:Second", PASSWORD)
    assert entry(one)["DisplayName"] == "Example & Söhne (Second)"


def test_without_its_own_the_place_doesnt_follow_the_release(one: Laid) -> None:
    """What releases of earlier versions had was in the kept copy of each."""
    plain = [lay(one.root, one.boot, version, name=None, icon=None) for version in ("2.0", "3.0")]
    seen = []
    for each in plain:
        did(each, PASSWORD)
        seen.append(entry(one))
    assert seen[0] == seen[1]
    assert (one.environment / "bin" / "python").is_file()


@pytest.mark.parametrize("where", ["kept", "release", "both"])
@pytest.mark.parametrize("gone", [True, False])
def test_a_damaged_icon_is_verified_and_repaired(one: Laid, where: str, gone: bool) -> None:
    did(one, PASSWORD)
    places = {"kept": icon_of(one), "release": one.release / "icon.ico"}
    for name, path in places.items():
        if where in (name, "both"):
            path.unlink() if gone else path.write_bytes(b"other")
    assert ("is not the icon of" in (said := refused(one, "/verify"))) == (where != "release")
    assert ("icon.ico " in said) == (where != "kept") or where == "kept"
    did(one, "/repair")
    assert [path.read_bytes() for path in places.values()] == [FIRST, FIRST]
    did(one, "/verify")


@pytest.mark.parametrize("key", ["DisplayName", "DisplayIcon"])
def test_a_changed_entry_is_verified_and_repaired(one: Laid, key: str) -> None:
    did(one, PASSWORD)
    before, path = entry(one), one.temporary / "programs.json"
    table = json.loads(path.read_bytes())
    for each in table.values():
        if key in each:
            each[key] = "other"
    path.write_text(json.dumps(table))
    assert f"its entry among the installed programs has other as {key} and not {before[key]}" in refused(one, "/verify")
    did(one, "/repair")
    assert entry(one) == before


def test_an_icon_that_the_bundle_lacks_is_damage(one: Laid) -> None:
    bundle = dataclasses.replace(one.manifest.bundle, icon="other.ico")
    one.rewrite(dataclasses.replace(one.manifest, bundle=bundle))
    assert "uses other.ico and does not list it" in refused(one, PASSWORD)
    assert not one.environment.exists()
