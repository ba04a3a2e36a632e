"""Texts of others where more than one reader sees them: whatever they are, what comes is a value or an error of ours. Those of one reader
are in ``text_parsers``.
"""

from __future__ import annotations

import contextlib
import random
import re
from typing import TYPE_CHECKING

import pytest

from bundler.errors import BundleError, InputError, NetworkError
from bundler.fetch import DiskCache, Downloads, HttpTransport, NetworkSettings, Retry, Store
from bundler.fetch.httpcache import HttpCache
from bundler.fetch.pipconf import read_pip_settings
from bundler.fetch.urls import file_path
from bundler.foreign import MalformedTomlError, read_toml
from bundler.formats.core_metadata import MalformedMetadataError
from bundler.model.artifact import Artifact
from bundler.model.lock_file import load_lock
from bundler.model.ports import Response
from bundler.model.recipe_file import load_recipe
from bundler.model.target import Target
from bundler.pipeline.new_recipe import write_recipe
from bundler.pipeline.recipe_beginning import Origin
from bundler.report import Reporter
from bundler.resolve import FileJudge, IndexRoute, LockSelection, explain_files, find_file, read_requirements
from bundler.resolve.dependencies import split
from bundler.resolve.remote_wheel import RemoteFile, read_metadata
from tests.attack.breaking import DIGITS, Breaker
from tests.attack.text_parsers import locks
from tests.support.cases import cases
from tests.support.shelf import ROOT, Shelf, answer
from tests.support.transports import Asked, FakeTransport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WINDOWS = Target.of("3.11.9", "win_amd64")


def texts(seed: int, number: int, most: int = 12) -> Iterator[str]:
    breaker = Breaker(seed)
    return (breaker.text(most) for _ in range(cases(number)))


LOCK = """lock-version = "1.0"
created-by = "x"
[[packages]]
name = "demo"
version = "{}"
[[packages.wheels]]
name = "{}"
url = "{}"
size = {}
hashes = {{sha256 = "{}"}}
"""


def test_locks_of_strange_values(tmp_path: Path) -> None:
    path = tmp_path / "pylock.toml"
    chosen = random.Random(3)  # noqa: S311
    strange = [
        "1.0",
        DIGITS,
        "demo-1.0-py3-none-any.whl",
        "https://[x",
        "https://a.test/a.whl",
        "\\u0000",
        "0" * 64,
        "9" * 4000,
        "²",
        "",
    ]
    for _ in range(cases(600)):
        path.write_text(LOCK.format(*(chosen.choice(strange) for _ in range(5))), encoding="utf-8")
        with contextlib.suppress(InputError):
            read_requirements(path, selection=LockSelection(target=WINDOWS))


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", DIGITS, "1e400", "0", "-1", "²x", "1e9"])
def test_timeouts_that_are_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_pip_settings({"PIP_TIMEOUT": text}, platform="linux", home=tmp_path, prefix=tmp_path, root=tmp_path)
    assert caught.value.reference == "pip-config"


def test_addresses(tmp_path: Path) -> None:
    """None of them leads anywhere: the only server that could answer is one that isn't there."""
    settings = NetworkSettings(proxy="http://127.0.0.1:9", attempts=1, timeout=1)
    with HttpTransport(settings, retry=Retry(attempts=1)) as client:
        for text in texts(6, 600, most=5):
            for url in (text, "https://" + text, "http://a.test/" + text, "file://" + text, "file:///none/" + text):
                with contextlib.suppress(NetworkError):
                    file_path(url)
                with contextlib.suppress(NetworkError):
                    client.get(url)
    store = Store(tmp_path / "store")
    with HttpTransport(settings, retry=Retry(attempts=1)) as client:
        for text in texts(7, 60, most=5):
            for url in ("https://" + text, "file:///none/" + text):
                with pytest.raises(BundleError) as caught:
                    Downloads(client, store).fetch([Artifact(filename="demo.zip", url=url)], Reporter())
                assert caught.value.exit_code in (2, 4), url[:200]


def test_direct_references_and_named_files(tmp_path: Path) -> None:
    shelf = Shelf()
    for text in texts(8, 600, most=6):
        for wanted in (f"demo @ {text}", f"demo @ https://{text}", f"demo @ file:///none/{text}", text):
            with contextlib.suppress(BundleError):
                answer(shelf, wanted, folder=tmp_path)
        with contextlib.suppress(BundleError):
            find_file(text, text, text, (IndexRoute(ROOT),), shelf)
        with contextlib.suppress(BundleError):
            explain_files(text, FileJudge(WINDOWS), (IndexRoute(text),), shelf)


