"""README.txt of a bundle for Windows: for the person who stands before the server. Made for this bundle, plain ASCII, CRLF."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bundler.model.platforms.windows_versions import updates_needed, windows_name
from bundler.model.policy import admin_reasons, needs_admin
from bundler.model.runtime_kinds import RUNTIME_KINDS
from bundler.model.service import SYSTEM, needs_logon_right
from bundler.pack.machine_changes import registry_key
from bundler.report import some_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.model.manifest import Manifest

_WIDTH = 78
_SHOWN = 6
_EXIT_CODES = (  # those of bundler/target/errors.py; a test compares them
    (0, "done, or nothing to do"),
    (3010, "done; restart the machine to finish"),
    (1602, "cancelled; taken back, unless the screen says otherwise"),
    (1603, "failed; taken back, unless the screen says otherwise"),
    (1618, "another installation is running"),
    (1625, "refused: too few rights, others' too many, signatures, or its last day"),
    (1638, "another version, or something else, is where this bundle would be"),
    (1639, "the arguments or the site values are wrong or missing"),
)


def operators_readme(manifest: Manifest) -> bytes:
    """The file's bytes. Says nothing of the release's name, which depends on this very file, nor of the time."""
    title = f"{manifest.bundle.name} {manifest.bundle.version} for {_machine(manifest)}"
    sections = [
        f"{title}\n{'=' * len(title)}",
        _wrap(
            f"This folder installs {manifest.bundle.name} {manifest.bundle.version} on a machine that has no network and "
            "needs no Python. Everything it takes is in here; nothing is downloaded, nothing is sent."
        ),
        _section("To install", _how_to_run(manifest)),
        _section("What it does", _what_it_does(manifest)),
        _section("What it needs", _needs(manifest)),
        _section("Values of this server", _site(manifest)),
        _section("How it ends", (f"  {code:<6}{meaning}" for code, meaning in _EXIT_CODES)),
        _section("To check it", _verify(manifest)),
        _section("To undo it", _undo(manifest)),
    ]
    text = "\n\n".join(sections) + "\n"
    return text.replace("\n", "\r\n").encode("ascii", "backslashreplace")


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


def _machine(manifest: Manifest) -> str:
    return f"CPython {manifest.target.python}, {manifest.target.platform}"


def _wrap(text: str, *, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _section(title: str, lines: Iterator[str]) -> str:
    return f"{title}\n{'-' * len(title)}\n" + "\n".join(lines)


def _item(number: int, text: str) -> str:
    return _wrap(text, first=f"  {number}. ", rest="     ")


def _how_to_run(manifest: Manifest) -> Iterator[str]:
    yield _wrap(
        "Unpack the whole archive first: from inside Explorer's view of a zip the program sees only itself. Then, in a "
        + ("command prompt opened with 'Run as administrator':" if needs_admin(manifest) else "command prompt:")
    )
    yield ""
    yield "  bootstrap.bat /plan             shows what would be done, and changes nothing"
    yield "  bootstrap.bat                   installs, or upgrades what is installed"
    yield "  bootstrap.bat /quiet            installs, asks nothing and shows errors only"
    yield "  bootstrap.bat /log:FILE         writes the log to FILE"
    if manifest.site:
        option = f"bootstrap.bat /set:{manifest.site[0].name}=VALUE"
        yield f"  {option:<31} gives a value of this server (see below)"
    yield "  bootstrap.bat /instance:NAME    installs it once more, beside the first"
    yield "  bootstrap.bat /status           shows what is in use, and how it is"
    if manifest.services:
        yield "  bootstrap.bat /stop             stops its services, until /start"
    if manifest.bundle.sequence is not None or manifest.bundle.not_after is not None:
        yield "  bootstrap.bat /allow-older      takes it although a newer one was here"
    yield ""
    yield from _freshness(manifest)
    yield _wrap(
        "It can be run again at any time: what is done already is found and left alone. If it was interrupted, or the "
        "machine lost its power, the next run first finishes what was begun or takes it back, and says which."
    )


def _freshness(manifest: Manifest) -> Iterator[str]:
    info = manifest.bundle
    if info.sequence is not None:
        yield _wrap(
            f"Its sequence number is {info.sequence}. Where a bundle of this name with a higher one was in use, it is refused: an older one may "
            "bring faults back that are known by now."
        )
    if info.not_after is not None:
        yield _wrap(f"It may be installed until {info.not_after} (UTC).")
    if info.sequence is not None or info.not_after is not None:
        yield ""


def _what_it_does(manifest: Manifest) -> Iterator[str]:
    runtime, path = manifest.runtime, manifest.environment.path
    steps = [
        "checks every byte of this folder, its own program included: with one wrong, missing or extra file nothing is changed",
        "checks the machine: rights, disk space, lengths of paths, the version of Windows, other Pythons",
    ]
    steps += [
        f"installs {each.name} (signed by: {each.signer or 'nobody'}), unless it is there; it stays when this bundle is removed"
        for each in manifest.prerequisites
    ]
    if runtime.file is not None:
        steps.append(
            f"installs CPython {manifest.target.python} into {runtime.directory}, "
            + ("for all users" if runtime.all_users else "for the present user")
            + (", and puts it on PATH" if runtime.prepend_path else "")
            + f" (signed by: {runtime.signer or 'nobody'})"
        )
        if runtime.replace:
            steps.append("replaces another Python of the same minor version, if there is one")
    elif RUNTIME_KINDS[runtime.kind].present:
        steps.append(f"uses {_present_python(manifest)}; that Python is neither changed nor removed")
    else:
        steps.append(
            f"gives the release a CPython {manifest.target.python} of its own; no other Python is touched and none is used "
            f"(signed by: {runtime.signer or 'nobody'})"
        )
    steps.append(
        f"makes a new release below {path}\\releases and installs {_counted(len(manifest.packages), 'package')} into it, "
        "listed in pylock.toml with hashes; licences are in the folder licenses"
    )
    if manifest.files:
        places = ", ".join(each.destination for each in manifest.files)
        one = len(manifest.files) == 1
        steps.append(
            f"puts {_counted(len(manifest.files), 'further file')} into {'its place' if one else 'their places'}: {places}"
        )
    if manifest.services:
        names = ", ".join(f"{each.name} ({each.account})" for each in manifest.services)
        few = all(each.account.lower() != SYSTEM.lower() for each in manifest.services)
        accounts = (
            "under accounts with few rights"
            if few
            else f"under these accounts ({SYSTEM} has every right on the machine)"
        )
        steps.append(
            f"makes {'a Windows service' if len(manifest.services) == 1 else 'Windows services'}, run "
            f"{accounts}: {names}; a failed start or a page that "
            "doesn't answer puts everything back as it was"
        )
    rights = [f"{each.rights} {each.path} for {each.account}" for each in manifest.permissions]
    rights += [f"'Log on as a service' for {each}, if it lacks it" for each in _logging_on(manifest)]
    if rights:
        steps.append(f"gives rights: {'; '.join(rights)}")
    if manifest.environment.data:
        steps.append(f"makes {manifest.environment.data} for data, if it isn't there; what is in it stays as it is")
    checks = [f"import {each}" for each in manifest.checks.imports] + [
        " ".join(each) for each in manifest.checks.commands
    ]
    steps.append("checks that the release is complete" + (f" and that it works: {'; '.join(checks)}" if checks else ""))
    steps.append(f"switches to it: the programs in {path}\\Scripts mean the new release from then on")
    for after in manifest.post_install:
        undone = f"; {' '.join(after.undo)} takes back what it did when the release goes" if after.undo else ""
        steps.append(f"runs {' '.join(after.command)}, which may change the machine{undone}")
    for number, each in enumerate(steps, 1):
        yield _item(number, each)
    yield ""
    kept = " What other installers installed until then stays." if manifest.prerequisites else ""
    yield _wrap(f"If anything fails, what was in use before stays in use, or is put back.{kept}")


def _logging_on(manifest: Manifest) -> list[str]:
    return sorted({each.account for each in manifest.services if needs_logon_right(each.account)})


def _needs(manifest: Manifest) -> Iterator[str]:
    lowest = manifest.target.windows
    exact = ".".join(map(str, lowest))
    yield _wrap(f"- {windows_name(lowest)}, or later ({exact}), {manifest.target.bits}-bit programs", rest="  ")
    for each in updates_needed(manifest.target.python, lowest):
        yield _wrap(f"- {each}", rest="  ")
    if RUNTIME_KINDS[manifest.runtime.kind].present:
        yield _wrap(f"- {_present_python(manifest)}, with its modules ssl and ctypes", rest="  ")
    yield from _dlls(manifest)
    size = manifest.runtime.size + sum(each.size for each in manifest.packages)
    yield _wrap(f"- about {max(1, round(size / 1_000_000))} MB on the disk, besides this folder", rest="  ")
    why = admin_reasons(manifest)
    if why:
        yield _wrap(f"- administrator's rights, because {' and '.join(why)}", rest="  ")
    else:
        yield _wrap(f"- no administrator's rights, if you may write to {manifest.environment.path}", rest="  ")


def _present_python(manifest: Manifest) -> str:
    """The Python that must be there."""
    runtime, target = manifest.runtime, manifest.target
    scope = "for all users" if runtime.all_users else "for all users or for this account"
    place = f"in {runtime.directory}" if runtime.directory else f"that is registered {scope}"
    return f"the CPython {target.python} ({target.bits} bits) {place}"


def _dlls(manifest: Manifest) -> Iterator[str]:
    """What the bundle lacks and this server may have."""
    sources: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for each in manifest.dlls:
        if not each.condition and not each.optional and not each.required:
            source = f"{each.redistributable}, {each.address}" if each.redistributable else ""
            sources.setdefault((source, each.brought_by), []).append(each.name)
    for (source, others), names in sources.items():
        where = f"which {', '.join(others)} has for itself" if others else "which isn't in here"
        comes = f"it comes with {source}" if source else "the bundle's maker may know where it comes from"
        yield _wrap(f"- perhaps {some_text(names, _SHOWN)}, {where}: {comes}", rest="  ")


def _site(manifest: Manifest) -> Iterator[str]:
    if not manifest.site:
        yield "There are none."
        return
    yield _wrap(
        "Given by /set:NAME=VALUE, by a file site.toml beside bootstrap.bat, or asked for. Others can see a command line "
        "while it runs: /set:NAME asks, /set:NAME=@FILE reads a file."
    )
    yield ""
    for each in manifest.site:
        shown = "has a default" if each.secret else f"default: {each.default}"
        if not each.default:
            shown = "may be left empty"
        default = "must be given" if each.default is None and each.required else shown
        notes = "; ".join(filter(None, [each.help, default, "secret: not shown, not logged" if each.secret else ""]))
        yield _wrap(f"{each.name}: {notes}", first="  ", rest="      ")
    yield ""
    yield "  bootstrap.bat /set              lists them, and what they are now"
    yield "  bootstrap.bat /set:NAME=VALUE   changes one at any later time"


def _verify(manifest: Manifest) -> Iterator[str]:
    yield "  bootstrap.bat /verify           on the server; and of what is installed,"
    yield "                                  its services too, at any later time"
    yield "  sha256sum -c SHA256SUMS         anywhere, in this folder"
    yield "  bundle verify ARCHIVE           on the host that built it"
    yield ""
    key = registry_key(manifest.environment.path)
    yield _wrap(
        f"For tools (SCCM, Intune): it is installed where the registry has the key {key} below "
        f"HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall (HKCU if it was installed without administrator's "
        f"rights), whose value DisplayVersion is {manifest.bundle.version}. With /instance:NAME the key has another name."
    )
    yield ""
    yield _wrap(f"Logs of its runs are in {manifest.environment.path}\\logs, of one that failed at first in %TEMP%.")
    for each in manifest.services:
        folder = each.log_directory.replace("{data}", manifest.environment.data or "")
        folder = folder.replace("{environment}", manifest.environment.path)
        yield _wrap(f"The log of the service {each.name}: {folder}\\{each.name}.log", rest="  ")


def _undo(manifest: Manifest) -> Iterator[str]:
    path, keep = manifest.environment.path, manifest.environment.keep
    yield "  bootstrap.bat /rollback         back to the release before; again: forward"
    yield "  bootstrap.bat /repair           puts back what was changed or is missing"
    yield "  bootstrap.bat /uninstall        removes all of it"
    yield "  bootstrap.bat /uninstall /purge removes the data folder too"
    yield "  bootstrap.bat /uninstall /plan  shows what would be done; so with any"
    yield ""
    yield _wrap(
        f"{keep} releases are kept, the current one among them. "
        if keep > 1
        else "Only the current release is kept: there is nothing to roll back to."
    )
    yield _wrap(
        f"Without this folder: {path}\\uninstall\\bootstrap.bat knows /status, /verify, /stop, /start, /set, /rollback "
        "and /uninstall, whichever release is in use; 'Apps' (or 'Programs and Features') lists it."
    )
    if manifest.environment.data:
        yield _wrap(
            f"{manifest.environment.data} stays, unless /purge is given and this bundle made that folder; with /purge and a "
            "folder that was there before, only the files that the bundle put there go."
        )
    if manifest.runtime.file is not None:
        yield _wrap(
            f"Python {manifest.target.python} goes if a bundle installed it and no other bundle's installation needs it; a "
            "Python that was there before stays."
        )
