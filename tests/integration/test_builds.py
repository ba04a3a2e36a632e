"""Build requirements are those of the Python that builds: the target's own where it can, else this host's."""

from __future__ import annotations

import sys
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

import pytest

from bundler.compile import Compiler, Toolchain
from bundler.convert.isolated import Native
from bundler.errors import ResolutionError
from bundler.model.target import Target
from bundler.pipeline import Options, workshop
from bundler.pipeline.builders import Builder, Builders
from bundler.pipeline.builds import Builds
from bundler.resolve import IndexRoute
from tests.support.building import Remembering
from tests.support.index import LocalIndex
from tests.support.packages import make_sdist, make_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.pipeline import Workshop

TARGET = Target.of("3.8.10", "win_amd64")


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    with LocalIndex() as index:
        yield index


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workshop]:
    with workshop(Options(store=tmp_path / "store"), Remembering()) as opened:
        yield opened


def natively(shop: Workshop) -> Builders:
    """As on a Windows with a compiler: the Python that builds for 3.8 is this one, which is enough for asking a backend."""
    compiler = Compiler(name="Visual C++ 2022", version=(14, 3), script=PureWindowsPath("v.bat"), origin="a test")
    toolchain = Toolchain(compiler=compiler, architecture="amd64", argument="amd64", environment={})
    builders = Builders(shop, TARGET, lambda: None)
    native = Native(python=Path(sys.executable), version="3.8.10", toolchain=toolchain)
    builders._native = (Builder(target=TARGET, native=native),)
    return builders


def pinned(shop: Workshop, index: LocalIndex, builders: Builders, *sources: Path) -> list[tuple[str, tuple[str, ...]]]:
    builds = Builds(shop, (IndexRoute(index.url),), {}, builders)
    found = builds.pin({each.name.partition("-")[0]: each for each in sources}, TARGET)
    return sorted((f"{each.package.name} {each.package.version}", each.used_by) for each in found)


def test_they_are_the_targets_where_its_python_builds(tmp_path: Path, shop: Workshop, index: LocalIndex) -> None:
    for version, requires_python in (("1.0", ">=3.9"), ("0.5", None)):
        index.add(
            make_wheel(tmp_path, "helper", version, requires_python=requires_python), requires_python=requires_python
        )
    index.add(make_wheel(tmp_path, "more", tag="cp38-cp38-win_amd64"))
    index.add(make_wheel(tmp_path, "windows"))
    source = make_sdist(
        tmp_path,
        build_requires=["helper", 'windows ; sys_platform == "win32"'],
        hook_requires=["more ; platform_system == 'Windows'"],
    )
    other = make_sdist(tmp_path, "other", build_requires=["helper"])
    assert pinned(shop, index, natively(shop), source, other) == [
        ("helper 0.5", ("demo", "other")),
        ("more 1.0", ("demo",)),
        ("windows 1.0", ("demo",)),
    ]
    assert pinned(shop, index, Builders(shop, TARGET, lambda: None), source) == [("helper 1.0", ("demo",))]


@pytest.mark.parametrize("where", ["static", "dynamic"])
def test_they_are_this_hosts_where_there_are_none_for_the_target(
    tmp_path: Path, shop: Workshop, index: LocalIndex, where: str
) -> None:
    index.add(make_wheel(tmp_path, "modern", requires_python=">=3.9"), requires_python=">=3.9")
    source = make_sdist(tmp_path, **{"build_requires" if where == "static" else "hook_requires": ["modern"]})  # type: ignore[arg-type]
    builders = natively(shop)
    assert pinned(shop, index, builders, source) == [("modern 1.0", ("demo",))]
    assert builders.reasons[0].startswith(
        "the build of demo can't be done by CPython 3.8.10 on win_amd64: no file of modern fits"
    )


def test_what_nobody_can_have_is_an_error(tmp_path: Path, shop: Workshop, index: LocalIndex) -> None:
    source = make_sdist(tmp_path, build_requires=["nowhere"])
    with pytest.raises(ResolutionError) as caught:
        pinned(shop, index, natively(shop), source)
    assert caught.value.reference == "package-unknown"
    assert "nowhere is wanted by the build of demo" in caught.value.context
