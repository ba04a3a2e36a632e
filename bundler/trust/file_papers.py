"""What the bill of materials says of files besides their sha256, remembered by that: their sha512, the programs in wheels and in Pythons (by the
names and places of their files too: the same bytes can be cut otherwise), and what wheels say themselves of what is in them (PEP 770).
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from bundler.atomic import scratch_folder
from bundler.errors import IntegrityError
from bundler.foreign import MalformedJsonError, one_line, read_json
from bundler.formats.wheel_limits import texts_fault
from bundler.formats.wheel_reader import MalformedWheelError, open_wheel
from bundler.model.artifact import Seal
from bundler.plain_file import open_plain
from bundler.trust.foreign_bill import MOST_COMPONENTS, Component, components_in

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from bundler.formats.wheel_reader import Wheel
    from bundler.model.artifact import StoredFile, Tree, WheelFile
    from bundler.model.ports import Cache

SHA512 = "sha512-1"
"""The kind of a remembered answer: by a file's sha256 its sha512."""
_WHEEL, _TREE = "wheel-papers-1", "tree-papers-2"
_PROGRAMS = (".dll", ".exe", ".ocx", ".drv")
"""Extension modules are the package itself."""
_BILLS = "sboms/"
_MOST_BILLS = 1000
"""Of one wheel; those that bring any have a handful."""
_BLOCK = 1 << 20
_LONGEST = 200


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ProgramPaper:
    """A DLL or program: ``path`` in its wheel or Python, hashes in hex; ``version``, ``product`` and ``company`` of its resource, empty without one."""

    path: str
    sha256: str
    sha512: str
    version: str
    product: str
    company: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class WheelPapers:
    """``components``: what its own bills of materials name; ``unread``: those bills that can't be read, with the reason."""

    programs: tuple[ProgramPaper, ...]
    components: tuple[Component, ...]
    unread: tuple[str, ...]


def sha512_of(file: StoredFile, cache: Cache) -> str:
    """In hex. Raises IntegrityError (``source-changed``) where the file isn't what it was."""
    if (known := cache.load(SHA512, file.sha256)) is not None:
        return known.decode("ascii")
    try:
        with open_plain(file.path) as stream:
            if (
                file.seal is not None and Seal.of(os.fstat(stream.fileno())) == file.seal
            ):  # the sha256 is known to be right
                sha256, sha512 = file.sha256, hashlib.file_digest(stream, "sha512").hexdigest()
            else:
                sha256, sha512 = _hashes(stream)
    except OSError as error:
        raise IntegrityError("source-changed", f"{file.path} can't be read any more: {error}") from None
    if sha256 != file.sha256:
        raise IntegrityError("source-changed", f"{file.path} was changed while the bundle was made")
    cache.save(SHA512, file.sha256, sha512.encode())
    return sha512


def wheel_papers(wheel: WheelFile, cache: Cache) -> WheelPapers:
    """Raises IntegrityError (``wheel-malformed``) for a wheel that can't be read."""
    if (known := cache.load(_WHEEL, wheel.file.sha256)) is not None:
        programs, components, unread = json.loads(known)
        return WheelPapers(
            programs=tuple(ProgramPaper(**each) for each in programs),
            components=tuple(Component.decode(each) for each in components),
            unread=tuple(unread),
        )
    try:
        with open_wheel(wheel.file.path, wheel.filename) as opened:
            programs = tuple(_programs(_members(opened.archive)))
            components, unread = _own_bills(opened)
    except MalformedWheelError as error:
        raise IntegrityError("wheel-malformed", f"{wheel.filename} is not a valid wheel: {error}") from None
    found = WheelPapers(programs=programs, components=components, unread=unread)
    kept = [list(map(dataclasses.asdict, programs)), list(map(dataclasses.asdict, components)), unread]
    cache.save(_WHEEL, wheel.file.sha256, json.dumps(kept).encode())
    return found


