"""Windows itself: a bundle in places by whose names cmd, Python or Windows may take something else. See tests/e2e/test_places.py for Wine's."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.native import Ended, Target, Unpacked

pytestmark = pytest.mark.windows


@pytest.fixture
def bundle(target: Target, build: Callable[..., Path]) -> Unpacked:
    return target.unpack(build("1.0"), "disk")


@pytest.fixture
def letter(bundle: Unpacked) -> Iterator[str]:
    """A drive of this session that is the bundle's folder."""
    free = next(each for each in "QRSTUVWXYZ" if not os.path.exists(f"{each}:\\"))  # noqa: PTH110
    subprocess.run(["subst", f"{free}:", str(bundle.folder)], check=True)
    yield free
    subprocess.run(["subst", f"{free}:", "/d"], check=True)


def plans(done: Ended) -> bool:
    return done.code == 0 and "Nothing was changed." in done.output


@pytest.mark.real_windows("its cmd starts no batch file by such a path")
def test_by_a_path_for_devices(target: Target, bundle: Unpacked) -> None:
    done = target.run("\\\\?\\" + str(bundle.folder.resolve() / "bootstrap.bat"), "/plan")
    assert plans(done), done.output


@pytest.mark.real_windows("it has no subst")
def test_in_the_root_of_a_drive_of_this_session(target: Target, letter: str) -> None:
    done = target.run(f"{letter}:\\bootstrap.bat", "/plan")
    assert plans(done), done.output


@pytest.mark.elevated
@pytest.mark.real_windows("it shares nothing")
@pytest.mark.parametrize("start", ['"{share}\\bootstrap.bat" /plan', 'pushd "{share}" && bootstrap.bat /plan & popd'])
def test_on_a_share(target: Target, bundle: Unpacked, start: str) -> None:
    """The share of administrators that every Windows has; cmd has no share as its current folder, and pushd makes a drive of it."""
    folder = bundle.folder.resolve()
    share = f"\\\\localhost\\{folder.drive[0]}${str(folder)[2:]}"
    done = target.command(f'cmd.exe /d /s /c "{start.format(share=share)}"')
    assert plans(done), done.output


@pytest.mark.parametrize("ending", [" ", "."])
@pytest.mark.real_windows("it has such folders by another name")
def test_a_name_whose_end_windows_drops(target: Target, bundle: Unpacked, ending: str) -> None:
    """It can be made and removed by a path for devices only."""
    odd = "\\\\?\\" + str(bundle.folder.resolve()) + ending
    os.rename("\\\\?\\" + str(bundle.folder.resolve()), odd)  # noqa: PTH104 -- pathlib may take the prefix for a part of the path
    try:
        done = target.run(odd + "\\bootstrap.bat", "/plan")
        assert done.code == 1603, done.output
        assert "ends with a dot or a blank, which Windows drops" in done.output
    finally:
        os.rename(odd, "\\\\?\\" + str(bundle.folder.resolve()))  # noqa: PTH104


def test_files_that_are_read_only(bundle: Unpacked) -> None:
    """As those of a CD: copies of them can be replaced and removed all the same."""
    for path in bundle.folder.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    for mode in ((), ("/repair",), ("/uninstall",)):
        done = bundle.bootstrap(*mode)
        assert done.code == 0, done.output
    for path in bundle.folder.rglob("*"):
        path.chmod(0o666)
