"""Which packages of a bundle fetch something when they are used: a table with sources, and what own projects take from Windows."""

from __future__ import annotations

import dataclasses
import datetime
import re
from typing import TYPE_CHECKING

import pytest
from packaging.utils import canonicalize_name

from bundler.model.recipe import FileTable, PackagesTable
from bundler.model.target import Target
from bundler.pipeline.run_time_downloads import Fetcher, fetchers, tell_downloads
from bundler.report import Reporter
from tests.support.bundles import make_inputs, wheel_file
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Told(Reporter):
    def __init__(self) -> None:
        self.warned: list[str] = []
        self.noted: list[str] = []

    def warn(self, reference: str, message: str) -> None:
        assert reference == "downloads-at-run-time"
        self.warned.append(message)

    def note(self, message: str) -> None:
        self.noted.append(message)


def told(
    folder: Path, *names: str, files: Sequence[FileTable] = (), module: str = "", platform: str = "win_amd64"
) -> Told:
    """What is said of a bundle with these packages and, with ``module``, a project of one's own."""
    wheels = [make_wheel(folder / "wheels", each) for each in names]
    own = make_wheel(folder / "wheels", "mine", files={"mine/__init__.py": "", "mine/main.py": module})
    inputs = make_inputs(folder, wheels=[*wheels, own])
    made = [dataclasses.replace(wheel_file(own), made_from="project")] if module else []
    packages = tuple(dataclasses.replace(each) for each in inputs.lock.packages if module or each.name != "mine")
    lock = dataclasses.replace(inputs.lock, packages=packages, target=Target.of("3.11.9", platform))
    recipe = dataclasses.replace(inputs.recipe, file=tuple(files), packages=PackagesTable(requirements=names))
    found = Told()
    tell_downloads(recipe, lock, made, found)
    return found


def test_every_entry_is_whole() -> None:
    names = [name for each in fetchers() for name in each.names]
    assert sorted(set(names)) == sorted(names)
    for each in fetchers():
        assert each.source.startswith("https://")
        assert each.read >= datetime.date(2026, 11, 29)
        assert [canonicalize_name(name) for name in each.names] == list(each.names)
        assert [text.lower() for text in each.handled] == list(each.handled)
        assert each.fetches
        assert each.bring
        assert not re.search(r"[.:;]$", each.fetches + each.bring)
    for known in ("tiktoken", "nltk", "spacy", "huggingface-hub", "playwright", "torch", "selenium"):
        assert known in names


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("tiktoken", "TIKTOKEN_CACHE_DIR"),
        ("nltk", "nltk_data"),
        ("spacy", "en-core-web-sm @ https://"),
        ("transformers", "HF_HOME"),
        ("chromadb", "onnx.tar.gz"),
        ("playwright", "PLAYWRIGHT_BROWSERS_PATH"),
        ("selenium", "chromedriver.exe"),
    ],
)
def test_what_surely_fetches_is_warned_of_with_what_to_bring(tmp_path: Path, package: str, words: str) -> None:
    found = told(tmp_path, package, "alpha")
    (warning,) = found.warned
    assert warning.startswith(f"{package}: fetches ")
    assert words in warning
    assert not found.noted


@pytest.mark.parametrize("fetcher", fetchers(), ids=lambda each: each.names[0])
def test_the_name_of_a_package_says_not_that_it_is_brought_along(tmp_path: Path, fetcher: Fetcher) -> None:
    found = told(tmp_path, fetcher.names[0])
    assert (found.warned if fetcher.sure else found.noted)[0].startswith(f"{fetcher.names[0]}: fetches ")


def test_what_may_fetch_is_a_note(tmp_path: Path) -> None:
    found = told(tmp_path, "torch")
    assert not found.warned
    assert "TORCH_HOME" in found.noted[0]


def test_several_of_one_kind_are_one_warning(tmp_path: Path) -> None:
    assert [each.partition(":")[0] for each in told(tmp_path, "transformers", "timm").warned] == ["timm, transformers"]


def test_what_others_need_is_a_note_unless_they_say_it_themselves(tmp_path: Path) -> None:
    alone = told(tmp_path, "huggingface-hub", "tokenizers")
    assert not alone.warned
    assert any("huggingface-hub, tokenizers: fetches models" in each for each in alone.noted)
    with_others = told(tmp_path, "huggingface-hub", "tokenizers", "stanza")
    assert [each.partition(":")[0] for each in with_others.warned] == ["stanza"]
    assert not with_others.noted


def test_what_somebody_brought_along_is_not_named(tmp_path: Path) -> None:
    corpus = FileTable(source="punkt.zip", destination="{release}\\NLTK_data\\tokenizers\\punkt.zip")
    assert not told(tmp_path / "1", "nltk", files=[corpus]).warned
    assert not told(tmp_path / "2", "spacy", "de-core-news-sm").warned
    assert told(tmp_path / "3", "spacy", "core-news").warned


def test_time_zones_of_an_own_project(tmp_path: Path) -> None:
    uses = "import datetime\nfrom zoneinfo import ZoneInfo\n"
    assert "mine: uses zoneinfo" in told(tmp_path / "1", "alpha", module=uses).warned[0]
    assert not told(tmp_path / "2", "alpha", "tzdata", module=uses).warned
    assert not told(tmp_path / "3", "alpha", module="# a zoneinfo in words\n").warned
    assert not told(tmp_path / "4", "alpha", module=uses, platform="manylinux_2_28_x86_64").warned


def test_tls_of_an_own_project(tmp_path: Path) -> None:
    uses = "import urllib.request\nurllib.request.urlopen('https://intranet')\n"
    assert "mine: opens TLS connections" in told(tmp_path / "1", "alpha", module=uses).noted[0]
    assert not told(tmp_path / "2", "alpha", "certifi", module=uses).noted
    authority = FileTable(source="ca.pem", destination="{release}\\etc\\ca.pem")
    assert not told(tmp_path / "3", "alpha", module=uses, files=[authority]).noted
