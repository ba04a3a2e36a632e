from __future__ import annotations

from pathlib import Path

import pytest

from bundler.resolve.unnamed import address_of, is_path, name_in, without_name
from tests.support import only_linux

FOLDER = Path("/srv/wheels").absolute()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("git+https://h.test/a@main#egg=Some_Name", "Some_Name"),
        ("git+https://h.test/a#egg=a[x,y]&subdirectory=b", "a[x,y]"),
        ("git+https://h.test/a#subdirectory=b&egg=a%5Bx%5D", "a[x]"),
        ("git+https://h.test/a-1.0", None),
        ("file:///srv/a_b-1.0-py3-none-any.whl", "a-b"),
        ("https://h.test/a_b-1.0.tar.gz#sha256=00", "a-b"),
        ("https://h.test/a%5Fb-1.0.zip", "a-b"),
        ("https://h.test/archive/v1.0.tar.gz", None),
        ("https://h.test/a%5Cb-1.0.zip", None),
        ("file:///srv/a.whl", None),
        ("https://[h.test/a-1.0.zip", None),
    ],
)
def test_the_package_of_an_address(address: str, name: str | None) -> None:
    assert name_in(address) == name


@pytest.mark.parametrize("line", ["./a", "/a", "~/a", "a/b", r"a\b", "a.whl", "a-1.tar.gz", "a-1.zip"])
def test_paths(line: str) -> None:
    assert is_path(line)
    assert not is_path("a-1")


def test_extras_of_a_path() -> None:
    uri = (FOLDER / "a-1.0-py3-none-any.whl").as_uri()
    assert address_of("./a-1.0-py3-none-any.whl[x, y]", FOLDER) == (uri, "[x, y]")
    assert address_of("a-1.0-py3-none-any.whl", FOLDER) == (uri, "")
    assert address_of("https://h.test/a[x]", FOLDER) == ("https://h.test/a[x]", "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("https://h.test/archive.zip", "write NAME @ https://h.test/archive.zip"),
        ("./gone.whl", "leads to nothing on this host"),
        ("./odd.whl", "not a valid name of a wheel"),
        ("./odd.zip", "write NAME @ file:///"),
        ("./notes.txt", "-r names a requirements file"),
        pytest.param(r"C:\a-1.0.zip", "is a path of Windows", marks=only_linux.SIMULATED),
    ],
)
def test_what_to_write(tmp_path: Path, body: str, words: str) -> None:
    for name in ("odd.whl", "odd.zip", "notes.txt"):
        (tmp_path / name).touch()
    address, _ = address_of(body, tmp_path)
    assert name_in(address) is None
    assert words in without_name(body, address)
