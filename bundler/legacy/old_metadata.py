"""Old metadata into core metadata 2.1: PKG-INFO in odd encodings, requires.txt with extras and markers."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from bundler.errors import BuildError
from bundler.foreign import read_requirement
from bundler.formats.core_metadata import CoreMetadata
from bundler.formats.wheel_reader import read_entry_points
from bundler.legacy.text_encoding import decoded
from bundler.model.specifier_repairs import read_specifier, repaired

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SINGLE = (
    "Summary",
    "Keywords",
    "Home-page",
    "Download-URL",
    "Author",
    "Author-email",
    "Maintainer",
    "Maintainer-email",
    "License",
    "Requires-Python",
    "Description-Content-Type",
)
_MANY = (
    "Platform",
    "Supported-Platform",
    "Classifier",
    "Requires-Dist",
    "Requires-External",
    "Provides-Dist",
    "Obsoletes-Dist",
    "Requires",
    "Provides",
    "Obsoletes",
    "Project-URL",
    "Provides-Extra",
)
_KNOWN = {each.lower(): each for each in ("Metadata-Version", "Name", "Version", "Description", *_SINGLE, *_MANY)}
_SHOWN = 200
_LATER = frozenset({"license-file", "license-expression", "dynamic", "import-name", "import-namespace"})
"""Fields of versions after 2.1; they are left out."""
_ORDER = ("Platform", *_SINGLE, "Classifier", *_MANY)
_FIELD = re.compile(r"([A-Za-z][A-Za-z-]*):[ \t]?(.*)")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def read_pkg_info(content: bytes) -> CoreMetadata:
    """Read a PKG-INFO. Values of ``UNKNOWN`` are none; a value that runs on without being indented is taken whole."""
    text = _CONTROLS.sub(" ", decoded(content).replace("\r\n", "\n").replace("\r", "\n"))
    lines = text.split("\n")
    last = max((number for number, line in enumerate(lines) if _known(line)), default=-1)
    values: list[tuple[str, list[str]]] = []
    body: list[str] = []
    for number, line in enumerate(lines):
        field = _FIELD.match(line)
        if field and (known := _known(line)):
            values.append((known, [field[2]]))
        elif not line and number > last:
            body = lines[number + 1 :]
            break
        elif field and field[1].lower() in _LATER:
            values.append((field[1], [field[2]]))
        elif values:
            values[-1][1].append(re.sub(r"^(?: {1,8}|\t|\|)", "", line))
    joined = [(key, "\n".join(value).strip()) for key, value in values]
    described = next((value for key, value in joined if key == "Description" and value != "UNKNOWN"), "")
    return CoreMetadata.of(
        ((key, value) for key, value in joined if value not in ("", "UNKNOWN") and key != "Description"),
        description="\n".join(body).strip("\n") or described,
    )


def _known(line: str) -> str | None:
    """The field that a line begins, as the specification writes it."""
    field = _FIELD.match(line)
    return _KNOWN.get(field[1].lower()) if field else None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Requirements:
    """Values of Requires-Dist and Provides-Extra."""

    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()


def read_requires(content: bytes, where: str, warnings: list[str]) -> Requirements:
    """Requires-Dist and Provides-Extra of a requires.txt: lines below no heading, ``[extra]``, ``[:marker]`` or ``[extra:marker]``."""
    requires: list[str] = []
    extras: dict[str, None] = {}
    extra = marker = ""
    for line in (each.strip() for each in decoded(content).splitlines()):
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            extra, _, marker = (each.strip() for each in line[1:-1].partition(":"))
            if extra:
                extra = _extra(extra)
                extras[extra] = None
            continue
        conditions = [f"({marker})"] if marker else []
        conditions += [f'extra == "{extra}"'] if extra else []
        requires.append(_requirement(re.sub(r"\s#.*", "", line), conditions, where, warnings))
    return Requirements(requires=tuple(requires), extras=tuple(extras))


def _extra(text: str) -> str:
    """An extra's name, normalized (PEP 685); old ones hold blanks and other signs."""
    return str(canonicalize_name(re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("._-")))


