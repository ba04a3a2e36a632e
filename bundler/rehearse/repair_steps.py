"""What happens to an installation over time: a damaged file, an upgrade with data, the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.rehearse.bench import done
from bundler.rehearse.installation_steps import verified
from bundler.rehearse.pictures import FOLDER
from bundler.rehearse.results import PASSED, Verdict, failed, skipped

if TYPE_CHECKING:
    from collections.abc import Collection

    from bundler.rehearse.bench import Bench
    from bundler.rehearse.pictures import Picture
    from bundler.rehearse.run_of_steps import Taker

MARK = "written-before-the-upgrade.txt"
_WRITTEN = b"Written by the rehearsal, as the application's data.\r\n"
_DAMAGE = b"# damaged by the rehearsal\n"
_SHOWN = 20


def damage_and_repair(taker: Taker, bench: Bench) -> None:
    """A file of the release is changed, which /verify sees and /repair puts right."""
    taker.take("repair", "a damaged file is found and repaired", bench, lambda: _repair(bench))


def _repair(bench: Bench) -> Verdict:
    path = _victim(bench.machine.picture(), bench.subject.release)
    if path is None:
        return skipped("the release has no module to damage")
    bench.machine.files.write(path, (bench.machine.files.read(path) or b"") + _DAMAGE)
    if bench.bootstrap("/verify").code == 0:
        return failed(f"/verify doesn't see that {path} was changed")
    repaired = done(bench.bootstrap("/repair"), "/repair")
    return repaired if repaired is not PASSED else verified(bench)


def _victim(picture: Picture, release: str) -> str | None:
    """The first module of a package, else of the release: text, that no program has open."""
    below = release.lower() + "\\"
    modules = sorted(
        each
        for each, what in picture.files.items()
        if each.lower().startswith(below) and each.lower().endswith(".py") and what != FOLDER
    )
    packages = [each for each in modules if "\\site-packages\\" in each.lower()]
    return next(iter(packages or modules), None)


def upgrade(taker: Taker, old: Bench, new: Bench) -> bool:
    """The old bundle, data, the new one over it, back, and forward again; whether the new one is in use at the end."""
    title = f"{old.subject.title} installs"
    if not taker.take("upgrade-from", title, old, lambda: done(old.install(), "bootstrap.bat")):
        return False
    before: set[str] = set()
    title = f"{new.subject.title} installs over it, and the data stays"
    if not taker.take("upgrade", title, new, lambda: _upgraded(old, new, before)):
        return False
    for name, title in (("rollback", "/rollback goes back"), ("rollback-again", "/rollback goes forward again")):
        if not taker.take(name, f"{title}, and the data stays", new, lambda: _rolled_back(new, before)):
            return False
    return True


def _upgraded(old: Bench, new: Bench, before: set[str]) -> Verdict:
    data = old.subject.data
    if data:
        old.machine.files.write(rf"{data}\{MARK}", _WRITTEN)
        before.update(_data(old, data))
    upgraded = done(new.install(), "bootstrap.bat")
    return upgraded if upgraded is not PASSED else _kept(new, before)


def _rolled_back(bench: Bench, before: Collection[str]) -> Verdict:
    back = done(bench.bootstrap("/rollback"), "/rollback")
    return back if back is not PASSED else _kept(bench, before)


def _data(bench: Bench, data: str) -> set[str]:
    """The data folder's files but for what is written anew by nature: logs, and what a bundle fills in."""
    below, logs = data.lower() + "\\", data.lower() + "\\logs\\"
    return {
        path
        for path, what in bench.machine.picture().files.items()
        if what != FOLDER and path.lower().startswith(below) and not path.lower().startswith(logs)
    }


def _kept(bench: Bench, before: Collection[str]) -> Verdict:
    """What was there must be there; the rehearsal's own file as it was, others may be written to by what runs."""
    # all in one look: asking for each goes through its folder each time
    there = {path.lower() for path in bench.machine.picture().files} if before else set()
    lost = sorted(path for path in before if path.lower() not in there)
    if lost:
        return failed(f"data is lost: {', '.join(lost[:_SHOWN])}", "\n".join(lost))
    changed = [path for path in before if path.endswith("\\" + MARK) and bench.machine.files.read(path) != _WRITTEN]
    if changed:
        return failed(f"data was changed: {changed[0]}")
    services = bench.subject.manifest.services
    return done(bench.bootstrap("/status"), "/status") if services else PASSED
