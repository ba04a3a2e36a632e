"""Where packages come from according to the tables that uv, Poetry, PDM, pixi and Rye write beside ``[project]``: each table as a list of statements."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from typing import TYPE_CHECKING, Any

from packaging.dependency_groups import resolve_dependency_groups
from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from bundler.foreign import LONGEST, read_requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

_VCS = ("git", "hg", "svn", "bzr")
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
class StatedIndex:
    """An index of a tool's table. ``explicit``: only what names it comes from there; ``packages``: patterns of names that come from there only.

    ``default``: it takes the place of the tool's own default index.
    """

    name: str
    url: str
    where: str
    explicit: bool = False
    default: bool = False
    packages: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """Folders (globs, relative to the project that has the table) whose projects belong together."""

    where: str
    members: tuple[str, ...]
    exclude: tuple[str, ...] = ()


def stated_sources(table: Mapping[str, Any], groups: Collection[str] = ()) -> Iterator[Stated]:
    """What a ``pyproject.toml`` says of single packages; ``groups``: the dependency groups (normalized) that are installed."""
    tool = _table(table.get("tool"))
    places = (("uv", "sources"), ("poetry", "dependencies"), ("pixi", "pypi-dependencies"))
    for name, key in places:
        for package, value in _table(_table(tool.get(name)).get(key)).items():
            yield from _entries(package, value, f"tool.{name}.{key}.{package}", groups)


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


def stated_indexes(table: Mapping[str, Any]) -> Iterator[StatedIndex]:
    """The indexes that a ``pyproject.toml`` names."""
    tool = _table(table.get("tool"))
    uv = _table(tool.get("uv"))
    yield from uv_indexes(uv, "tool.uv")
    for number, each in enumerate(_list(_table(tool.get("poetry")).get("source"))):
        name, url, where = each.get("name"), each.get("url"), f"tool.poetry.source[{number}]"
        # Poetry knows the public index by its name and takes no address for it
        if isinstance(url, str) and url:
            priority = each.get("priority")
            yield StatedIndex(
                name=str(name),
                url=url,
                where=where,
                explicit=priority == "explicit",
                default=priority in (None, "default", "primary"),
            )
    for number, each in enumerate(_list(_table(tool.get("pdm")).get("source"))):
        if isinstance(each.get("url"), str) and each["url"]:
            patterns = tuple(text for text in _texts(each.get("include_packages")) if text != "*")
            yield StatedIndex(
                name=str(each.get("name", "")),
                url=each["url"],
                where=f"tool.pdm.source[{number}]",
                packages=patterns,
                default=each.get("name") == "pypi",
            )
    for number, each in enumerate(_list(_table(tool.get("rye")).get("sources"))):
        if isinstance(each.get("url"), str) and each["url"]:
            yield StatedIndex(
                name=str(each.get("name", "")),
                url=each["url"],
                where=f"tool.rye.sources[{number}]",
                default=each.get("name") == "default",
            )


def uv_indexes(uv: Mapping[str, Any], where: str) -> Iterator[StatedIndex]:
    """Those of uv's own table, which may stand in a ``uv.toml`` too."""
    for number, each in enumerate(_list(uv.get("index"))):
        if isinstance(each.get("url"), str) and each["url"]:
            yield StatedIndex(
                name=str(each.get("name", "")),
                url=each["url"],
                where=f"{where}.index[{number}]".lstrip("."),
                explicit=each.get("explicit") is True,
                default=each.get("default") is True,
            )
    old = [("index-url", each) for each in _texts(uv.get("index-url"))]
    old += [("extra-index-url", each) for each in _texts(uv.get("extra-index-url"))]
    for key, url in old:
        yield StatedIndex(name="", url=url, where=f"{where}.{key}".lstrip("."), default=key == "index-url")