def _requirement(line: str, conditions: list[str], where: str, warnings: list[str]) -> str:
    # an address may hold ";": there the marker begins after a blank (PEP 508)
    parts = re.split(r"\s;" if "@" in line else ";", line, maxsplit=1)
    body = parts[0]
    if len(parts) > 1 and parts[1].strip():
        conditions = [f"({parts[1].strip()})", *conditions]
    tail = f" ; {' and '.join(conditions)}" if conditions else ""
    unversioned = re.match(r"\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*(\[[^\]]*\])?", body)
    for attempt in (body, repaired(body), unversioned[0] if unversioned else body):
        try:
            requirement = read_requirement(attempt.strip() + tail)
        except InvalidRequirement:
            continue
        if attempt != body:
            warnings.append(f"{where} asks for {body.strip()!r}, which is read as {attempt.strip()!r}")
        return str(requirement)
    raise BuildError(
        "metadata-invalid",
        f"{where} asks for {line[:_SHOWN]!r}, which can't be read",
        hint="the package's metadata is at fault: convert another release of it",
    )


def write_metadata(
    info: CoreMetadata,
    *,
    name: str,
    version: str,
    requirements: Requirements,
    where: str,
    warnings: list[str],
) -> bytes:
    """METADATA (core metadata 2.1, UTF-8); what isn't valid there is left out and reported in ``warnings``."""
    fields = {key: list(dict.fromkeys(info.every(key))) for key in (*_SINGLE, *_MANY)}
    fields["Requires-Dist"] = list(
        dict.fromkeys((*_kept_requires(fields["Requires-Dist"], where, warnings), *requirements.requires))
    )
    fields["Provides-Extra"] = list(
        dict.fromkeys((*(_extra(each) for each in fields["Provides-Extra"]), *requirements.extras))
    )
    fields["Requires-Python"] = list(_requires_python(fields["Requires-Python"], where, warnings))
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    for key in dict.fromkeys(_ORDER):
        values = fields[key][:1] if key in _SINGLE else fields[key]
        lines += [f"{key}: {_value(key, each)}" for each in values]
    return ("\n".join(lines) + "\n\n" + (info.description + "\n" if info.description else "")).encode()


def classifier_majors(info: CoreMetadata) -> frozenset[int]:
    """The major versions of Python that the author says it is for."""
    found = (re.match(r"Programming Language :: Python :: ([23])\b", each) for each in info.every("Classifier"))
    return frozenset(int(each[1]) for each in found if each)


def _value(key: str, text: str) -> str:
    # a reader of headers takes more than a line feed for the end of a line
    lines = [_CONTROLS.sub(" ", each).rstrip() for each in text.split("\n")]
    if key == "License":  # may be the whole text
        return "\n        ".join(lines)
    return " ".join(each.strip() for each in lines if each.strip())


def _kept_requires(requires: Iterable[str], where: str, warnings: list[str]) -> Iterator[str]:
    for each in requires:
        yield _requirement(re.sub(r"\s+", " ", each), [], where, warnings)


def _requires_python(values: Iterable[str], where: str, warnings: list[str]) -> Iterator[str]:
    for each in values:
        specifier, better = read_specifier(each)
        if specifier is None:
            warnings.append(f"{where} says Requires-Python {each!r}, which can't be read and is left out")
            continue
        if better:
            warnings.append(f"{where} says Requires-Python {each!r}, which is read as {better!r}")
        yield better or each


def scripts_of(content: bytes) -> Mapping[str, str]:
    """The commands of an entry_points.txt: name -> module:function, those of consoles and those of windows. Odd lines are none."""
    lines = (each.strip() for each in decoded(content).splitlines())
    text = "\n".join(
        each
        for each in lines
        if (each.startswith("[") and each.endswith("]")) or ("=" in each and not each.startswith(";"))
    )
    return {
        each.name: each.value for each in read_entry_points(text) if each.group in ("console_scripts", "gui_scripts")
    }
