"""Texts of others at every edge of the build host: whatever they are, what comes is a value or an error of ours that names the file.

Pieces are put together by a seeded generator: the same cases each time. ``BUNDLE_TEST_CASES`` says how many.
"""

from __future__ import annotations

import contextlib
import functools
import os
import random
from typing import TYPE_CHECKING

import pytest

from bundler.errors import BundleError, InputError, NetworkError
from bundler.fetch import DiskCache, Downloads, HttpTransport, NetworkOptions, NetworkSettings, Retry, Store
from bundler.fetch.httpcache import HttpCache
from bundler.fetch.pipconf import read_pip_settings
from bundler.fetch.urls import file_path
from bundler.formats.core_metadata import MalformedMetadataError, parse_metadata
from bundler.model.artifact import Artifact
from bundler.model.lock_file import load_lock
from bundler.model.ports import Response
from bundler.model.recipe_file import load_recipe
from bundler.model.target import Target
from bundler.report import Reporter
from bundler.resolve import FileJudge, IndexRoute, LockSelection, explain_files, find_file, read_requirements
from bundler.resolve.dependencies import active, split
from bundler.resolve.markers import MarkerEvaluator, UnstatedMarkerError
from bundler.resolve.remote_wheel import RemoteFile, read_metadata
from tests.support.shelf import ROOT, Shelf, answer
from tests.support.transports import Asked, FakeTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CASES = int(os.environ.get("BUNDLE_TEST_CASES", "600"))
WINDOWS = Target.of("3.11.9", "win_amd64")
DIGITS = "9" * 5000
PIECES = [
    *(
        "",
        " ",
        " " * 5000,
        "\t",
        "\n",
        "\\\n",
        "\0",
        "²",
        "٣",
        "\ufeff",
        "é",
        "\x1f",
        "\x85",
        "\u2028",
        DIGITS,
        "0",
        "1.0",
        "a" * 300,
    ),
    *(
        "a",
        "demo",
        "[",
        "]",
        "[x",
        "(",
        ")",
        "(" * 2000,
        ";",
        " ; ",
        ",",
        "@",
        " @ ",
        "#",
        " #",
        "==",
        ">=",
        "~=",
        "===",
        "<",
        "!",
    ),
    *(
        "https://",
        "http://",
        "file://",
        "file:///",
        "//",
        "/",
        "\\",
        "https://[foo",
        "https://a.test:x/",
        "https://a.test/",
        "%00",
        "?",
    ),
    *(
        "#sha256=",
        "#egg=",
        "subdirectory=",
        ".whl",
        ".zip",
        ".tar.gz",
        "-py3-none-any.whl",
        "-1.0-",
        ".a" * 900,
        "${HOME}",
        "${",
        "'",
    ),
    *(
        '"',
        "python_version",
        "os_name",
        "extra",
        " and ",
        " or ",
        "not in",
        "in ",
        "'x'",
        "-r ",
        "-c ",
        "-e ",
        "--hash=sha256:",
        "--pre",
    ),
    *(
        "--index-url ",
        "--extra-index-url=",
        "--only-binary :all:",
        "=",
        "{",
        "}",
        "[[",
        "]]",
        ".",
        "..",
        "C:\\",
        "index:",
        "git+",
    ),
    *(
        "[packages]\n",
        "requirements = [",
        "[bundle]\nname = 'x'\n",
        "a = ",
        "1979-05-27T07:32:00",
        "inf",
        "nan",
        '"\\u0000"',
        "true",
    ),
]


def texts(seed: int, most: int = 12) -> Iterator[str]:
    chosen = random.Random(seed)  # noqa: S311 - the same cases each time
    for _ in range(CASES):
        yield "".join(chosen.choices(PIECES, k=chosen.randrange(1, most)))


def refused(reader: Callable[[], object], *kinds: type[BundleError]) -> str:
    """What an error of these kinds says; empty where there is none."""
    try:
        reader()
    except kinds as error:
        return " ".join((error.reference, error.message, *error.context))
    return ""


def test_requirements_files(tmp_path: Path) -> None:
    path = tmp_path / "wanted.txt"
    for text in texts(1):
        path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
        words = refused(lambda: read_requirements(path, {"HOME": "x"}), InputError)
        assert not words or path.name in words, text[:200]


