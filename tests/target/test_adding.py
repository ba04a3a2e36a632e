"""/add: wheels that no bundle brought, in a release of their own; judged like the bundle's, recorded, verified, repaired, rolled back, upgraded."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from itertools import count
from typing import TYPE_CHECKING

import pytest

from bundler.target.wheels.pip_check import faults as pip_faults
from tests.support import only_linux
from tests.support.packages import make_wheel
from tests.target.bundles import Laid, bootstrap, repacked
from tests.target.interpreters import interpreters, running
from tests.target.test_modes import ONE, PASSWORD, TWO, did, lay, pointer, refused, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.interpreters import Interpreter

pytestmark = only_linux.SIMULATED


def allowed(laid: Laid, policy: str = "repeat") -> Laid:
    environment = dataclasses.replace(laid.manifest.environment, add_wheels=policy)  # type: ignore[arg-type]
    manifest = dataclasses.replace(laid.manifest, environment=environment)
    laid.rewrite(manifest)
    return dataclasses.replace(laid, manifest=manifest)


def lay_one(root: Path, policy: str = "repeat", boot: Interpreter | None = None) -> Laid:
    return allowed(lay(root, 1, boot or running()), policy)


def installed(root: Path, policy: str = "repeat") -> Laid:
    one = lay_one(root, policy)
    did(one, PASSWORD)
    return one


def extra(
    laid: Laid, name: str = "extra", version: str = "1.0", *, folder: str = "wheels to add", **more: object
) -> Path:
    """A wheel in a folder of the operator's, which has it alone."""
    place = laid.root / folder
    files = more.pop("files", {f"{name}.py": "x = 1\n"})
    return make_wheel(place, name, version, tag="py2.py3-none-any", files=files, **more)  # type: ignore[arg-type]


def add(laid: Laid, folder: str = "wheels to add") -> str:
    return f"/add:{laid.root / folder}"


def release_json(laid: Laid) -> dict[str, object]:
    found: dict[str, object] = json.loads((laid.environment / "releases" / pointer(laid) / "release.json").read_bytes())
    return found


def modules(laid: Laid) -> list[str]:
    library = next((laid.environment / "releases" / pointer(laid)).glob("lib/python*/site-packages"))
    return sorted(path.name for path in library.glob("*.py"))


@pytest.mark.parametrize("boot", dict.fromkeys([interpreters()[0], running()]), ids=str)
def test_a_release_of_its_own(tmp_path: Path, boot: Interpreter) -> None:
    one = lay_one(tmp_path, boot=boot)
    did(one, PASSWORD)
    assert release_json(one)["format"] == 1  # older programs may read it
    wheel = extra(one)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    words = f"extra 1.0 ({wheel.name}, SHA-256 {digest})"
    plan = did(one, add(one), "/plan").out
    assert f"  - keep {wheel.name}, which no bundle brought, in " in plan
    assert "  - install extra 1.0\n" in plan
    assert pointer(one) == ONE
    ran = did(one, add(one))
    assert f"Adds extra 1.0, which no bundle brought (SHA-256 {digest})\n" in ran.out
    release = pointer(one)
    assert release.startswith(ONE + "-")
    assert modules(one) == ["demo.py", "extra.py", "helper.py"]
    table = release_json(one)
    assert (table["format"], table["added"]) == (2, [["extra", "1.0", wheel.name, digest]])
    assert digest in one.log()

    seen = did(one, "/verify").out
    assert f"Note: added here, by no bundle: {words}.\n" in seen
    assert "as they were installed" in seen
    report = tmp_path / "report.json"
    assert f"Added here, by no bundle: {words}\n" in did(one, "/status", f"/json:{report}").out
    assert json.loads(report.read_bytes())["status"]["added"] == [words]
    assert "nothing to do" in did(one).out  # nor does a second run take them away
    assert "nothing to do" in did(one, add(one)).out
    assert pointer(one) == release

    did(one, "/rollback")
    assert (pointer(one), modules(one)) == (ONE, ["demo.py", "helper.py"])
    assert "nothing to do" in did(one).out
    did(one, "/rollback")
    assert pointer(one) == release
    did(one, "/uninstall")
    assert not one.environment.exists()


