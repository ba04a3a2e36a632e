"""Indexes that lie about packages: to the run that asks them, and to later runs that ask others."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import pytest

from bundler.pipeline import Options, open_session
from bundler.report import Reporter
from tests.support.index import LocalIndex
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
