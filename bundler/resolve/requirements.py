"""Requirements files (pip's grammar) and pylock.toml files (PEP 751): what they ask for, every fault at once."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from bundler.errors import Fault, InputError, quoted, reason_of
from bundler.foreign import UndecodableTextError, local_path, read_requirement, read_text, without_credentials
from bundler.model.artifact import SHA256
from bundler.model.vcs import is_vcs, read_vcs
from bundler.resolve.request import ALL, IndexRoute, LocalProject, RequirementsFile, Wanted
from bundler.resolve.requirements_lines import logical_lines, options_of, unquoted
from bundler.resolve.unnamed import ARCHIVES, address_of, is_address, is_path, name_in, without_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.resolve.lock_selection import LockSelection

_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_OPTION = re.compile(r"(-[a-zA-Z]|--[a-z-]+)(?:\s*=\s*|\s+|(?<=^-[a-zA-Z])(?=\S)|$)(.*)", re.DOTALL)
_HASH = re.compile(r"\s--hash(?:=|\s+)(\S+)")
_NO_MEANING = {
    "--find-links": "name an index instead: [packages] indexes (a folder of wheels can be one: file:///…)",
    "-f": "name an index instead: [packages] indexes (a folder of wheels can be one: file:///…)",
    "--no-index": "name the index in the recipe: [packages] indexes",
    "--trusted-host": "a host without a valid certificate isn't trusted; give its certificate authority to pip's `cert` setting",
    "--no-binary": "name the packages in the recipe: [packages] build, or for all of them sdists",
    "--config-settings": "builds have no settings from requirements files",
    "--global-option": "builds have no settings from requirements files",
}
_NAMED_BY_PIP = "pip's setting build-constraint names it (PIP_BUILD_CONSTRAINT, or pip's configuration), relative to the current folder"
_MOST_FILES = 100
_IGNORED = frozenset({"--prefer-binary", "--use-feature"})


def read_requirements(
    path: Path,
    environment: Mapping[str, str] | None = None,
    *,
    selection: LockSelection | None = None,
    constraints: bool = False,
) -> RequirementsFile:
    """Read a requirements file, or a lock when its name is one of PEP 751 (``pylock.toml``, ``pylock.NAME.toml``).

    ``${NAME}`` is filled in from ``environment`` (None: this process's), as pip does; an unset one is a fault. Of a lock, ``selection``,
    which it needs, says what is taken. ``constraints``: it is a file of constraints. Raises InputError (``requirements-unreadable``, ``requirements-invalid``, ``lock-not-for-target``)
    with every fault.
    """
    if re.fullmatch(r"pylock\.(?:[^.]+\.)?toml", path.name):
        from bundler.resolve.pylock_file import read_pylock  # late: most recipes have none

        if selection is None:
            raise ValueError(f"{path} is a lock, and nobody said for which target")
        return read_pylock(path, selection)
    reader = _Reader(os.environ if environment is None else environment)
    reader.read(path, constraints=constraints)
    if found := reader.all_faults:
        faults = tuple(Fault(each.where, without_credentials(each.message)) for each in found)
        raise InputError("requirements-invalid", f"{path} can't be used", faults=faults)
    return reader.result()


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._seen: set[tuple[Path, bool]] = set()
        self._wanted: list[Wanted] = []
        self._constraints: list[Wanted] = []
        self._projects: list[LocalProject] = []
        self._index: IndexRoute | None = None
        self._extra_indexes: list[Wanted] = []
        self._hashes: dict[str, frozenset[str]] = {}
        self._unhashed: list[Fault] = []
        self._must_hash = False
        self._prereleases = False
        self._sdists: Literal["fallback", "never"] = "fallback"
        self.faults: list[Fault] = []

    def result(self) -> RequirementsFile:
        return RequirementsFile(
            wanted=tuple(self._wanted),
            constraints=tuple(self._constraints),
            projects=tuple(self._projects),
            indexes=(self._index,) if self._index else (),
            extra_indexes=tuple(self._extra_indexes),
            hashes=dict(self._hashes),
            prereleases=frozenset({ALL} if self._prereleases else ()),
            sdists=self._sdists,
        )

    def read(self, path: Path, *, constraints: bool, where: str = "") -> None:
        path = Path(os.path.normpath(path.absolute()))
        if (path, constraints) in self._seen:
            return
        self._seen.add((path, constraints))
        try:
            text = read_text(path, coding_line=True)
            if "\0" in text:
                raise ValueError("it holds a NUL character, and isn't a text")  # noqa: TRY301 - said like the others
            if len(self._seen) > _MOST_FILES:
                raise ValueError(f"it is one of more than {_MOST_FILES} files that name each other")  # noqa: TRY301
        except (OSError, ValueError) as error:
            words = reason_of(error)
            if isinstance(error, UndecodableTextError):
                words += "; save it as UTF-8, or name its encoding in the first line: # -*- coding: … -*-"
            if not where:
                raise InputError(
                    "requirements-unreadable",
                    f"{path} can't be read: {words}",
                    hint=(_NAMED_BY_PIP if constraints else "its path is relative to the recipe")
                    if isinstance(error, OSError)
                    else "",
                ) from None
            self.faults.append(Fault(where, f"{path} can't be read: {words}"))
            return
        for number, line in logical_lines(text):
            where = f"{path.name}:{number}"
            missing = [name for name in _VARIABLE.findall(line) if name not in self._environment]
            self.faults += [Fault(where, f"the environment variable {name} is not set") for name in missing]
            line = _VARIABLE.sub(lambda found: self._environment.get(found[1], ""), line)  # noqa: PLW2901
            if missing:
                continue
            if line.startswith("-"):
                for each in options_of(line):
                    self._option(each, path.parent, where, constraints=constraints)
            else:
                self._requirement(line, path.parent, where, constraints=constraints)

    @property
    def all_faults(self) -> list[Fault]:
        """Known once all is read: a hash anywhere means that everything must have one."""
        return [*self.faults, *(dict.fromkeys(self._unhashed) if self._hashes or self._must_hash else ())]

    def _option(self, line: str, folder: Path, where: str, *, constraints: bool) -> None:
        found = _OPTION.fullmatch(line)
        name, value = (found[1], unquoted(found[2])) if found else (line, "")
        if name in ("-r", "--requirement", "-c", "--constraint"):
            if re.match(r"[a-z]+://", value):
                self.faults.append(Fault(where, f"{value}: a file on a server isn't read; keep it beside this one"))
            else:
                self.read(folder / value, constraints=constraints or name in ("-c", "--constraint"), where=where)
        elif name in ("-i", "--index-url", "--pypi-url"):
            self._index = IndexRoute(value)
        elif name == "--extra-index-url":
            self._extra_indexes.append(Wanted(value, where))
        elif name in ("-e", "--editable") and constraints:
            self.faults.append(Fault(where, f"-e {value}: a constraint names versions, and is never editable"))
        elif name in ("-e", "--editable"):
            self._editable(value, folder, where)
        elif name == "--pre":
            self._prereleases = True
        elif name == "--only-binary" and value == ":all:":
            self._sdists = "never"
        elif name == "--require-hashes":
            self._must_hash = True
        elif name in _NO_MEANING:
            self.faults.append(Fault(where, f"{name} isn't taken; {_NO_MEANING[name]}"))
        elif name not in _IGNORED:
            self.faults.append(Fault(where, f"{quoted(line)} is an unknown or unsupported option"))

    def _editable(self, value: str, folder: Path, where: str) -> None:
        """A bundle holds wheels only: an editable project is built like any other."""
        if is_vcs(value):
            self._repository(value, where)
        elif not self._project(value, folder, where):
            self.faults.append(Fault(where, f"-e {value}: it is not a project's folder"))

    def _repository(self, value: str, where: str) -> None:
        try:
            read_vcs(value)
        except ValueError as error:
            self.faults.append(Fault(where, f"-e {value}: {error}"))
            return
        name = name_in(value)
        if name is None:
            words = f"it doesn't say which package it is; write NAME @ {value}, or #egg=NAME at its end"
            self.faults.append(Fault(where, f"-e {value}: {words}"))
        else:
            self._wanted.append(Wanted(f"{name} @ {value}", where))

    def _requirement(self, line: str, folder: Path, where: str, *, constraints: bool) -> None:
        digests = _HASH.findall(" " + line)
        line = _HASH.sub("", " " + line).strip()
        option = re.search(r"\s(--[a-z-]+)", line)
        if option is not None:
            words = _NO_MEANING.get(option[1], "it isn't known here")
            self.faults.append(Fault(where, f"{option[1]} isn't taken; {words}"))
            return
        try:
            parsed = read_requirement(line)
            if parsed.name.endswith(ARCHIVES) and parsed.url is None:
                raise InvalidRequirement("it is the name of a file")  # noqa: TRY301 - said like the others
        except InvalidRequirement as error:
            problem = str(error).splitlines()[0]
            if constraints:
                self.faults.append(Fault(where, f"{quoted(line)} is not a valid requirement: {problem}"))
            else:
                self._path_or_address(line, digests, folder, where, problem)
            return
        (self._constraints if constraints else self._wanted).append(Wanted(line, where))
        self._hash(canonicalize_name(parsed.name), digests, where, constraints=constraints)

    def _hash(self, name: str, digests: list[str], where: str, *, constraints: bool) -> None:
        if not digests:
            if not constraints:
                self._unhashed.append(Fault(where, f"{name} has no --hash, though others have one: then all must"))
            return
        allowed = {each.removeprefix("sha256:").lower() for each in digests if each.startswith("sha256:")}
        for each in allowed:
            if not SHA256.fullmatch(each):
                self.faults.append(Fault(where, f"{name}: sha256:{each} is not a valid sha256"))
        if not allowed:
            self.faults.append(Fault(where, f"{name}: its --hash must be sha256"))
        known = self._hashes.get(name)
        self._hashes[name] = frozenset(allowed) if known is None else known & frozenset(allowed)

    def _path_or_address(self, line: str, digests: list[str], folder: Path, where: str, problem: str) -> None:
        if not (is_address(line) or is_path(line)):
            self.faults.append(Fault(where, f"{quoted(line)} is not a valid requirement: {problem}"))
            return
        if self._project(line, folder, where):
            return
        body, _, marker = line.partition(" ;")
        address, extras = address_of(body.strip(), folder)
        name = name_in(address)
        if name is None:
            self.faults.append(Fault(where, f"{quoted(line)} {without_name(body.strip(), address)}"))
            return
        said = f"{name}{extras} @ {address}" + (f" ; {marker.strip()}" if marker else "")
        try:
            parsed = read_requirement(said)
        except InvalidRequirement:  # what it would be is nothing that somebody wrote: the words are about the line
            self.faults.append(Fault(where, f"{quoted(line)} is not a valid requirement: {problem}"))
            return
        self._wanted.append(Wanted(said, where))
        self._hash(canonicalize_name(parsed.name), digests, where, constraints=False)

    def _project(self, value: str, folder: Path, where: str) -> bool:
        found = re.fullmatch(r"(.+?)(?:\[([A-Za-z0-9._, -]*)\])?", value)
        text = found[1] if found else value
        if text.startswith("file:"):
            try:
                text = local_path(text.partition("#")[0])
            except ValueError:
                return False
        path = Path(os.path.normpath(folder.absolute() / text))
        if not os.path.isdir(path):  # noqa: PTH112 - a name that no disk can have is no folder, and no error
            return False
        if not any((path / each).is_file() for each in ("pyproject.toml", "setup.py", "setup.cfg")):
            self.faults.append(Fault(where, f"{path} holds no pyproject.toml and no setup.py"))
            return True
        extras = (
            (canonicalize_name(each.strip()) for each in (found[2] or "").split(",") if each.strip()) if found else ()
        )
        self._projects.append(LocalProject(path, tuple(extras)))
        return True