def test_repaired_without_the_folder(tmp_path: Path) -> None:
    one = installed(tmp_path)
    wheel = extra(one)
    did(one, add(one))
    shutil.rmtree(wheel.parent)
    release = one.environment / "releases" / pointer(one)
    module = next(release.glob("lib/python*/site-packages/extra.py"))
    kept = release / "added" / wheel.name
    before = kept.read_bytes()
    module.write_text("evil\n")
    kept.write_bytes(b"evil")
    (kept.parent / "other.whl").write_bytes(b"evil")
    said = run(one, "/verify").err
    assert f"added/{wheel.name} was changed" in said
    assert "added/other.whl was added" in said
    did(one, "/repair")
    assert (module.read_text(), kept.read_bytes()) == ("x = 1\n", before)
    assert "as they were installed" in did(one, "/verify").out


def test_more_of_them(tmp_path: Path) -> None:
    one = installed(tmp_path)
    extra(one)
    did(one, add(one))
    first = pointer(one)
    extra(one, "another", folder="more")
    did(one, add(one, "more"))
    assert modules(one) == ["another.py", "demo.py", "extra.py", "helper.py"]
    did(one, "/rollback")
    assert pointer(one) == first
    extra(one, version="2.0", folder="newer")
    did(one, add(one, "newer"))
    assert [each[:2] for each in release_json(one)["added"]] == [["extra", "2.0"]]  # type: ignore[attr-defined]


def test_an_upgrade_takes_them_along_where_its_recipe_says_so(tmp_path: Path) -> None:
    one = installed(tmp_path)
    wheel = extra(one)
    did(one, add(one))
    shutil.rmtree(wheel.parent)
    two = allowed(lay(tmp_path, 2, running()))
    did(two)
    assert pointer(two).startswith(TWO + "-")
    assert modules(two) == ["demo.py", "extra.py", "helper.py"]
    assert "as they were installed" in did(two, "/verify").out
    did(two, "/rollback")
    assert pointer(two).startswith(ONE + "-")


@pytest.mark.parametrize("policy", ["never", "block-upgrade"])
def test_else_an_upgrade_is_refused(tmp_path: Path, policy: str) -> None:
    one = installed(tmp_path)
    extra(one)
    did(one, add(one))
    two = allowed(lay(tmp_path, 2, running()), policy)
    assert "has packages that no bundle brought (extra 1.0)" in refused(two, code=1638)
    did(two, "/rollback")
    did(two)
    assert pointer(two) == TWO


def test_kept_wheels_that_others_changed_are_not_taken_along(tmp_path: Path) -> None:
    one = installed(tmp_path)
    wheel = extra(one)
    did(one, add(one))
    kept = one.environment / "releases" / pointer(one) / "added" / wheel.name
    shutil.copy(extra(one, folder="changed", files={"extra.py": "evil\n"}), kept)
    two = allowed(lay(tmp_path, 2, running()))
    assert f"{kept} was changed" in refused(two)
    (kept.parent / "another-1.0-py3-none-any.whl").write_bytes(b"x")
    refused(two)


def test_off_by_default(tmp_path: Path) -> None:
    one = lay(tmp_path, 1, running())
    assert one.manifest.environment.add_wheels == "never"
    did(one, PASSWORD)
    extra(one)
    assert "its recipe has no environment.add-wheels" in refused(one, add(one), code=1625)


