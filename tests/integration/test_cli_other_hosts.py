"""A lock that was made on another kind of host: its build requirements may be none that this one's Python can use."""

from __future__ import annotations

import hashlib
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import tomli_w

from tests.support.packages import make_sdist, make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench

ELSEWHERE = "manylinux_2_17_x86_64" if sys.platform == "win32" else "win_amd64"
"""A platform that this host isn't."""


def build_requirements(bench: Bench) -> list[dict[str, Any]]:
    lock = tomllib.loads(bench.lock.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = lock["tool"]["bundle"]["build"]
    return found


def locked_elsewhere(bench: Bench, wheel: Path) -> None:
    """Lock, and let the build requirement be ``wheel``, as another host would have pinned it."""
    bench.index.add(make_wheel(bench.published, "helper", "1.0"))
    bench.index.add(make_sdist(bench.published, "source", "1.0", build_requires=["helper"]))
    bench.write(requirements=["alpha", "source"])
    assert bench.run("lock", bench.recipe).code == 0
    bench.index.add(wheel)
    lock = tomllib.loads(bench.lock.read_text(encoding="utf-8"))
    (entry,) = lock["tool"]["bundle"]["build"]
    content = wheel.read_bytes()
    entry["file"] = {
        "filename": wheel.name,
        "url": entry["file"]["url"].rpartition("/")[0] + "/" + wheel.name,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    bench.lock.write_text(tomli_w.dumps(lock), encoding="utf-8")


def test_they_are_pinned_anew_and_nothing_else_changes(bench: Bench) -> None:
    locked_elsewhere(bench, make_wheel(bench.published, "helper", "1.0", tag=f"cp311-cp311-{ELSEWHERE}"))
    before = tomllib.loads(bench.lock.read_text(encoding="utf-8"))
    bench.index.add(make_wheel(bench.published, "helper", "2.0"))
    done = bench.build()
    assert done.code == 0, done.err
    assert "warning: pylock.example-3-11-9-win_amd64.toml had build requirements for another kind of host" in done.err
    assert f"helper-1.0-cp311-cp311-{ELSEWHERE}.whl isn't for CPython" in done.err
    (entry,) = build_requirements(bench)
    assert (entry["version"], entry["file"]["filename"], entry["used-by"]) == (
        "1.0",
        "helper-1.0-py3-none-any.whl",
        ["source"],
    )
    after = tomllib.loads(bench.lock.read_text(encoding="utf-8"))
    before["tool"]["bundle"]["build"] = after["tool"]["bundle"]["build"]
    assert after == before, "the packages, the runtime and the lock's own date stay"
    assert bench.build("--locked").code == 0


def test_a_build_that_may_not_change_the_lock_is_refused(bench: Bench) -> None:
    requires = [f"more ; sys_platform == '{sys.platform}'"]
    locked_elsewhere(bench, make_wheel(bench.published, "helper", "1.0", tag="py2.py3-none-any", requires=requires))
    before = bench.lock.read_bytes()
    done = bench.build("--locked")
    assert (done.code, done.reference) == (2, "lock-other-host"), done.err
    assert "source: more is needed and not among them" in done.err
    assert bench.lock.read_bytes() == before
    assert not bench.output.exists()