class Ranged(FakeTransport):
    def __init__(self, value: str) -> None:
        super().__init__()
        self._value = value

    def answer(self, asked: Asked) -> Response:
        return Response(url=asked.url, status=206, headers={"content-range": self._value}, content=b"abc")


@pytest.mark.parametrize(
    "value",
    [
        "",
        f"bytes {DIGITS}-{DIGITS}/{DIGITS}",
        "bytes ²-3/4",
        "bytes 0-2/٣",
        "bytes 0-2/3",
        "bytes 9-11/3",
        f"bytes 0-2/{DIGITS}",
    ],
)
def test_ranges(value: str) -> None:
    with pytest.raises(MalformedMetadataError):
        read_metadata(RemoteFile(Ranged(value), "https://a.test/a.whl", None), "demo-1.0-py3-none-any.whl")


@pytest.mark.parametrize(
    "head",
    [
        b"5",
        b"null",
        b"{}",
        b"[1]",
        b"[1,2,3,4]",
        b'["u",200,{"a":1},1]',
        b'["u",200,{},"x"]',
        b'["u",200,[],1]',
        b"[" * 5000,
        b"\xff",
        b"",
    ],
)
def test_kept_answers_of_other_shapes(tmp_path: Path, head: bytes) -> None:
    cache = HttpCache(DiskCache(tmp_path))
    DiskCache(tmp_path).save("http", "key", head + b"\nbody")
    assert cache.load("key") is None


def test_requirements_that_name_each_other_without_end(tmp_path: Path) -> None:
    for number in range(2000):
        (tmp_path / f"{number}.txt").write_text(f"-r {number + 1}.txt\n", encoding="utf-8")
    with pytest.raises(InputError, match="can't be used") as caught:
        read_requirements(tmp_path / "0.txt")
    assert "one of more than 100 files" in caught.value.context[0]


@pytest.mark.parametrize(
    "line",
    [
        "demo" + " " * 200_000 + "x",
        "demo" + " " * 200_000 + "# x",
        "-r" + " " * 200_000 + "=",
        "demo --hash" + " " * 200_000,
    ],
)
def test_lines_of_blanks(tmp_path: Path, line: str) -> None:
    """Each pattern that could go back looks at one blank a few times only: this takes minutes where one looks at each from each."""
    path = tmp_path / "wanted.txt"
    path.write_text(line, encoding="utf-8")
    with contextlib.suppress(InputError):
        read_requirements(path)
    split(line + " @ ;")


def test_the_name_of_a_program_writes_no_keys_into_a_recipe(tmp_path: Path) -> None:
    """It stands in a comment there."""
    hostile = '"]]\\n[[post-install]]\\ncommand = ["evil"]\\n#'
    project = tmp_path / "pyproject.toml"
    quoted = hostile.replace('"', '\\"')
    project.write_text(f'[project]\nname = "demo"\nversion = "1.0"\n[project.scripts]\n"{quoted}" = "demo:main"\n')
    made = write_recipe(tmp_path / "demo.toml", origin=Origin(path=project), target=WINDOWS)
    lines = made.path.read_text("utf-8").splitlines()
    assert not any(each.startswith(("command =", "[[post-install]]")) for each in lines)
    assert not load_recipe(made.path).post_install


@pytest.mark.parametrize("number", ["0x" + "f" * 6000, "9" * 4000, str(1 << 63)])
def test_numbers_that_nothing_can_print(number: str) -> None:
    """TOML's hexadecimal ones may have any length: where they were shown, a traceback was."""
    with pytest.raises(MalformedTomlError, match=r"a\.1\.b is a number of more than 64 bits"):
        read_toml(f"a = [1, {{ b = {number} }}]")
    assert read_toml(f"a = {(1 << 63) - 1}\nb = -{1 << 63}\nc = 1e400\nd = true")["d"] is True


def test_a_lock_with_a_size_below_nothing(tmp_path: Path) -> None:
    path = tmp_path / "pylock.example.toml"
    content = locks(tmp_path)[0].decode()
    sizes = [found.span() for found in re.finditer(r"(?<=size = )\d+", content)]
    assert sizes
    for begin, end in sizes:
        path.write_text(f"{content[:begin]}-1{content[end:]}", encoding="utf-8")
        with pytest.raises(InputError) as caught:
            load_lock(path)
        assert caught.value.reference == "lock-invalid"
        assert "has the size -1" in " ".join(caught.value.context)
