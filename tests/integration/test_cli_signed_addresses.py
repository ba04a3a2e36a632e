"""Indexes whose links have signatures and tokens in their queries: nothing that travels has them, and builds go on."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from tests.support.packages import make_sdist

if TYPE_CHECKING:
    from tests.support.commandline import Bench

SECRET = "f00dfacef00dface"
QUERY = f"?X-Amz-Date=20260101&X-Amz-Signature={SECRET}"


def sign(bench: Bench, query: str) -> None:
    bench.index.add(bench.published / "alpha-1.0-py3-none-any.whl", query=query)
    bench.index.add(make_sdist(bench.published, "pure", "1.0", requires=["alpha"]), query=query)


def test_nothing_that_travels_has_them(bench: Bench) -> None:
    sign(bench, QUERY)
    bench.write(requirements=["pure"])
    done = bench.build("--json")
    assert done.code == 0, done.err
    assert "X-Amz-Date=20260101&X-Amz-Signature=" in bench.lock.read_text(encoding="utf-8")
    beside = [each.read_bytes() for each in (bench.lock, *bench.output.iterdir())]
    with zipfile.ZipFile(bench.bundle) as archive:
        inside = [archive.read(each) for each in archive.namelist()]
    assert not any(SECRET.encode() in each for each in (*beside, *inside, done.out.encode(), done.err.encode()))


def test_another_host_asks_the_index_for_new_ones(bench: Bench) -> None:
    sign(bench, QUERY)
    bench.write(requirements=["pure"])
    done = bench.build()
    assert done.code == 0, done.err
    first = bench.bundle.read_bytes()
    sign(bench, QUERY.replace(SECRET, "0therf00d"))  # the first has expired
    done = bench.build("--locked", env={"BUNDLE_STORE": str(bench.root / "theirs")})
    assert done.code == 0, done.err
    assert bench.bundle.read_bytes() == first


def test_a_recipe_has_none(bench: Bench) -> None:
    bench.write(requirements=[f"pure @ {bench.index.file_url('pure-1.0.tar.gz')}?token={SECRET}"])
    done = bench.build()
    assert done.code == 2
    assert "holds credentials" in done.err
    assert SECRET not in done.err


def test_a_token_of_the_whole_index_stays_on_this_host(bench: Bench) -> None:
    done = bench.run("lock", bench.recipe, "--index", f"{bench.index.url}?token={SECRET}", index=None)
    assert done.code == 0, done.err
    assert SECRET not in bench.lock.read_text(encoding="utf-8") + done.err
