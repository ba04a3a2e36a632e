from __future__ import annotations

import dataclasses
import datetime
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock, is_valid_pylock_path
from packaging.version import Version

from bundler.errors import InputError
from bundler.model.artifact import Artifact
from bundler.model.lock import BuildRequirement, Lock, LockedPackage, LockedRuntime
from bundler.model.lock_encoding import encode_lock
from bundler.model.lock_file import load_lock
from bundler.model.target import Target

HASH = "a" * 64
FOLDER = Path("/home/me/recipes").absolute()
PATH = FOLDER / "pylock.example-3-11-9-win_amd64.toml"


def wheel(name: str, version: str = "1.0", **changes: object) -> LockedPackage:
    filename = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    file = Artifact(filename=filename, url=f"https://files.example/{filename}", size=5, sha256=HASH)
    return dataclasses.replace(LockedPackage(name=name, version=version, kind="wheel", file=file), **changes)  # type: ignore[arg-type]


def runtime(**changes: object) -> LockedRuntime:
    file = Artifact(
        filename="python-3.11.9-amd64.exe", url="https://mirror.example/python-3.11.9-amd64.exe", size=9, sha256=HASH
    )
    full = LockedRuntime(kind="exe", source=str(file.url), file=file, signer="Python Software Foundation")
    return dataclasses.replace(full, **changes)  # type: ignore[arg-type]


def lock(**changes: object) -> Lock:
    sdist = Artifact(filename="old-1.0.tar.gz", url="https://files.example/old-1.0.tar.gz", size=3, sha256=HASH)
    full = Lock(
        target=Target.of("3.11.9", "win_amd64", markers={"platform_release": "10"}),
        created=datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.UTC),
        inputs="0" * 64,
        packages=(
            wheel("attrs", requires_python=">=3.8", index="https://index.example/simple"),
            LockedPackage(
                name="my-app",
                version="4.14.2",
                kind="directory",
                file=None,
                directory=str(FOLDER / "my_app"),
                requested=True,
            ),
            LockedPackage(name="old", version="1.0", kind="sdist", file=sdist, dependencies=("attrs", "six")),
            wheel("six", upload_time=datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC)),
        ),
        seeds=(wheel("pip", "26.1"),),
        build=(BuildRequirement(package=wheel("setuptools", "80.0"), used_by=("my-app", "old")),),
        runtime=runtime(),
        boot=runtime(kind="embed"),
    )
    return dataclasses.replace(full, **changes)  # type: ignore[arg-type]


def reread(value: Lock, folder: Path) -> Lock:
    path = folder / PATH.name
    path.write_text(encode_lock(value, path), encoding="utf-8")
    return load_lock(path)


def test_a_lock_without_a_runtime(tmp_path: Path) -> None:
    """The target has its Python; what starts the bootstrap is pinned all the same."""
    none = LockedRuntime(kind="none", source="", file=None, signer=None)
    value = lock(runtime=none, packages=())
    assert reread(value, tmp_path) == value
    for broken, fault in (
        (lock(runtime=none, boot=None), "tool.bundle.boot: is missing: nothing else starts on the target"),
        (lock(runtime=runtime(kind="none")), "tool.bundle.runtime.file: must not be there"),
        (lock(runtime=runtime(file=None)), "tool.bundle.runtime.file: is missing"),
        (lock(boot=runtime(kind="embed", file=None)), "tool.bundle.boot.file: is missing"),
    ):
        with pytest.raises(InputError) as caught:
            reread(broken, tmp_path)
        assert fault in [str(each) for each in caught.value.faults]


def test_round_trip(tmp_path: Path) -> None:
    packages = lock().packages
    here = dataclasses.replace(packages[1], directory=str(tmp_path / "my_app"))
    value = lock(packages=(packages[0], here, *packages[2:]))
    assert reread(value, tmp_path) == value
    alone = lock(packages=packages[:1], boot=None, seeds=(), build=())
    assert reread(alone, tmp_path) == alone


def test_other_tools_can_read_it() -> None:
    data = tomllib.loads(encode_lock(lock(), PATH))
    pylock = Pylock.from_dict(data)
    pylock.validate()
    assert [package.name for package in pylock.packages] == ["attrs", "my-app", "old", "six"]
    assert pylock.packages[1].directory is not None
    assert pylock.packages[1].directory.path == "my_app"
    assert is_valid_pylock_path(PATH)


