"""Extra files and paths on the target, judged when the bundle is packed as the target would judge them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import InputError
from bundler.model.artifact import StoredFile
from bundler.model.recipe import FileTable
from tests.support.bundles import Inputs, make_inputs
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pack.layout import Layout


def packed(folder: Path, *destinations: str, kind: str = "archive", **environment: str) -> Layout:
    wheels = [
        make_wheel(
            folder / "wheels",
            "alpha",
            files={"alpha/__init__.py": "1", "alpha/deep/x.py": "1"},
            data={"scripts/tool.bat": "1", "data/share/alpha/x.txt": "1"},
            entry_points={"console_scripts": {"alpha": "alpha:main"}},
        )
    ]
    inputs = make_inputs(folder, kind=kind, wheels=wheels)
    if kind not in ("exe", "msi"):
        inputs.installer = None
    source = folder / "x.txt"
    source.write_bytes(b"x")
    files = [(FileTable(source="x.txt", destination=each), StoredFile.of(source)) for each in destinations]
    return _laid_out(inputs, files, environment)


def _laid_out(inputs: Inputs, files: list[tuple[FileTable, StoredFile]], environment: dict[str, Any]) -> Layout:
    table = dataclasses.replace(inputs.recipe.environment, **environment)
    inputs.recipe = dataclasses.replace(inputs.recipe, environment=table, file=tuple(each for each, _ in files))
    inputs.files = files
    return inputs.lay_out()


@pytest.mark.parametrize(
    ("destination", "words"),
    [
        ("{release}\\Lib\\site-packages\\alpha\\__init__.py", "is a file of alpha, which it would replace"),
        ("{release}\\LIB\\Site-Packages\\ALPHA\\deep\\X.py", "is a file of alpha, which it would replace"),
        ("{release}\\Scripts\\alpha.exe", "is a file of alpha, which it would replace"),
        ("{release}\\Scripts\\Tool.bat", "is a file of alpha, which it would replace"),
        ("{release}\\share\\alpha\\x.txt", "is a file of alpha, which it would replace"),
        ("{release}\\share\\alpha", "is a folder of alpha"),
        ("{release}\\share\\alpha\\x.txt\\y.txt", "lies below share/alpha/x.txt, which is a file of alpha"),
        ("{release}\\pyvenv.cfg", "is a file of the environment itself"),
        ("{release}\\Scripts\\PYTHON.exe", "is a file of the environment itself"),
        ("{release}\\runtime\\python.exe", "is a file of Python itself"),
        ("{release}\\release.json", "would stand for what bootstrap.bat itself writes"),
        ("{release}\\Site.json.new", "would stand for what bootstrap.bat itself writes"),
        ("{release}\\.incomplete\\x", "would stand for what bootstrap.bat itself writes"),
        ("{data}\\site.json", "is where bootstrap.bat keeps the site values"),
        ("{data}\\SITE.json.new", "is where bootstrap.bat keeps the site values"),
    ],
)
def test_a_place_that_is_taken(tmp_path: Path, destination: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        packed(tmp_path, "{release}\\fine.txt", destination)
    assert caught.value.reference == "file-unfit"
    assert [str(each) for each in caught.value.faults] == [f"file[1].destination: {destination} {words}"] or (
        len(caught.value.faults) == 1 and words in str(caught.value.faults[0])
    )


@pytest.mark.parametrize(
    "destination",
    [
        *("{release}\\Lib\\site-packages\\alpha\\settings.ini", "{release}\\Scripts\\other.exe", "{release}\\etc\\x"),
        *("{data}\\pyvenv.cfg", "{data}\\release.json", "{data}\\etc\\site.json", "{release}\\services\\x.conf"),
    ],
)
def test_a_place_that_is_free(tmp_path: Path, destination: str) -> None:
    assert packed(tmp_path, destination).manifest.files[0].destination == destination


def test_an_installed_python_lies_elsewhere(tmp_path: Path) -> None:
    assert packed(tmp_path, "{release}\\runtime\\python.exe", kind="exe").manifest.files


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_paths_that_are_too_long_are_known_here(tmp_path: Path, more: int, fits: bool) -> None:
    release = "\\releases\\4.14.2-01234567"
    longest = release + "\\" + "x" * 100 + "\\y.txt.new"
    place = "{release}\\" + "x" * 100 + "\\y.txt"
    environment = "C:\\" + "e" * (259 - 3 - len(longest) + more)
    if fits:
        assert packed(tmp_path, place, path=environment).manifest.files
        return
    with pytest.raises(InputError) as caught:
        packed(tmp_path, place, path=environment)
    assert caught.value.reference == "installed-path-too-long"
    assert caught.value.context == (
        f"{environment} ({len(environment)} characters): the longest path of {place} would have 260 characters",
    )


def test_packages_python_and_data_have_long_paths_too(tmp_path: Path) -> None:
    for environment, words in [
        ({"path": "C:\\" + "e" * 200}, "the longest path of alpha would have"),
        ({"path": "C:\\" + "e" * 222}, "the longest path of alpha would have"),
        ({"data": "C:\\" + "d" * 255}, "the longest path of {data}\\x.txt would have"),
    ]:
        with pytest.raises(InputError) as caught:
            packed(tmp_path, "{data}\\x.txt", **environment)
        assert words in caught.value.context[0]
