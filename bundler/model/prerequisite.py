"""What isn't a package: the recipe's ``[[prerequisite]]`` and ``[[post-install]]``, and the same in the manifest."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict, StrictBool, StrictInt

from bundler.model.artifact import StoredFile
from bundler.model.codec import KEBAB, SNAKE
from bundler.model.fields import described

if TYPE_CHECKING:
    from collections.abc import Iterable


Kind = Literal["msi", "exe"]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DetectTable:
    """How the target is asked whether it is there: by a registry key (or a value of it), or by a file."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    registry: str | None = described("a registry key: HKLM\\SOFTWARE\\… or HKCU\\…", None)
    value: str | None = described("the value of that key that must be there; empty: the unnamed one", None)
    view: StrictInt | None = described(
        "64 or 32: which view of the registry; that of the target's bits if left out", None
    )
    file: str | None = described(
        "a file: an absolute path, or one that begins with %SystemRoot%, %ProgramFiles%, …", None
    )
    at_least: str | None = described("the lowest version that will do, of the value or of the file", None)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PrerequisiteTable:
    """A third-party installer, run on the target unless what it installs is there."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: str = described("its name for people")
    source: str = described("an address, a path or index:NAME==VERSION/FILENAME")
    sha256: str | None = described("of the file", None)
    kind: Kind = described("what the file is")
    arguments: tuple[str, ...] = described(
        "msi: properties, NAME=VALUE; exe: what makes it silent; {log} is a file for its log", ()
    )
    detect: DetectTable = described("what says that it is there already")
    exit_codes: tuple[StrictInt, ...] = described("codes that also mean success; 0, 1638, 1641 and 3010 are known", ())
    provides: tuple[str, ...] = described("DLLs that are there once it is installed; * stands for any letters", ())
    signer: str | None = described("whose Authenticode signature is expected", None)
    unsigned: StrictBool = described("true takes an unsigned installer", default=False)
    needs_admin: StrictBool = described("whether it needs administrator's rights", default=True)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PostInstallTable:
    """A command of the release that changes the machine: run once the release is in use."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    command: tuple[str, ...] = described("the command line; the first word is found in the release's Scripts")
    undo: tuple[str, ...] = described("the command line that takes back what the first one did", ())
    needs_admin: StrictBool = described("whether it needs administrator's rights", default=False)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DetectInfo:
    """Either ``registry`` or ``file``; ``view`` is 32 or 64 where it is the registry."""

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    registry: str | None
    value: str | None
    view: StrictInt | None
    file: str | None
    at_least: str | None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PrerequisiteInfo:
    """``file`` inside the bundle; ``signer``: the Authenticode subject seen on the build host, None: unsigned. Arguments may hold ``{...}``."""

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    name: str
    kind: Kind
    file: str
    source: str
    signer: str | None
    arguments: tuple[str, ...]
    detect: DetectInfo
    exit_codes: tuple[StrictInt, ...]
    provides: tuple[str, ...]
    needs_admin: StrictBool


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PostInstallInfo:
    """Words may hold ``{...}``; ``undo`` empty: nothing takes it back."""

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    command: tuple[str, ...]
    undo: tuple[str, ...]
    needs_admin: StrictBool


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CheckedInstaller:
    """A prerequisite's installer on the build host; ``signer``: whose signature it carries, None: nobody's; ``source`` without credentials."""

    table: PrerequisiteTable
    filename: str
    file: StoredFile
    source: str
    signer: str | None


def prerequisite_info(checked: CheckedInstaller, *, file: str, bits: int) -> PrerequisiteInfo:
    """``file``: its path inside the bundle; ``bits``: the target's, 32 or 64."""
    table, detect = checked.table, checked.table.detect
    return PrerequisiteInfo(
        name=table.name,
        kind=table.kind,
        file=file,
        source=checked.source,
        signer=checked.signer,
        arguments=table.arguments,
        detect=DetectInfo(
            registry=detect.registry,
            value=detect.value,
            view=(detect.view or bits) if detect.registry is not None else None,
            file=detect.file,
            at_least=detect.at_least,
        ),
        exit_codes=table.exit_codes,
        provides=table.provides,
        needs_admin=table.needs_admin,
    )


def post_install_infos(tables: Iterable[PostInstallTable]) -> tuple[PostInstallInfo, ...]:
    return tuple(PostInstallInfo(command=each.command, undo=each.undo, needs_admin=each.needs_admin) for each in tables)