def test_it_says_the_environment_that_it_is_for(tmp_path: Path) -> None:
    text = encode_lock(lock(), PATH)
    data = tomllib.loads(text)
    assert data["environments"] == [str(lock().target.marker())]
    assert 'platform_release == "10"' in data["environments"][0]
    path = tmp_path / PATH.name
    path.write_text(text, encoding="utf-8")
    read = load_lock(path)
    older = [line for line in text.splitlines() if line != "environments = [" and "platform_release ==" not in line]
    older.remove("]")
    path.write_text("\n".join(older), encoding="utf-8")
    assert "environments" not in path.read_text(encoding="utf-8")
    assert load_lock(path) == read, "locks of earlier versions don't say it"


def test_the_same_lock_gives_the_same_text_in_any_order() -> None:
    value = lock()
    turned = dataclasses.replace(value, packages=tuple(reversed(value.packages)))
    assert encode_lock(value, PATH) == encode_lock(turned, PATH)


names = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?", fullmatch=True)


@given(
    st.lists(names, unique=True, min_size=1, max_size=6),
    st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}((a|b|rc)[0-9])?(\.post[0-9])?", fullmatch=True),
    st.integers(min_value=1),
)
def test_any_packages_survive(wanted: list[str], version: str, size: int) -> None:
    packages = tuple(wheel(name, version) for name in sorted(wanted))
    resized = tuple(
        dataclasses.replace(each, file=dataclasses.replace(each.file, size=size)) for each in packages if each.file
    )
    text = encode_lock(lock(packages=resized), PATH)
    assert [each["version"] for each in tomllib.loads(text)["packages"]] == [str(Version(version))] * len(resized)
    Pylock.from_dict(tomllib.loads(text))


@pytest.mark.parametrize(
    ("old", "new", "reference", "says"),
    [
        ("format = 1", "format = 99", "lock-format", "reads format 1"),
        ("tool.bundle", "tool.other", "lock-invalid", "no [tool.bundle]"),
        ('lock-version = "1.0"', 'lock-version = "9.0"', "lock-invalid", "9.0"),
        ("inputs = ", "outputs = ", "lock-invalid", "tool.bundle.inputs: is missing"),
        (f'sha256 = "{HASH}"', 'sha256 = "xyz"', "lock-invalid", "sha256"),
        ("[[packages]]", "[[packages", "lock-unreadable", "can't be read"),
        ("requested = [", "requested = " + "[" * 5000, "lock-unreadable", "can't be read"),
        ('{ name = "six" }', '{ name = "seven" }', "lock-invalid", "old needs seven, which isn't there"),
        ('requested = [\n    "my-app"', 'requested = [\n    "your-app"', "lock-invalid", "your-app is asked for"),
        ('[[packages]]\nname = "six"\n', '[[packages]]\nname = "attrs"\n', "lock-invalid", "attrs is there twice"),
        ("12:00:00+00:00", "12:00:00", "lock-invalid", "tool.bundle.created: must say how far from UTC"),
        (
            'name = "pip"\nversion = "26.1"',
            'name = "pip"\nversion = "newest"',
            "lock-invalid",
            "tool.bundle.seeds: pip has no valid version",
        ),
        ('name = "six"\nversion = "1.0"\n', 'name = "six"\n', "lock-invalid", "six: has no version"),
        ('{ name = "six" }', '{ version = "1.0" }', "lock-invalid", "old: has a dependency without a name"),
        ("https://files.example/", "https://[files/", "lock-invalid", "is not a valid address"),
        ("https://mirror.example/", "https://[mirror/", "lock-invalid", "is not a valid address"),
        ("created = 2026", "created = 9999", "lock-invalid", "tool.bundle.created: is later than 2107"),
    ],
)
def test_a_bad_lock_is_said(tmp_path: Path, old: str, new: str, reference: str, says: str) -> None:
    path = tmp_path / PATH.name
    text = encode_lock(lock(), path).replace("six-1.0-py3", "attrs-1.0-py3" if "attrs" in new else "six-1.0-py3")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_lock(path)
    assert caught.value.reference == reference
    assert says in "\n".join((caught.value.message, *caught.value.context))


def test_a_lock_that_an_editor_of_windows_wrote(tmp_path: Path) -> None:
    path = tmp_path / PATH.name
    path.write_text(encode_lock(lock(), path), encoding="utf-8-sig", newline="\r\n")
    assert load_lock(path) == lock()


def test_no_lock(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_lock(tmp_path / "pylock.none.toml")
    assert caught.value.reference == "lock-unreadable"
    assert "bundle lock" in caught.value.hint
