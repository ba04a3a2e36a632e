"""What conda's environment.yml, and a ``pip freeze`` in one of its environments, say that a recipe can begin with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement
from packaging.specifiers import InvalidSpecifier
from packaging.utils import InvalidWheelFilename

from bundler.errors import Fault
from bundler.foreign import read_requirement, read_specifiers, read_text, read_wheel_name
from bundler.pipeline.conda_names import NOT_FROM_AN_INDEX, ON_AN_INDEX
from bundler.pipeline.recipe_origins import ToolsFile, text_of, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONDA = (".yml", ".yaml")
_BUILT_BY_CONDA = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*@\s*file:(\S+)")


def read_conda(path: Path) -> ToolsFile:
    """Conda's environment.yml, as far as it names packages that an index may have too. Raises InputError (``origin-unreadable``)."""
    text = text_of(path)
    requirements, left_out, name = [], [], ""
    for number, line, of_pip in _conda_lines(text):
        where = f"{path.name}:{number}"
        if line.startswith("name:"):
            name = line.removeprefix("name:").strip()
            continue
        found = _pip_line(line) if of_pip else _conda_requirement(line)
        if isinstance(found, Fault):
            left_out.append(Fault(where, found.message))
        else:
            requirements.append(found)
    if not requirements:
        raise unreadable(path, "it names no package that an index may have under `dependencies:`")
    return ToolsFile(name=name, requirements=tuple(requirements), left_out=tuple(left_out))


def _conda_lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """Entries of ``dependencies:``, each on a line of its own as conda writes it, and whether pip installs it; the line ``name:`` too."""
    inside, pip_at = False, -1
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.sub(r"(^|\s)#.*", "", raw).rstrip()
        if not line.strip():
            continue
        depth = len(line) - len(line.lstrip())
        if depth == 0 and not line.startswith("-"):
            inside, pip_at = line.startswith("dependencies:"), -1
            if line.startswith("name:"):
                yield number, line, False
            continue
        entry = re.fullmatch(r"\s*-\s+(.+)", line)
        if not inside or entry is None:
            continue
        value = entry[1].strip()
        if value[0] in "'\"" and value[-1] == value[0]:
            value = value[1:-1]
        if value == "pip:":
            pip_at = depth
        else:
            yield number, value, 0 <= pip_at < depth


def _conda_requirement(spec: str) -> str | Fault:
    """A package of conda as a requirement; a Fault: why there is none."""
    found = re.fullmatch(r"(?:[^:\s]+::)?([A-Za-z0-9][A-Za-z0-9_.-]*)\s*(?:\[.*\])?\s*(.*)", spec)
    if found is None:
        return Fault("", f"{spec!r} can't be read")
    name, version = found[1].lower(), found[2].strip()
    if name in NOT_FROM_AN_INDEX or name.startswith(("lib", "_", "msys2-", "vs20", "m2w64-")):
        return Fault("", f"{spec}: {NOT_FROM_AN_INDEX.get(name, 'no package of an index')}")
    exact = re.fullmatch(r"==?([^=\s]+)(=[^=\s]+)?", version)
    if exact is not None:
        whole = version.startswith("==") or exact[2] or exact[1].endswith("*")
        version = "==" + exact[1] + ("" if whole else ".*")
    elif re.match(r"\d", version):
        version = "==" + version.split()[0]
    try:
        read_specifiers(version)
    except InvalidSpecifier:
        return Fault("", f"{spec}: its version can't be said as a requirement")
    return ON_AN_INDEX.get(name, name) + version


def _pip_line(line: str) -> str | Fault:
    try:
        read_requirement(line)
    except InvalidRequirement:
        return Fault("", f"{line}: not a requirement by itself; put it into a requirements file")
    return line


def frozen_by_conda(path: Path) -> ToolsFile | None:
    """A ``pip freeze`` with packages that conda built in folders of its own makers (``numpy @ file:///croot/…``); None: it is no such file."""
    try:
        text = read_text(path, coding_line=True)
    except (OSError, ValueError):
        return None  # whoever reads it as a requirements file says what is wrong
    if not any(map(_of_conda, text.splitlines())):
        return None
    requirements, left_out = [], []
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.sub(r"(^|\s)#.*", "", raw).strip()
        where = f"{path.name}:{number}"
        built = _of_conda(line)
        if built is not None:
            name, version = built
            requirements.append(f"{name}=={version}" if version else name)
            if not version:
                left_out.append(Fault(where, f"the version of {name}, which conda's address doesn't say"))
        elif line:
            found = _pip_line(line)
            if isinstance(found, Fault):
                left_out.append(Fault(where, found.message))
            else:
                requirements.append(found)
    return ToolsFile(requirements=tuple(requirements), left_out=tuple(left_out))


def _of_conda(line: str) -> tuple[str, str] | None:
    """Name and version (empty: not said) of a package that was built elsewhere; None: the line is another one."""
    found = _BUILT_BY_CONDA.match(line.strip())
    if found is None or not re.search(r"croot|/work\b|conda|/abs_|/b/|recipes", found[2]):
        return None
    filename = found[2].partition("#")[0].rpartition("/")[2]
    try:
        return found[1], str(read_wheel_name(filename)[1])
    except InvalidWheelFilename:
        return found[1], ""
