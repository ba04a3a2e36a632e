"""The reports, as ``cases.toml`` has them: what each needs on an index and on a disk, and what is right."""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from bundler.model.codec import KEBAB, decode

FILE = Path(__file__).with_name("cases.toml")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """A wheel or an sdist, made for the case. ``needs`` are its requirements, ``python`` its Requires-Python, ``files`` what it consists of.

    ``here``: it lies beside the recipe and not on the index. ``setuptools``: an old sdist, with a setup.py alone. ``tag``: of the wheel that an sdist becomes. ``record``: as ``make_wheel`` has it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: str
    needs: tuple[str, ...] = ()
    python: str | None = None
    files: dict[str, str] | None = None
    here: bool = False
    setuptools: bool = False
    tag: str = "py3-none-any"
    needs_on: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    record: Literal["right", "missing", "wrong", "incomplete"] = "right"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TextFile:
    """A text file beside the recipe; in ``text`` and elsewhere ``{index}`` is the index's address, ``{folder}`` the recipe's folder."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: str
    text: str
    encoding: str = "utf-8"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A project's folder beside the recipe: ``needs`` as for packages, ``tables`` are added to its pyproject.toml."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    folder: str
    needs: tuple[str, ...] = ()
    tables: str = ""
    files: dict[str, str] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Right:
    """What must come of it. ``locked``: name==version of all, ``files``: some of their files, ``seeds``: of what makes environments; ``wheels``:
    some of the bundle's. Or ``error``, its reference. ``says``: words of the error or of warnings, ``warns``: references."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    locked: str | None = None
    files: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    wheels: tuple[str, ...] = ()
    error: str | None = None
    says: tuple[str, ...] = ()
    warns: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """``source``: its address. ``saw``: what its author saw there. ``packages``: further lines of the recipe's [packages]."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    source: str
    saw: str
    right: Right
    command: Literal["lock", "build"] = "lock"
    python: str = "3.11.9"
    platform: str = "win_amd64"
    target: str = ""
    environment: str = "C:\\Envs\\Example"
    requirements: tuple[str, ...] = ()
    packages: str = ""
    published: tuple[Published, ...] = ()
    text: tuple[TextFile, ...] = ()
    project: tuple[Project, ...] = ()
    variables: dict[str, str] = dataclasses.field(default_factory=dict)
    index_by_option: bool = True

    @property
    def builds(self) -> bool:
        """Whether something is, or may be, built from source, which takes seconds."""
        return bool(self.project) or any(each.name.endswith(".tar.gz") for each in self.published)

    @property
    def name(self) -> str:
        """``pip#4304``."""
        found = re.fullmatch(r"https://github\.com/[^/]+/([^/]+)/(?:issues|pull)/([0-9]+)", self.source)
        assert found, self.source
        return f"{found[1]}#{found[2]}"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Reports:
    report: tuple[Report, ...]


@functools.cache
def reports() -> tuple[Report, ...]:
    """All of them."""
    told: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return decode(_Reports, told).report
