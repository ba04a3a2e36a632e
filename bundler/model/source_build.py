"""``[packages.source.NAME]``. All of it is an input of the lock, since a package's dependencies may come out of its build."""

from __future__ import annotations

import dataclasses
import re
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, StrictBool

from bundler.model.codec import KEBAB
from bundler.model.fields import described as _field
from bundler.model.recipe_texts import RequirementText

RECIPE_FOLDER = "{recipe}"
"""What stands for the recipe's folder in a variable's value."""
FOLDER_LISTS = frozenset({"PATH", "INCLUDE", "LIB", "LIBPATH"})
"""Variables that list folders: what a recipe says comes before what is there, the compiler's own."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIXED = re.compile(
    "SOURCE_DATE_EPOCH|HOME|USERPROFILE|TMPDIR|TMP|TEMP|VIRTUAL_ENV|LANG|LC_ALL|TZ|PIP_.*"
    "|PYTHON(?:PATH|HOME|STARTUP|HASHSEED|NOUSERSITE|UTF8|DONTWRITEBYTECODE)"
    "|SYSTEMROOT|SYSTEMDRIVE|COMSPEC|PATHEXT|DISTUTILS_USE_SDK|MSSDK|VSCMD_ARG_TGT_ARCH",
    re.IGNORECASE,
)
"""What isolation and reproducible builds depend on."""


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError(f"{name!r} is not a valid name of an environment variable")
    if _FIXED.fullmatch(name):
        raise ValueError(f"{name} is set by the isolation of builds and can't be changed")
    return name


def _value(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character")
    return text


def _setting(value: object) -> object:
    return [value] if isinstance(value, str) else value


VariableName = Annotated[str, AfterValidator(_variable)]
VariableValue = Annotated[str, AfterValidator(_value)]
Setting = Annotated[tuple[str, ...], BeforeValidator(_setting, json_schema_input_type=str | tuple[str, ...])]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SourceTable:
    """How one package is built where it comes from source."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    network: StrictBool = _field("true lets its build reach the network, which its sandbox hasn't", default=False)
    environment: dict[VariableName, VariableValue] = _field(
        "variables of its build; {recipe} is the recipe's folder. What PATH, INCLUDE, LIB and LIBPATH have comes before what is there",
        {},
    )
    config_settings: dict[str, Setting] = _field(
        "settings for its build backend (PEP 517), each a string or a list of them", {}
    )
    build_constraints: tuple[RequirementText, ...] = _field(
        "versions that are allowed where its build asks for a package, besides packages.build-constraints", ()
    )
    build_requires: tuple[RequirementText, ...] = _field("what its build needs besides what it asks for itself", ())

    @property
    def uses_recipe_folder(self) -> bool:
        """Whether files beside the recipe take part in its build."""
        return any(RECIPE_FOLDER in each for each in self.environment.values())

    def said(self) -> dict[str, Any]:
        """What it says, as values of JSON; keys that say nothing are left out, but for the first one that there was."""
        values = dataclasses.asdict(self)
        return {key: value for key, value in values.items() if value or key == "network"}

    def backend_settings(self) -> dict[str, str | list[str]]:
        """``config_settings`` as backends get them: one value as a string, several as a list (as pip does)."""
        return {key: each[0] if len(each) == 1 else list(each) for key, each in self.config_settings.items()}


def same_variables(table: SourceTable) -> tuple[str, ...]:
    """Names of variables that are another's on Windows, which knows no upper and lower case."""
    seen: dict[str, str] = {}
    return tuple(name for name in table.environment if seen.setdefault(name.upper(), name) != name)