def test_what_is_refused_by_name(tmp_path: Path) -> None:
    one = installed(tmp_path)
    place = tmp_path / "bad"
    make_wheel(place, "tagged", "1.0", tag="cp27-cp27m-win32")
    make_wheel(place, "demo", "9.0", tag="py2.py3-none-any")
    make_wheel(place, "twice", "1.0", tag="py2.py3-none-any")
    make_wheel(place, "twice", "2.0", tag="py2.py3-none-any")
    (place / "README.txt").write_text("x")
    (place / "broken-1.0-py3-none-any.whl").write_bytes(b"x")
    good = make_wheel(tmp_path / "made", "renamed", "1.0", tag="py2.py3-none-any")
    shutil.copy(good, place / "renamed-3.0-py2.py3-none-any.whl")
    (place / "linked-1.0-py3-none-any.whl").symlink_to(good)
    said = refused(one, add(one, "bad"))
    for words in (
        "tagged-1.0-cp27-cp27m-win32.whl is not for the Python of the target",
        "demo-9.0-py2.py3-none-any.whl is demo, which the bundle has in version 1.0",
        "twice is there twice: twice-2.0-py2.py3-none-any.whl",
        "README.txt is not a wheel: the folder may hold nothing else",
        "broken-1.0-py3-none-any.whl can't be installed",
        "renamed-3.0-py2.py3-none-any.whl can't be installed: its METADATA is of renamed 1.0",
        "linked-1.0-py3-none-any.whl is not a file",
    ):
        assert words in said, said


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"demo.py": "evil\n"}, "demo and extra both bring demo.py"),
        ({"extra-1.0.data/data/pyvenv.cfg": "x\n"}, "pyvenv.cfg would start or steer"),
        ({"extra-1.0.data/data/added/x.whl": "x\n"}, "would stand for what bootstrap.bat itself writes"),
        ({"../evil.py": "x\n"}, "evil.py"),
    ],
)
def test_what_would_lie_elsewhere(tmp_path: Path, files: dict[str, str], words: str) -> None:
    one = installed(tmp_path)
    extra(one, files=files)
    assert words in refused(one, add(one))


def test_who_else_may_change_the_folder(tmp_path: Path) -> None:
    one = installed(tmp_path)
    folder = extra(one).parent
    said = refused(one, add(one), code=1625, access={str(folder): ["S-1-5-21-9", []]})
    assert f"{folder} belongs to S-1-5-21-9" in said


def test_when_it_can_not_be(tmp_path: Path) -> None:
    one = lay_one(tmp_path)
    extra(one)
    assert "No release of this bundle is in use" in refused(one, add(one), code=1638)
    did(one, PASSWORD)
    assert "There is no folder" in refused(one, add(one, "nowhere"), code=1639)
    (tmp_path / "empty").mkdir()
    assert "there is no wheel in" in refused(one, add(one, "empty"))
    assert "/add and /verify exclude each other" in refused(one, add(one), "/verify", code=1639)
    assert "/add needs a folder of wheels: /add:FOLDER" in refused(one, "/add", code=1639)
    two = allowed(lay(tmp_path, 2, running()))
    assert "No release of this bundle is in use" in refused(two, add(two), code=1638)


def test_what_has_changed_since_it_was_looked_at_is_not_installed(tmp_path: Path) -> None:
    one = installed(tmp_path)
    wheel = extra(one)
    other = extra(one, folder="changed", files={"extra.py": "evil\n"})
    for moment in count(1):
        before = wheel.read_bytes()
        ran = run(one, add(one), meanwhile=[moment, "cp", str(other), str(wheel)])
        changed = wheel.read_bytes() != before
        if ran.code == 1603:
            assert "has changed since it was looked at" in ran.err
            assert pointer(one) == ONE
            break
        assert (ran.code, changed) == (0, True)  # before it was judged, or after it was copied
        did(one, "/rollback")
        shutil.copy(extra(one, folder="again"), wheel)
    assert moment < 60


def test_requirements_are_met_or_named(tmp_path: Path) -> None:
    one = allowed(lay(tmp_path, 1, running()))
    assert bootstrap(one, PASSWORD).code == 0
    extra(one, requires=["helper>=99", "absent"])
    ran = bootstrap(one, add(one))
    assert ran.code == 1603, ran
    assert "extra 1.0 requires absent, which is not installed." in ran.err
    assert "extra 1.0 has requirement helper>=99, but you have helper 2.5." in ran.err
    assert pointer(one) == ONE
    assert [path.name for path in (one.environment / "releases").iterdir()] == [ONE]
    extra(one, folder="fits", requires=["helper>=2"])
    assert bootstrap(one, add(one, "fits")).code == 0
    assert modules(one) == ["demo.py", "extra.py", "helper.py"]


def test_those_that_are_added_take_this_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "x-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: X\nVersion: 1.0\nRequires-Python: >=4\n")
    monkeypatch.syspath_prepend(str(repacked(tmp_path / "pip", "pip")))
    assert pip_faults(str(tmp_path)) == []
    assert pip_faults(str(tmp_path), ["x"]) == ["X 1.0 requires Python >=4."]