def stated_workspace(table: Mapping[str, Any]) -> Workspace | None:
    """The workspace whose root this ``pyproject.toml`` is."""
    tool = _table(table.get("tool"))
    uv = _table(_table(tool.get("uv")).get("workspace"))
    if uv:
        return Workspace(
            where="tool.uv.workspace", members=_texts(uv.get("members")), exclude=_texts(uv.get("exclude"))
        )
    rye = _table(tool.get("rye")).get("workspace")
    if isinstance(rye, dict):
        return Workspace(where="tool.rye.workspace", members=_texts(rye.get("members")) or ("*", "*/*"))
    return None


def stated_name(table: Mapping[str, Any]) -> str:
    """What a project calls itself, normalized; empty: it doesn't say so here."""
    for each in (table.get("project"), _table(table.get("tool")).get("poetry")):
        name = _table(each).get("name")
        if isinstance(name, str) and name:
            return canonicalize_name(name)
    return ""


def stated_dependencies(table: Mapping[str, Any], counts: Callable[[tuple[str, ...]], bool]) -> tuple[str, ...]:
    """The packages that a project depends on by its own tables, extras left out; ``counts`` says whether markers hold."""
    found = []
    for text in _texts(_table(table.get("project")).get("dependencies")):
        try:
            parsed = read_requirement(text)
        except InvalidRequirement:
            continue
        if parsed.marker is None or counts((str(parsed.marker),)):
            found.append(canonicalize_name(parsed.name))
    poetry = _table(_table(_table(table.get("tool")).get("poetry")).get("dependencies"))
    found += [canonicalize_name(name) for name, each in poetry.items() if _table(each).get("optional") is not True]
    return tuple(dict.fromkeys(found))


def group_texts(table: Mapping[str, Any], groups: Collection[str]) -> tuple[str, ...]:
    """The requirements of dependency groups (PEP 735), those that they include among them. Raises ValueError (all faults of one) and LookupError."""
    given = _table(table.get("dependency-groups"))
    for text in (text for texts in given.values() for text in _texts(texts)):
        if len(text) > LONGEST:
            raise ValueError(f"a requirement in it has {len(text)} characters, and at most {LONGEST} are read")
    try:
        return resolve_dependency_groups(given, *groups) if groups else ()
    except* (ValueError, TypeError, LookupError, RecursionError) as faults:
        texts = dict.fromkeys(_words(faults))
        raise ValueError("; ".join(texts)) from None


def _words(error: BaseException) -> Iterator[str]:
    """The faults of a group, one by one."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _words(each)
    else:
        yield ": ".join(each.strip() for each in str(error).splitlines()[:2]) or type(error).__name__


def stated_names(table: Mapping[str, Any], groups: Collection[str] = ()) -> frozenset[str] | None:
    """All that a project may depend on, with any extra and with these groups; None: it isn't written down."""
    project = _table(table.get("project"))
    poetry = _table(_table(_table(table.get("tool")).get("poetry")).get("dependencies"))
    pixi = _table(_table(_table(table.get("tool")).get("pixi")).get("pypi-dependencies"))
    computed = {"dependencies", "optional-dependencies"} & set(_texts(project.get("dynamic")))
    if computed or not (project or poetry):
        return None
    lists = [project.get("dependencies"), *_table(project.get("optional-dependencies")).values()]
    with contextlib.suppress(ValueError):  # whoever takes them says what is wrong
        lists.append(list(group_texts(table, groups)))
    found = {canonicalize_name(name) for name in (*poetry, *pixi)}
    for text in (each for texts in lists for each in _texts(texts)):
        try:
            found.add(canonicalize_name(read_requirement(text).name))
        except InvalidRequirement:
            return None
    return frozenset(found)


def references(table: Mapping[str, Any]) -> list[str]:
    """The project's dependencies with an address, those of its extras too."""
    project = _table(table.get("project"))
    extras = _table(project.get("optional-dependencies"))
    lists = [project.get("dependencies"), *extras.values()]
    return [each for texts in lists if isinstance(texts, list) for each in _texts(texts) if "@" in each]


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