def tree_programs(tree: Tree, cache: Cache) -> tuple[ProgramPaper, ...]:
    """The DLLs and programs of a Python."""
    key = json.dumps([tree.content.sha256, [[each.path, each.start, each.size] for each in tree.files]])
    if (known := cache.load(_TREE, key)) is not None:
        return tuple(ProgramPaper(**each) for each in json.loads(known))
    with open_plain(tree.content.path) as stream:

        def at(start: int, size: int) -> Callable[[Path], None]:
            def unpack(path: Path) -> None:
                stream.seek(start)
                path.write_bytes(stream.read(size))

            return unpack

        wanted = [each for each in tree.files if each.path.lower().endswith(_PROGRAMS) and each.size]
        found = tuple(_programs((each.path, at(each.start, each.size)) for each in wanted))
    cache.save(_TREE, key, json.dumps(list(map(dataclasses.asdict, found))).encode())
    return found


def _hashes(stream: BinaryIO) -> tuple[str, str]:
    sha256, sha512 = hashlib.sha256(), hashlib.sha512()
    while block := stream.read(_BLOCK):
        sha256.update(block)
        sha512.update(block)
    return sha256.hexdigest(), sha512.hexdigest()


def _members(archive: zipfile.ZipFile) -> Iterator[tuple[str, Callable[[Path], None]]]:
    def unpacker(member: zipfile.ZipInfo) -> Callable[[Path], None]:
        def unpack(path: Path) -> None:
            with archive.open(member) as source, path.open("wb") as sink:
                while block := source.read(_BLOCK):
                    sink.write(block)

        return unpack

    for each in archive.infolist():
        if each.filename.lower().endswith(_PROGRAMS) and each.file_size:
            yield each.filename, unpacker(each)


def _programs(files: Iterable[tuple[str, Callable[[Path], None]]]) -> Iterator[ProgramPaper]:
    """Each is unpacked to the disk for a moment: some have hundreds of megabytes. What only calls itself a program has no resource."""
    with contextlib.ExitStack() as stack:
        scratch = None
        for name, unpack in files:
            scratch = scratch or stack.enter_context(scratch_folder("bundle-papers-"))
            path = scratch / "program"
            unpack(path)
            with open_plain(path) as stream:
                sha256, sha512 = _hashes(stream)
            version, product, company = _resource(path, name)
            yield ProgramPaper(
                path=name, sha256=sha256, sha512=sha512, version=version, product=product, company=company
            )


def _resource(path: Path, name: str) -> tuple[str, str, str]:
    from bundler.formats.pe.binary import read_binary  # late: what is remembered isn't read again

    try:
        found = read_binary(path, name)
    except IntegrityError:
        return "", "", ""
    version = ".".join(map(str, found.version)) if found.version and any(found.version) else ""
    return version, one_line(found.product, _LONGEST), one_line(found.company, _LONGEST)


def _too_many(bills: Sequence[zipfile.ZipInfo]) -> str | None:
    """Why none of a wheel's bills is read: each is small, and so is a zip of thousands that say nearly the same."""
    if len(bills) > _MOST_BILLS:
        return f"it has {len(bills)} bills, and at most {_MOST_BILLS} are read"
    return texts_fault(bills)


def _own_bills(wheel: Wheel) -> tuple[tuple[Component, ...], tuple[str, ...]]:
    found: list[Component] = []
    unread = []
    beginning = f"{wheel.dist_info}/{_BILLS}"
    bills = [each for each in wheel.members if each.filename.startswith(beginning)]
    if reason := _too_many(bills):
        return (), (one_line(reason, _LONGEST),)
    for member in bills:
        name: Any = one_line(member.filename.removeprefix(beginning), _LONGEST)
        try:
            (content,) = wheel.contents([member])
            found += components_in(read_json(content.decode("utf-8")), MOST_COMPONENTS - len(found))
        except (MalformedWheelError, MalformedJsonError, UnicodeDecodeError, ValueError) as error:
            unread.append(f"{name}: {one_line(str(error), _LONGEST)}")
    return tuple(dict.fromkeys(found)), tuple(unread)
