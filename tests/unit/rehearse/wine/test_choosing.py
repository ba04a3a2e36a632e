"""Which Wine is taken, and what is said of those that aren't."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import HostError
from bundler.rehearse.wine import choosing, host_tools
from bundler.rehearse.wine.bed_cache import Cache
from bundler.rehearse.wine.choosing import Choice, Host, untried
from bundler.report import Reporter
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.NAMESPACES


class Source:
    def __init__(self, name: str) -> None:
        self.name, self.words, self.fix = name, f"of the {name}", "another one"
        self.template = f"{name}-template"
        self.things = {self.template: "stamp", name: "stamp"}


class Noting(Reporter):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


class Beds:
    """``faults``: what is wrong with one, by its name; ``tried``: those that were made."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.faults: dict[str, HostError] = {}
        self.there = {"host", "container"}
        self.tried: list[str] = []
        self.cache, self.told = Cache(folder), Noting()
        monkeypatch.setattr(choosing, "Bed", self._bed)
        monkeypatch.setattr(choosing, "Chroot", lambda: Source("chroot"))
        monkeypatch.setattr(host_tools, "require_namespaces", self._require)

    def _bed(self, cache: Cache, source: Any, reporter: Reporter) -> Any:
        del cache, reporter
        self.tried.append(source.name)
        if source.name in self.faults:
            raise self.faults[source.name]
        return Made(source)

    def _require(self) -> None:
        if "namespaces" in self.faults:
            raise self.faults["namespaces"]

    @property
    def host(self) -> Host:
        one: Any = {
            name: (lambda name=name: Source(name) if name in self.there else None) for name in ("host", "container")
        }
        return Host(wine=one["host"], container=one["container"])

    def chosen(self, wanted: str | None = None, *, again: bool = False) -> str:
        self.tried.clear()
        return Choice(self.cache, self.host, self.told, again=again).bed(wanted).source.name


class Made:
    def __init__(self, source: Source) -> None:
        self.source: Any = source


@pytest.fixture
def beds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Beds:
    return Beds(tmp_path, monkeypatch)


def fault(reference: str, message: str = "no") -> HostError:
    return HostError(reference, message, hint="do this", context=("here",))


def test_the_hosts_comes_first_if_it_is_good_enough(beds: Beds) -> None:
    assert (beds.chosen(), beds.tried, beds.told.notes) == ("host", ["host"], [])
    beds.there.clear()
    assert (beds.chosen(), beds.tried, beds.told.notes) == ("chroot", ["chroot"], [])
    assert beds.chosen("chroot") == "chroot"


def test_one_that_isnt_is_said_and_not_tried_again_but_when_it_is_asked_for(beds: Beds) -> None:
    beds.faults["host"] = fault("wine-unfit", "the Wine of this host is old")
    assert (beds.chosen(), beds.tried) == ("chroot", ["host", "chroot"])
    assert (beds.chosen(), beds.tried) == ("chroot", ["chroot"])
    assert beds.told.notes == ["Windows is played by the Wine of the chroot: the Wine of this host is old"] * 2
    with pytest.raises(HostError, match="the Wine of this host is old"):
        beds.chosen("host")
    assert "the Wine of this host is old" in untried(beds.cache.root, beds.host).why
    del beds.faults["host"]
    assert (beds.chosen(again=True), beds.chosen()) == ("host", "host")


def test_a_container_is_the_last(beds: Beds) -> None:
    beds.there = {"container"}
    beds.faults["chroot"] = fault("debian-archive-missing", "no apt")
    assert (beds.chosen(), beds.told.notes) == ("container", ["Windows is played by the Wine of the container: no apt"])
    beds.faults["namespaces"] = fault("namespaces-denied", "none for you")
    assert beds.chosen() == "container", "its daemon makes them"


def test_where_there_is_none_one_error_says_what_to_do(beds: Beds) -> None:
    beds.there.clear()
    beds.faults["chroot"] = fault("rehearsal-tools-missing", "no debootstrap")
    with pytest.raises(HostError) as caught:
        beds.chosen()
    assert (caught.value.reference, caught.value.context) == ("rehearsal-tools-missing", ("here",))
    assert caught.value.hint == "do this; or install podman or docker, by which it can be done too"
    beds.there = {"container", "host"}
    beds.faults |= {
        "container": fault("container-denied", "no socket"),
        "chroot": fault("wine-unfit", "it is old"),
        "host": fault("session-not-made", "no mounts"),
    }
    with pytest.raises(HostError) as caught:
        beds.chosen()
    assert caught.value.context == ("here", "no mounts: here", "no socket: here")
    assert caught.value.hint == "do this"


@pytest.mark.parametrize("wanted", ["host", "container"])
def test_one_that_is_wanted_and_not_there(beds: Beds, wanted: str) -> None:
    beds.there.clear()
    with pytest.raises(HostError) as caught:
        beds.chosen(wanted)
    assert caught.value.reference == "wine-missing"
    assert caught.value.hint.startswith("install ")


@pytest.mark.parametrize("name", ["host", "chroot"])
def test_a_full_disk_is_no_fault_of_a_wine(beds: Beds, name: str) -> None:
    if name == "chroot":
        beds.there.clear()
    beds.faults[name] = fault("disk-full")
    with pytest.raises(HostError) as caught:
        beds.chosen()
    assert (caught.value.reference, beds.tried) == ("disk-full", [name])


def test_ctrl_c_while_one_is_tried_is_no_fault_of_it(beds: Beds, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(choosing, "Bed", broken_off)
        with contextlib.suppress(KeyboardInterrupt):
            beds.chosen()
    assert beds.chosen() == "host"
