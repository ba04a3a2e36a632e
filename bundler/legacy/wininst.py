"""bdist_wininst: a stub program, maybe a bitmap, the configuration, a header of 12 bytes, and a zip (distutils' ``create_exe``).

The header is three little-endian numbers: a tag, the length of the configuration, the length of the bitmap. The configuration is an ini
text that ends with NUL; since tag 0x1234567B a pre-install script follows, which ends with NUL too.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import struct
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.formats.archives.streams import walk_zip
from bundler.formats.bounded_zip import BoundedFile, open_zip
from bundler.formats.malformed import damaged
from bundler.formats.pe.pe_header import machine_platform
from bundler.formats.zip_records import UTF_8_NAME, zip_end
from bundler.legacy.contents_by_place import Claim, Installer, Place, into_prefix
from bundler.legacy.kinds import Kind
from bundler.legacy.text_encoding import decoded
from bundler.plain_file import open_plain, plain_opener

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bundler.formats.archives.guard import Guard
    from bundler.formats.archives.streams import Visit

_HEADER = struct.Struct("<III")
_PRE_INSTALL = 0x1234567B
_TAGS = (0x12345679, 0x1234567A, _PRE_INSTALL)
_MOST = 16 << 20
_BLOCK = 1 << 20
_FIELDS = {
    "description": "Summary",
    "url": "Home-page",
    "author": "Author",
    "author_email": "Author-email",
    "maintainer": "Maintainer",
    "maintainer_email": "Maintainer-email",
    "license": "License",
    "keywords": "Keywords",
}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Overlay:
    """What lies between the stub and the zip; ``faults`` where it isn't whole."""

    config: bytes
    fault: str = ""


def is_wininst(file: Path) -> bool:
    """Whether there is a header of this format before the zip, be the rest right or not."""
    try:
        return _overlay(file) is not None
    except Exception:  # noqa: BLE001 - hostile bytes make decoders fail in every way there is
        return False


def read_wininst(file: Path) -> Installer:
    """Read what the installer says of itself; raises IntegrityError (``installer-malformed``)."""
    try:
        overlay = _overlay(file)
    except OSError:
        raise
    except Exception as error:
        raise damaged(file, error or type(error).__name__) from error
    if overlay is None:
        raise damaged(file, "there is no configuration before its zip")
    if overlay.fault:
        raise damaged(file, overlay.fault)
    config, _, rest = overlay.config.partition(b"\0")
    sections = _sections(decoded(config))
    if not {"metadata", "setup"} <= sections.keys():
        raise damaged(file, "its configuration has no [metadata] or no [Setup]")
    said, setup = sections["metadata"], sections["setup"]
    name = said.get("name", "")
    return Installer(
        kind=Kind.WININST,
        file=file,
        name=name,
        version=said.get("version", ""),
        fields=tuple((_FIELDS[key], value) for key, value in said.items() if key in _FIELDS and value),
        claims=tuple(_claims(file, setup)),
        built_with=_built_with(setup.get("build_info", "")),
        post_install=PurePosixPath(setup.get("install_script", "").replace("\\", "/")).name or None,
        pre_install=rest.partition(b"\0")[0].strip(),
        place=lambda path: _place(file, path, name),
        reader=_walk,
    )


def _overlay(file: Path) -> _Overlay | None:
    with (
        _without_appended(file) as whole,
        BoundedFile(whole, opener=plain_opener) as stream,
        open_zip(whole) as archive,
    ):
        start = min((each.header_offset for each in archive.infolist()), default=archive.start_dir)
        if start < _HEADER.size:
            return None
        stream.seek(start - _HEADER.size)
        tag, length, bitmap = _HEADER.unpack(stream.read(_HEADER.size))
        if tag not in _TAGS:
            return None
        begin = start - _HEADER.size - length
        if not 0 < length <= _MOST or begin - bitmap <= 0:
            return _Overlay(config=b"", fault="its header has lengths that don't fit into it")
        stream.seek(begin)
        return _Overlay(config=stream.read(length))


def _sections(text: str) -> Mapping[str, Mapping[str, str]]:
    r"""The ini text; a line break in a value is written ``\n``, so that every line is a section, a value or nothing."""
    sections: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in text.replace("\r\n", "\n").split("\n"):
        if found := re.fullmatch(r"\[([^\]]+)\]\s*", line):
            current = sections.setdefault(found[1].lower(), {})
        elif found := re.match(r"([A-Za-z_]+)\s*[=:]\s?(.*)", line):
            current.setdefault(found[1].lower(), found[2].replace("\\n", "\n").strip())
    return sections


def _claims(file: Path, setup: Mapping[str, str]) -> list[Claim]:
    claims = []
    if target := setup.get("target_version"):
        if not re.fullmatch(r"\d\.\d{1,2}", target):
            raise damaged(file, f"target_version {target!r} is not a valid Python version")
        claims.append(Claim(about="python", value=target, source="the installer's target_version"))
    if platform := machine_platform(file):
        claims.append(Claim(about="platform", value=platform, source="the installer's own program"))
    return claims


def _built_with(build_info: str) -> str | None:
    found = re.search(r"with distutils-(\d\.\d+)", build_info)
    return found[1] if found else None


def _place(file: Path, path: str, name: str) -> Place:
    top, _, rest = path.partition("/")
    if rest and top == "PURELIB":
        return Place(scheme="purelib", path=rest)
    if rest and top == "PLATLIB":
        return Place(scheme="platlib", path=rest)
    if rest and top == "SCRIPTS":
        return Place(scheme="scripts", path=rest)
    if rest and top == "DATA":
        return Place(scheme="data", path=rest)
    if rest and top == "HEADERS":  # below Python's own folder: Include\NAME\x.h
        place = into_prefix(tuple(rest.split("/")), name)
        return place if place.scheme == "headers" else Place(scheme="data", path=rest)
    raise damaged(file, f"it holds {path!r}, for which this kind of installer has no place")


def _walk(archive: Path, guard: Guard, visit: Visit) -> None:
    """As a plain zip; old names are in Windows' own code page, which zip doesn't know."""
    with _without_appended(archive) as whole:
        with open_zip(whole) as opened:
            plain = {each.orig_filename for each in opened.infolist() if not each.flag_bits & UTF_8_NAME}
        walk_zip(whole, guard, lambda path: visit(_western(path) if path in plain and not path.isascii() else path))


@contextlib.contextmanager
def _without_appended(file: Path) -> Iterator[Path]:
    """The file itself, or a copy for the moment without what lies behind its zip: readers look for the end of a zip in the last 64 kB."""
    end = zip_end(file)
    if end is None or end == file.stat().st_size:
        yield file
        return
    with scratch_folder("bundle-installer-") as scratch:
        copy = scratch / "installer"
        with open_plain(file) as source, copy.open("wb") as sink:
            left = end
            while data := source.read(min(_BLOCK, left)):
                sink.write(data)
                left -= len(data)
        yield copy


def _western(path: str) -> str:
    try:
        return path.encode("cp437").decode("cp1252")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return path