@pytest.mark.parametrize("loaded", ["example.toml", "pylock.example.toml", "lock.toml"])
def test_recipes_and_locks(tmp_path: Path, loaded: str) -> None:
    path = tmp_path / loaded
    of_lock = functools.partial(read_requirements, selection=LockSelection(target=WINDOWS))
    reader = {"example.toml": load_recipe, "lock.toml": load_lock}.get(loaded, of_lock)
    for text in texts(2):
        path.write_text(text, encoding="utf-8", newline="")
        assert path.name in refused(lambda: reader(path), InputError), text[:200]


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
    for _ in range(CASES):
        path.write_text(LOCK.format(*(chosen.choice(strange) for _ in range(5))), encoding="utf-8")
        with contextlib.suppress(InputError):
            read_requirements(path, selection=LockSelection(target=WINDOWS))


def test_pip_configurations(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "pip"
    folder.mkdir(parents=True)
    path = folder / "pip.conf"
    for number, text in enumerate(texts(4)):
        key = ("timeout", "index-url", "trusted-host", "proxy", "cert")[number % 5]
        path.write_text(f"[global]\n{key} = {text}\n", encoding="utf-8", newline="")
        words = refused(lambda: pip_settings(tmp_path), InputError, NetworkError)
        assert not words or "pip" in words or words.startswith("network-address"), text[:200]


def pip_settings(home: Path) -> NetworkSettings:
    pip = read_pip_settings({}, platform="linux", home=home, prefix=home, root=home)
    return NetworkSettings.of(pip, {"HOME": str(home)}, NetworkOptions())


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", DIGITS, "1e400", "0", "-1", "²x", "1e9"])
def test_timeouts_that_are_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_pip_settings({"PIP_TIMEOUT": text}, platform="linux", home=tmp_path, prefix=tmp_path, root=tmp_path)
    assert caught.value.reference == "pip-config"


def test_requirements_of_packages() -> None:
    evaluator = MarkerEvaluator(WINDOWS)
    for text in texts(5):
        body, marker = split(text)
        assert len(body) + len(marker) <= len(text)
        with contextlib.suppress(MalformedMetadataError, UnstatedMarkerError):
            active([text], "x", evaluator)
        with contextlib.suppress(MalformedMetadataError):
            found = parse_metadata(f"Name: demo\nVersion: {text}\nRequires-Dist: {text}\n\n".encode("utf-8", "replace"))
            assert found.name


def test_addresses(tmp_path: Path) -> None:
    """None of them leads anywhere: the only server that could answer is one that isn't there."""
    settings = NetworkSettings(proxy="http://127.0.0.1:9", attempts=1, timeout=1)
    with HttpTransport(settings, retry=Retry(attempts=1)) as client:
        for text in texts(6, most=5):
            for url in (text, "https://" + text, "http://a.test/" + text, "file://" + text, "file:///none/" + text):
                with contextlib.suppress(NetworkError):
                    file_path(url)
                with contextlib.suppress(NetworkError):
                    client.get(url)
    store = Store(tmp_path / "store")
    with HttpTransport(settings, retry=Retry(attempts=1)) as client:
        for text in list(texts(7, most=5))[:60]:
            for url in ("https://" + text, "file:///none/" + text):
                with pytest.raises(BundleError) as caught:
                    Downloads(client, store).fetch([Artifact(filename="demo.zip", url=url)], Reporter())
                assert caught.value.exit_code in (2, 4), url[:200]


def test_direct_references_and_named_files(tmp_path: Path) -> None:
    shelf = Shelf()
    for text in texts(8, most=6):
        for wanted in (f"demo @ {text}", f"demo @ https://{text}", f"demo @ file:///none/{text}", text):
            with contextlib.suppress(BundleError):
                answer(shelf, wanted, folder=tmp_path)
        with contextlib.suppress(BundleError):
            find_file(text, text, text, (IndexRoute(ROOT),), shelf)
        with contextlib.suppress(BundleError):
            explain_files(text, FileJudge(WINDOWS), (IndexRoute(text),), shelf)


def test_targets() -> None:
    for text in texts(9, most=4):
        for python, platform, abi in (
            (text, "win32", None),
            (f"3.{text}.1", "win32", None),
            ("3.11.1", text, None),
            ("3.11.1", f"manylinux_2_{text}_x86_64", None),
            ("3.11.1", "win32", f"cp{text}"),
        ):
            with contextlib.suppress(InputError):
                assert len(Target.of(python, platform, abi=abi).tags()) < 10_000


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
