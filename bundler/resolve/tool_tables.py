"""Where packages come from according to the tables that uv, Poetry, PDM, pixi, hatch and Rye write beside ``[project]``: each table as a list of
statements. Their indexes are another module's.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
from typing import TYPE_CHECKING, Any

from packaging.dependency_groups import resolve_dependency_groups
from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from bundler.foreign import LONGEST, read_requirement
from bundler.formats.pyproject_file import table_in, tables_in, texts_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

_VCS = ("git", "hg", "svn", "bzr")
_CONDA_SYSTEMS = {"win": "== 'win32'", "linux": "== 'linux'", "osx": "== 'darwin'", "unix": "!= 'win32'"}
_EXTRAS = re.compile(r"^(\s*[A-Za-z0-9._-]+)\s*\[[^\]]*\]")
_MOST_IN_GROUPS = 100_000
_SOURCES = frozenset({*_VCS, "workspace", "path", "file", "url", "index", "source"})


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """What one table says of one package (``name``, normalized): exactly one of ``path``, ``url``, ``index`` (a name), ``workspace`` and
    ``unsupported`` (why it can't be taken) is set. ``where`` is the table's key path; ``markers`` all have to hold.
    """

    name: str
    where: str
    path: str = ""
    url: str = ""
    index: str = ""
    workspace: bool = False
    unsupported: str = ""
    markers: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """Folders (globs, relative to the project that has the table) whose projects belong together."""

    where: str
    members: tuple[str, ...]
    exclude: tuple[str, ...] = ()


def stated_sources(table: Mapping[str, Any], groups: Collection[str] = ()) -> Iterator[Stated]:
    """What a ``pyproject.toml`` says of single packages; ``groups``: the dependency groups (normalized) that are installed."""
    tool = table_in(table.get("tool"))
    places = (("uv", "sources"), ("poetry", "dependencies"), ("pixi", "pypi-dependencies"))
    for name, key in places:
        for package, value in table_in(table_in(tool.get(name)).get(key)).items():
            yield from _entries(package, value, f"tool.{name}.{key}.{package}", groups)
    for platform, names in _pixi_targets(table):
        for package, value in names.items():
            for each in _entries(package, value, f"tool.pixi.target.{platform}.pypi-dependencies.{package}", groups):
                yield dataclasses.replace(each, markers=(*each.markers, *_conda_marker(platform)))


def _pixi_targets(table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What pixi has for single platforms, by their names of conda."""
    for platform, target in table_in(table_in(table_in(table.get("tool")).get("pixi")).get("target")).items():
        yield platform, table_in(table_in(target).get("pypi-dependencies"))


def _conda_marker(platform: str) -> Iterator[str]:
    """``win-64`` as markers; a platform that isn't known may be the target."""
    system, _, machine = platform.partition("-")
    comparison = _CONDA_SYSTEMS.get(system)
    if comparison is not None:
        yield f"sys_platform {comparison}"
    if system == "win" and machine in ("64", "arm64"):
        yield f"platform_machine == {'ARM64' if machine == 'arm64' else 'AMD64'!r}"


def stated_constraints(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What uv and PDM hold all packages to, as constraints, each with its table. An override may only narrow here: nothing is installed that
    what needs it doesn't allow.
    """
    tool = table_in(table.get("tool"))
    for key in ("constraint-dependencies", "override-dependencies"):
        for text in texts_in(table_in(tool.get("uv")).get(key)):
            yield _EXTRAS.sub(r"\1", text), f"tool.uv.{key}"
    where = "tool.pdm.resolution.overrides"
    for name, text in table_in(table_in(table_in(tool.get("pdm")).get("resolution")).get("overrides")).items():
        if isinstance(text, str) and text.strip("* "):
            joint = " @ " if "://" in text else " " if text[:1] in "<>=!~" else "=="
            yield f"{name}{joint}{text}", f"{where}.{name}"


def _entries(name: str, value: object, where: str, groups: Collection[str]) -> Iterator[Stated]:
    several = isinstance(value, list)
    for number, each in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(each, dict):
            found = _entry(canonicalize_name(name), each, f"{where}[{number}]" if several else where, groups)
            if found is not None:
                yield found


def _entry(name: str, entry: Mapping[str, Any], where: str, groups: Collection[str]) -> Stated | None:
    """None: it says of its versions only, or of a group that isn't installed."""
    group = entry.get("group")
    if not _SOURCES & entry.keys() or ("group" in entry and canonicalize_name(str(group)) not in groups):
        return None
    markers = [entry[key] for key in ("marker", "markers") if isinstance(entry.get(key), str)]
    if isinstance(entry.get("platform"), str):
        markers.append(f"sys_platform == {entry['platform']!r}")
    found = Stated(name=name, where=where, markers=tuple(markers))
    path, url = _text(entry, "path", "file"), _text(entry, "url")
    if "git" in entry:
        return dataclasses.replace(found, url=repository_address(entry))
    if any(key in entry for key in _VCS):
        return dataclasses.replace(found, unsupported="from version control other than git")
    if "subdirectory" in entry:
        return dataclasses.replace(found, unsupported="from a subdirectory of something")
    if path or url or entry.get("workspace") is True:
        return dataclasses.replace(found, path=path, url="" if path else url, workspace=not (path or url))
    index = _text(entry, "index", "source")
    return dataclasses.replace(found, index=index, unsupported="" if index else "from somewhere that can't be read")


def repository_address(entry: Mapping[str, Any]) -> str:
    """The address of a repository as a requirement has it; whoever takes it says what is wrong with it."""
    url = _text(entry, "git")
    scp = re.fullmatch(r"([\w.-]+@)([\w.-]+):(?!//)(\S+)", url)
    if scp is not None:
        url = f"ssh://{scp[1]}{scp[2]}/{scp[3].lstrip('/')}"
    revision, subdirectory = _text(entry, "rev", "tag", "branch", "ref"), _text(entry, "subdirectory")
    return (
        f"git+{url}" + (f"@{revision}" if revision else "") + (f"#subdirectory={subdirectory}" if subdirectory else "")
    )


def _text(entry: Mapping[str, Any], *keys: str) -> str:
    return next((value for key in keys if isinstance(value := entry.get(key), str) and value), "")


def stated_workspace(table: Mapping[str, Any]) -> Workspace | None:
    """The workspace whose root this ``pyproject.toml`` is."""
    tool = table_in(table.get("tool"))
    uv = table_in(table_in(tool.get("uv")).get("workspace"))
    if uv:
        return Workspace(
            where="tool.uv.workspace", members=texts_in(uv.get("members")), exclude=texts_in(uv.get("exclude"))
        )
    hatch = [table_in(each).get("workspace") for each in table_in(table_in(tool.get("hatch")).get("envs")).values()]
    lists = [each.get("members") for each in tables_in(hatch)]
    members = [*texts_in([text for texts in lists for text in texts_in(texts)])]
    members += [str(each.get("path", "")) for texts in lists for each in tables_in(texts)]
    if members:
        exclude = [text for each in tables_in(hatch) for text in texts_in(each.get("exclude"))]
        return Workspace(where="tool.hatch.envs", members=tuple(filter(None, members)), exclude=tuple(exclude))
    rye = table_in(tool.get("rye")).get("workspace")
    if isinstance(rye, dict):
        return Workspace(where="tool.rye.workspace", members=texts_in(rye.get("members")) or ("*", "*/*"))
    return None


def stated_name(table: Mapping[str, Any]) -> str:
    """What a project calls itself, normalized; empty: it doesn't say so here."""
    for each in (table.get("project"), table_in(table.get("tool")).get("poetry")):
        name = table_in(each).get("name")
        if isinstance(name, str) and name:
            return canonicalize_name(name)
    return ""


def stated_dependencies(table: Mapping[str, Any], counts: Callable[[tuple[str, ...]], bool]) -> tuple[str, ...]:
    """The packages that a project depends on by its own tables, extras left out; ``counts`` says whether markers hold."""
    found = []
    for text in texts_in(table_in(table.get("project")).get("dependencies")):
        try:
            parsed = read_requirement(text)
        except InvalidRequirement:
            continue
        if parsed.marker is None or counts((str(parsed.marker),)):
            found.append(canonicalize_name(parsed.name))
    poetry = table_in(table_in(table_in(table.get("tool")).get("poetry")).get("dependencies"))
    found += [canonicalize_name(name) for name, each in poetry.items() if table_in(each).get("optional") is not True]
    return tuple(dict.fromkeys(found))


def group_texts(table: Mapping[str, Any], groups: Collection[str]) -> tuple[str, ...]:
    """The requirements of dependency groups (PEP 735), those that they include among them. Raises ValueError (all faults of one) and LookupError."""
    given = table_in(table.get("dependency-groups"))
    for text in (text for texts in given.values() for text in texts_in(texts)):
        if len(text) > LONGEST:
            raise ValueError(f"a requirement in it has {len(text)} characters, and at most {LONGEST} are read")
    try:
        if sum(map(_Lengths(given).of, groups)) > _MOST_IN_GROUPS:
            raise ValueError(f"with all that they include they have more than {_MOST_IN_GROUPS:,} requirements")  # noqa: TRY301
        return resolve_dependency_groups(given, *groups) if groups else ()
    except* (ValueError, TypeError, LookupError, RecursionError) as faults:
        texts = dict.fromkeys(_words(faults))
        raise ValueError("; ".join(texts)) from None


class _Lengths:
    """How many requirements each group has once what it includes is filled in: groups that include each other twice have twice as many each."""

    def __init__(self, groups: Mapping[str, Any]) -> None:
        self._groups = {canonicalize_name(name): lines for name, lines in groups.items()}
        self._known: dict[str, int] = {}

    def of(self, group: str) -> int:
        name = canonicalize_name(group)
        if name not in self._known:
            self._known[name] = 0  # a circle, which whoever fills them in finds
            lines = self._groups.get(name)
            for each in lines if isinstance(lines, list) else ():
                included = each.get("include-group") if isinstance(each, dict) else None
                self._known[name] += self.of(included) if isinstance(included, str) else 1
        return self._known[name]


def _words(error: BaseException) -> Iterator[str]:
    """The faults of a group, one by one."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _words(each)
    elif isinstance(error, RecursionError):
        yield "its groups include each other too deeply"
    else:
        yield ": ".join(each.strip() for each in str(error).splitlines()[:2]) or type(error).__name__


def stated_names(table: Mapping[str, Any], groups: Collection[str] = ()) -> frozenset[str] | None:
    """All that a project may depend on, with any extra and with these groups; None: it isn't written down."""
    project = table_in(table.get("project"))
    poetry = table_in(table_in(table_in(table.get("tool")).get("poetry")).get("dependencies"))
    pixi = {**table_in(table_in(table_in(table.get("tool")).get("pixi")).get("pypi-dependencies"))}
    for _, names in _pixi_targets(table):
        pixi |= names
    computed = {"dependencies", "optional-dependencies"} & set(texts_in(project.get("dynamic")))
    if computed or not (project or poetry):
        return None
    lists = [project.get("dependencies"), *table_in(project.get("optional-dependencies")).values()]
    with contextlib.suppress(ValueError):  # whoever takes them says what is wrong
        lists.append(list(group_texts(table, groups)))
    found = {canonicalize_name(name) for name in (*poetry, *pixi)}
    for text in (each for texts in lists for each in texts_in(texts)):
        try:
            found.add(canonicalize_name(read_requirement(text).name))
        except InvalidRequirement:
            return None
    return frozenset(found)


def references(table: Mapping[str, Any]) -> list[str]:
    """The project's dependencies with an address, those of its extras too."""
    project = table_in(table.get("project"))
    extras = table_in(project.get("optional-dependencies"))
    lists = [project.get("dependencies"), *extras.values()]
    return [each for texts in lists if isinstance(texts, list) for each in texts_in(texts) if "@" in each]
