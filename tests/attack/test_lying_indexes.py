"""Indexes that lie about packages: to the run that asks them, and to later runs that ask others."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import ResolutionError
from bundler.model.ports import Response
from bundler.model.target import Target
from bundler.pipeline.session import Options, open_session
from bundler.report import Reporter
from bundler.resolve import FileJudge, IndexRoute, Request
from bundler.resolve.markers import MarkerEvaluator
from bundler.resolve.prefetch import Library
from bundler.resolve.simple_api import ProjectFile
from tests.support.index import LocalIndex
from tests.support.shelf import ROOT, MemoryCache, Shelf, answer
from tests.support.wheels import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench

TRUE = b"Metadata-Version: 2.1\nName: beta\nVersion: 1.0\n"


def beta(bench: Bench) -> Path:
    (found,) = bench.published.glob("beta-*.whl")
    return found


@pytest.mark.parametrize("served", ["metadata", "ranges"])
def test_what_one_index_says_is_not_believed_of_another(bench: Bench, served: str) -> None:
    """It states the true wheel's sha256, and serves its own metadata for it, as a file or inside of another wheel."""
    with LocalIndex() as liar:
        bench.publish("evil")
        for each in bench.published.glob("*.whl"):
            liar.add(each)
        true = beta(bench)
        if served == "metadata":
            liar.add(true, metadata=TRUE + b"Requires-Dist: evil\n\n")
        else:
            sha256 = hashlib.sha256(true.read_bytes()).hexdigest()
            liar.metadata = False
            liar.remove(true.name)
            # larger than what is read of a wheel's end at first: of a wheel that was read whole the hash is known
            liar.add(
                make_wheel(bench.root / "forged", "beta", requires=["evil"], files={"beta.bin": os.urandom(200_000)}),
                sha256=sha256,
            )
        assert bench.run("lock", bench.recipe, index=liar.url).code == 0
        assert 'name = "evil"' in bench.lock.read_text("utf-8")
    bench.lock.unlink()
    assert bench.run("lock", bench.recipe).code == 0
    assert 'name = "evil"' not in bench.lock.read_text("utf-8")


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (TRUE + b"Requires-Dist: evil\n", "it doesn't need evil, which was locked for it"),
        (TRUE.replace(b"beta", b"Beta") + b"Requires-Dist: alpha\n", "it doesn't need alpha, which was locked for it"),
    ],
)
def test_a_wheel_that_needs_less_than_its_index_says(bench: Bench, metadata: bytes, words: str) -> None:
    bench.publish("evil")
    bench.index.add(beta(bench), metadata=metadata + b"\n")
    differs(bench, words)


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"requires": ["evil"]}, "it needs evil, which the lock doesn't have"),
        ({"requires": ["alpha>1"]}, "it needs alpha>1, which the lock doesn't have"),
        ({"requires": ['evil; sys_platform == "win32"']}, "it needs evil, which the lock doesn't have"),
        ({"requires_python": ">=3.13"}, "it needs Python >=3.13"),
    ],
    ids=str,
)
def test_a_wheel_that_needs_more_than_its_index_says(bench: Bench, own: dict[str, Any], words: str) -> None:
    bench.publish("evil")
    bench.index.add(bench.publish("beta", **own), metadata=TRUE + b"\n", requires_python="")
    differs(bench, words)


def differs(bench: Bench, words: str) -> None:
    done = bench.build()
    assert (done.code, done.reference) == (5, "wheel-differs"), done.err
    assert words in done.err
    assert not bench.output.exists() or not list(bench.output.iterdir())


def test_what_extras_bring_may_be_in_the_lock(bench: Bench) -> None:
    bench.publish("gamma")
    bench.publish("beta", extras={"more": ["gamma"]})
    bench.write(requirements=["alpha", "beta[More]"])
    assert bench.build().code == 0


def test_hosts_without_a_checked_certificate_have_caches_of_their_own(tmp_path: Path) -> None:
    kept = {}
    for trusted in ("", "index.test"):
        options = Options(store=tmp_path / "store", environ={"PIP_TRUSTED_HOST": trusted, "HOME": str(tmp_path)})
        with open_session(options, Reporter()) as session:
            kept[trusted] = session.cache.load("kind", "key")
            session.cache.save("kind", "key", trusted.encode())
    assert kept == {"": None, "index.test": None}


def test_two_names_for_one_address_are_not_mixed_in_one_run(tmp_path: Path) -> None:
    """What was learnt of the address for one package counted for the other too, without a look at its name."""
    wheel = make_wheel(tmp_path, "demo", requires=["evil"])
    shelf = Shelf(wheel)
    page = {"files": [{"filename": "evil-1.0-py3-none-any.whl", "url": shelf.file_url(wheel.name), "hashes": {}}]}
    headers = {"content-type": "application/vnd.pypi.simple.v1+json"}
    url = ROOT + "evil/"
    shelf.answers[url] = Response(url=url, status=200, headers=headers, content=json.dumps(page).encode())
    with pytest.raises(ResolutionError) as caught:
        answer(shelf, "demo", folder=tmp_path)
    assert any("is not that of evil" in each for each in caught.value.context), caught.value.context


def test_two_pages_that_say_different_things_of_one_address(tmp_path: Path) -> None:
    """One says that there is a metadata file: that one's word isn't taken for the other's file."""
    request = Request(target=Target.of("3.11.9", "win_amd64"), wanted=(), indexes=(IndexRoute(ROOT),))
    wheel = make_wheel(tmp_path, "demo")
    shelf = Shelf(wheel)
    url = shelf.file_url(wheel.name)
    shelf.answers[url + ".metadata"] = Response(
        url=url, status=200, headers={}, content=b"Name: demo\nVersion: 1.0\nRequires-Dist: evil\n\n"
    )
    true = ProjectFile(filename=wheel.name, url=url)
    evaluator = MarkerEvaluator(request.target)
    with Library(request, FileJudge(request.target), evaluator, shelf, MemoryCache()) as library:
        assert library.metadata("demo", dataclasses.replace(true, metadata=True)).requires_dist == ("evil",)
        assert library.metadata("demo", true).requires_dist == ()


def test_two_requirements_for_one_archive(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo")
    with pytest.raises(ResolutionError, match=r"was asked for as other and|its name says that it is demo"):
        answer(Shelf(), f"demo @ {wheel.as_uri()}", f"other @ {wheel.as_uri()}", folder=tmp_path)
