"""Build requirements are those of the Python that builds: the target's own where it can, else this host's."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

import pytest

from bundler.build.compilers import Compiler, Toolchain
from bundler.build.isolated import Native, make_environment
from bundler.errors import BuildError, InputError, ResolutionError
from bundler.model.artifact import Artifact, StoredFile
from bundler.model.lock import BuildRequirement, Lock, LockedPackage, LockedRuntime
from bundler.model.lock_file import load_lock
from bundler.model.target import Target
from bundler.pipeline.build_requirements import Builds
from bundler.pipeline.builders import Builder, Builders
from bundler.pipeline.built_wheels import BuildTerms, BuiltWheels, make_wheels
from bundler.pipeline.lock_recipe import Locked, write_lock
from bundler.pipeline.session import Options, open_session
from bundler.resolve import IndexRoute, Request
from tests.support import only_linux
from tests.support.index import LocalIndex
from tests.support.packages import make_sdist, make_wheel
from tests.support.reporters import Remembering

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bundler.build.isolated import Environment
    from bundler.isolation import Sandbox
    from bundler.pipeline.session import Session

TARGET = Target.of("3.8.10", "win_amd64")


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    with LocalIndex() as index:
        yield index


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with open_session(Options(store=tmp_path / "store"), Remembering()) as opened:
        yield opened


def natively(session: Session) -> Builders:
    """As on a Windows with a compiler: the Python that builds for 3.8 is this one, which is enough for asking a backend."""
    compiler = Compiler(name="Visual C++ 2022", version=(14, 3), script=PureWindowsPath("v.bat"), origin="a test")
    toolchain = Toolchain(compiler=compiler, architecture="amd64", argument="amd64", environment={})
    builders = Builders(session, TARGET, lambda: None)
    native = Native(python=Path(sys.executable), version="3.8.10", toolchain=toolchain)
    builders._native = (Builder(target=TARGET, sandbox=session.sandbox, native=native),)
    return builders


def asked(index: LocalIndex) -> Request:
    return Request(target=TARGET, wanted=(), indexes=(IndexRoute(index.url),))


def pinned(
    session: Session, index: LocalIndex, builders: Builders, *sources: Path
) -> list[tuple[str, tuple[str, ...]]]:
    builds = Builds(session, asked(index), {}, builders)
    found = builds.pin({each.name.partition("-")[0]: each for each in sources}, TARGET)
    return sorted((f"{each.package.name} {each.package.version}", each.used_by) for each in found)


@only_linux.ELSEWHERE
def test_they_are_the_targets_where_its_python_builds(tmp_path: Path, session: Session, index: LocalIndex) -> None:
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
    assert pinned(session, index, natively(session), source, other) == [
        ("helper 0.5", ("demo", "other")),
        ("more 1.0", ("demo",)),
        ("windows 1.0", ("demo",)),
    ]
    assert pinned(session, index, Builders(session, TARGET, lambda: None), source) == [("helper 1.0", ("demo",))]


@pytest.mark.parametrize("where", ["static", "dynamic"])
def test_they_are_this_hosts_where_there_are_none_for_the_target(
    tmp_path: Path, session: Session, index: LocalIndex, where: str
) -> None:
    index.add(make_wheel(tmp_path, "modern", requires_python=">=3.9"), requires_python=">=3.9")
    source = make_sdist(tmp_path, **{"build_requires" if where == "static" else "hook_requires": ["modern"]})  # type: ignore[arg-type]
    builders = natively(session)
    assert pinned(session, index, builders, source) == [("modern 1.0", ("demo",))]
    assert builders.reasons[0].startswith(
        "the build of demo can't be done by CPython 3.8.10 on win_amd64: no file of modern fits"
    )


def test_a_hook_is_asked_once(
    tmp_path: Path, session: Session, index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add(make_wheel(tmp_path, "helper"))
    source = make_sdist(tmp_path, build_requires=["helper"], requires=["six"], dynamic=["Requires-Dist"])
    made: list[Path] = []

    def counted(wheels: Sequence[Path], folder: Path, *, sandbox: Sandbox) -> Environment:
        made.append(folder)
        return make_environment(wheels, folder, sandbox=sandbox)

    monkeypatch.setattr("bundler.pipeline.builders.make_environment", counted)
    for _ in range(2):
        builds = Builds(session, asked(index), {}, Builders(session, TARGET, lambda: None))
        assert builds.inspect(source, name="demo", target=TARGET).requires_dist == ("six",)
        assert [each.package.name for each in builds.pin({"demo": source}, TARGET)] == ["helper"]
        assert len(made) == 1
    index.add(make_wheel(tmp_path, "helper", "2.0"))
    with open_session(Options(store=tmp_path / "store"), Remembering()) as later:
        builds = Builds(later, asked(index), {}, Builders(later, TARGET, lambda: None))
        builds.inspect(source, name="demo", target=TARGET)
    assert len(made) == 2, "what it is asked with is another helper now"


def test_what_nobody_can_have_is_an_error(tmp_path: Path, session: Session, index: LocalIndex) -> None:
    source = make_sdist(tmp_path, build_requires=["nowhere"])
    with pytest.raises(ResolutionError) as caught:
        pinned(session, index, natively(session), source)
    assert caught.value.reference == "package-unknown"
    assert "nowhere is wanted by the build of demo" in caught.value.context


CREATED = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)


def artifact(path: Path) -> Artifact:
    stored = StoredFile.of(path)
    return Artifact(filename=path.name, path=str(path), size=stored.size, sha256=stored.sha256)


def locked(folder: Path, source: Path, *requirements: Path) -> Locked:
    """A lock of ``demo`` as source, with ``requirements`` pinned for its build."""
    package = LockedPackage(name="demo", version="1.0", kind="sdist", file=artifact(source), requested=True)
    runtime = LockedRuntime(kind="archive", source="python.zip", file=artifact(source), signer=None)
    build = tuple(
        BuildRequirement(
            package=LockedPackage(
                name=each.name.split("-")[0], version=each.name.split("-")[1], kind="wheel", file=artifact(each)
            ),
            used_by=("demo", "gone"),
        )
        for each in requirements
    )
    lock = Lock(
        target=TARGET,
        created=CREATED,
        inputs="0" * 64,
        packages=(package,),
        seeds=(),
        build=build,
        runtime=runtime,
        boot=None,
    )
    return write_lock(lock, folder / "pylock.example.toml", state="new")


def made(
    session: Session, index: LocalIndex, found: Locked, builders: Builders, *, frozen: bool = False
) -> BuiltWheels:
    terms = BuildTerms(request=asked(index), frozen=frozen)
    return make_wheels(session, found, builders, terms)


def told(session: Session) -> list[str]:
    assert isinstance(session.reporter, Remembering)
    return [reference for reference, _ in session.reporter.warnings]


def test_a_lock_that_suits_is_built_from_as_it_is(tmp_path: Path, session: Session, index: LocalIndex) -> None:
    source = make_sdist(tmp_path, build_requires=["helper"])
    found = locked(tmp_path, source, make_wheel(tmp_path, "helper"))
    native = made(session, index, found, natively(session), frozen=True)
    assert native.locked is found
    wheel = native.wheels["demo"]
    assert (wheel.filename, wheel.made_from, wheel.requested) == ("demo-1.0-py3-none-any.whl", "sdist", True)
    assert native.compiled_with == {wheel.filename: "CPython 3.8.10, Visual C++ 2022"}
    plain = made(session, index, found, Builders(session, TARGET, lambda: None), frozen=True)
    assert plain.compiled_with == {}
    assert plain.wheels["demo"].file.sha256 == wheel.file.sha256, "what is pure is the same, whoever builds it"
    assert told(session) == []


def test_a_lock_of_another_host_gets_what_builds_need_here(tmp_path: Path, session: Session, index: LocalIndex) -> None:
    source = make_sdist(tmp_path, build_requires=["helper"])
    elsewhere = make_wheel(tmp_path, "helper", tag="cp313-cp313-manylinux_2_28_x86_64")
    index.add(make_wheel(tmp_path / "here", "helper", tag="cp38-cp38-win_amd64"))
    found = locked(tmp_path, source, elsewhere)
    done = made(session, index, found, natively(session))
    assert (done.locked.state, told(session)) == ("new", ["lock-other-host"])
    assert load_lock(found.path) == done.locked.lock
    pins = [(each.package.file, each.used_by) for each in done.locked.lock.build]
    assert [(file.filename, users) for file, users in pins if file] == [
        ("helper-1.0-cp38-cp38-win_amd64.whl", ("demo",)),
        ("helper-1.0-cp313-cp313-manylinux_2_28_x86_64.whl", ("gone",)),
    ]
    again = made(session, index, done.locked, natively(session), frozen=True)
    assert again.locked is done.locked
    with pytest.raises(InputError) as caught:
        made(session, index, done.locked, Builders(session, TARGET, lambda: None), frozen=True)
    assert caught.value.reference == "lock-other-host"
    assert caught.value.context[0].startswith("demo: helper-1.0-cp38-cp38-win_amd64.whl isn't for CPython")


@only_linux.ELSEWHERE
def test_a_lock_that_may_not_change_is_built_without_a_compiler_where_that_goes(
    tmp_path: Path, session: Session, index: LocalIndex
) -> None:
    helper = make_wheel(tmp_path, "helper", requires_python=">=3.9")
    found = locked(tmp_path, make_sdist(tmp_path, build_requires=["helper"]), helper)
    assert made(session, index, found, natively(session), frozen=True).compiled_with == {}
    compiled = make_sdist(tmp_path / "compiled", build_requires=["helper"], c_extension=True)
    with pytest.raises(BuildError) as caught:
        made(session, index, locked(tmp_path, compiled, helper), natively(session), frozen=True)
    assert caught.value.reference == "needs-compiler"
    assert caught.value.context[-1] == (
        "the lock's build requirements don't suit CPython 3.8.10 on win_amd64, whose Python could compile it here: "
        "helper-1.0-py3-none-any.whl: it needs Python >=3.9"
    )


def test_what_the_targets_python_cannot_have_leaves_the_lock_as_it_is(
    tmp_path: Path, session: Session, index: LocalIndex
) -> None:
    helper = make_wheel(tmp_path, "helper", requires_python=">=3.9")
    index.add(helper, requires_python=">=3.9")
    source = make_sdist(tmp_path, build_requires=["helper"])
    first = made(session, index, locked(tmp_path, source), natively(session))
    assert [each.package.name for each in first.locked.lock.build] == ["helper"]
    before = first.locked.path.read_bytes()
    second = made(session, index, first.locked, natively(session))
    assert first.locked.path.read_bytes() == before
    assert second.compiled_with == {}


@only_linux.ELSEWHERE
def test_an_sdist_that_answers_otherwise_here_than_where_it_was_locked_is_told(
    tmp_path: Path, session: Session, index: LocalIndex
) -> None:
    source = make_sdist(tmp_path, requires_on={"linux": ["only-here"]}, dynamic=["Requires-Dist"])
    with pytest.raises(InputError) as caught:
        made(session, index, locked(tmp_path, source), natively(session))
    assert caught.value.reference == "lock-stale"
    assert caught.value.message == "demo asks for what its lock doesn't have: only-here"
    assert caught.value.hint.endswith("run `bundle lock RECIPE --refresh` on this host")
