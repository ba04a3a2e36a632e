"""The machine that a bundle is for: everything that resolving needs to know of it, explicit, nothing of the host."""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import TYPE_CHECKING, cast

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags

from bundler.errors import InputError
from bundler.foreign import LONGEST
from bundler.model.platforms import platform_of
from bundler.model.platforms.windows_platform import WINDOWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.markers import Environment

    from bundler.model.platforms.target_platform import Platform

_LINUX = re.compile(
    r"(?:manylinux_(?P<major>[0-9]{1,3})_(?P<minor>[0-9]{1,3})|musllinux_(?P<musl>[0-9]{1,3}_[0-9]{1,3})|linux)_(?P<arch>[a-z0-9_]+)"
)
_LEGACY = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}  # PEP 600
_FIRST_GLIBC = 5  # of manylinux1, for x86; other processors begin with manylinux2014
_FIRST_GLIBC_ELSEWHERE = 17
_X86 = frozenset({"x86_64", "i686"})
_32_BIT = frozenset({"i686", "armv7l"})

UNKNOWN_MARKERS = ("platform_release", "platform_version")
"""Markers whose value only the very machine knows; a recipe may state them in ``[target.markers]``."""

MARKERS = (
    "implementation_name",
    "implementation_version",
    "os_name",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_full_version",
    "python_version",
    "sys_platform",
)
"""The environment markers of PEP 508 but ``extra``."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One CPython on one platform.

    ``python`` is always x.y.z; ``platform`` a platform tag (``win32``, ``win_amd64``, ``manylinux_2_28_x86_64``);
    ``abi`` an ABI tag (``cp311``, ``cp27m``, ``cp313t``); ``markers`` (sorted pairs) override or complete the environment.
    """

    python: str
    platform: str
    abi: str
    markers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls, python: str, platform: str, *, abi: str | None = None, markers: Mapping[str, str] | None = None
    ) -> Target:
        """Make the target of CPython ``python`` (x.y.z) on ``platform``; the ABI is CPython's default one if left out.

        Raises InputError (``target-unknown``) when the version or the platform isn't one that can be a target.
        """
        if not re.fullmatch(r"[23]\.[0-9]{1,3}\.[0-9]{1,3}", python):
            raise InputError(
                "target-unknown",
                f"{python!r} is not an exact Python version",
                hint="write all three numbers, such as 3.11.9: markers and installers depend on the last one too",
            )
        if platform_of(platform) is None and not _LINUX.fullmatch(platform):
            raise InputError(
                "target-unknown",
                f"{platform!r} is not a supported platform",
                hint="write win_amd64, win32 or win_arm64",
            )
        if abi is not None and not re.fullmatch(r"cp[0-9]{2,3}(m|mu|t|u)?", abi):
            raise InputError(
                "target-unknown",
                f"{abi!r} is not an ABI tag of CPython",
                hint=f"leave it out; a free-threaded Python's is cp{''.join(python.split('.')[:2])}t",
            )
        for name, value in (markers or {}).items():
            if name not in MARKERS:
                raise InputError(
                    "target-unknown", f"{name!r} is not an environment marker", hint="known are: " + ", ".join(MARKERS)
                )
            if len(value) > LONGEST:  # it is compared as a version
                raise InputError(
                    "target-unknown",
                    f"the environment marker {name} has {len(value)} characters",
                    hint=f"{LONGEST} at most are read",
                )
        return cls(
            python=python,
            platform=platform,
            abi=abi or _default_abi(python, windows=platform_of(platform) is WINDOWS),
            markers=tuple(sorted((markers or {}).items())),
        )

    @property
    def version_info(self) -> tuple[int, int, int]:
        """Major, minor and micro as numbers."""
        major, minor, micro = self.python.split(".")
        return int(major), int(minor), int(micro)

    @property
    def minor_version(self) -> str:
        """``3.11``"""
        return self.python.rpartition(".")[0]

    @property
    def system(self) -> Platform | None:
        """What bundles are installed on there; None: wheels can be found for it, but nothing can be installed."""
        return platform_of(self.platform)

    @property
    def windows(self) -> bool:
        return self.system is WINDOWS

    @property
    def bits(self) -> int:
        """The width of a pointer: 32 or 64."""
        if self.system is not None:
            return self.system.architectures[self.platform].bits
        return 32 if _arch(self.platform) in _32_BIT else 64

    @property
    def slug(self) -> str:
        """A name for files: ``3.11.9-win_amd64``."""
        return f"{self.python}-{self.platform}"

    def __str__(self) -> str:
        usual = _default_abi(self.python, windows=self.windows)
        return f"CPython {self.python}{'' if self.abi == usual else f' ({self.abi})'} on {self.platform}"

    def environment(self) -> Environment:
        """The marker environment of PEP 508, ``extra`` left out; a marker that nobody stated is missing, never guessed."""
        major, minor, _ = self.version_info
        values = {
            "implementation_name": "cpython",
            # 2.7 has no sys.implementation; PEP 508 gives "0" and an empty name there
            "implementation_version": self.python,
            "platform_python_implementation": "CPython",
            "python_full_version": self.python,
            "python_version": f"{major}.{minor}",
        }
        if (major, minor) < (3, 3):
            values |= {"implementation_name": "", "implementation_version": "0"}
        if self.system is not None:
            values |= {**self.system.markers, "platform_machine": self.system.architectures[self.platform].machine}
        else:
            values |= {
                "os_name": "posix",
                "platform_machine": _arch(self.platform),
                "platform_system": "Linux",
                "sys_platform": "linux" if major > 2 else "linux2",  # noqa: PLR2004
            }
        return cast("Environment", values | dict(self.markers))

    def marker(self) -> Marker:
        """One that holds on this target, and on another system, processor or Python doesn't.

        It doesn't name the machine of a 32-bit Python, which may run on a 64-bit system and then names that, nor a stated value
        that no marker can hold.
        """
        stated = dict(self.markers)
        names = {"sys_platform", "platform_machine", "platform_python_implementation", "python_full_version", *stated}
        if self.bits == 32 and "platform_machine" not in stated:  # noqa: PLR2004
            names.remove("platform_machine")
        values = {name: str(value) for name, value in self.environment().items() if name in names}
        return Marker(" and ".join(f'{name} == "{values[name]}"' for name in sorted(values) if _quotable(values[name])))

    def tags(self) -> tuple[Tag, ...]:
        """All wheel tags (PEP 425) that the target accepts, the best first."""
        return _tags(self)

    def tag_rank(self) -> Mapping[Tag, int]:
        """Each accepted tag's place in ``tags()``: the lower, the better."""
        return _tag_rank(self)


@functools.cache
def _tags(target: Target) -> tuple[Tag, ...]:
    version = target.version_info[:2]
    platforms = list(_platform_tags(target.platform))
    interpreter = f"cp{version[0]}{version[1]}"
    return (
        *cpython_tags(version, [target.abi], platforms),
        *compatible_tags(version, interpreter, platforms),
    )


@functools.cache
def _tag_rank(target: Target) -> Mapping[Tag, int]:
    ranks: dict[Tag, int] = {}
    for tag in target.tags():
        ranks.setdefault(tag, len(ranks))
    return ranks


def _quotable(value: str) -> bool:
    """As a string of a marker, which has no escapes."""
    return value.isascii() and value.isprintable() and not set(value) & {'"', "\\"}


def _default_abi(python: str, *, windows: bool) -> str:
    major, minor = (int(part) for part in python.split(".")[:2])
    flags = "m" if (major, minor) < (3, 8) else ""
    if not windows and (major, minor) < (3, 3):
        flags += "u"  # Linux distributions build 2.7 with wide Unicode, python.org's Windows build is narrow
    return f"cp{major}{minor}{flags}"


def _arch(platform: str) -> str:
    found = _LINUX.fullmatch(platform)
    if found is None:
        raise InputError("target-unknown", f"{platform!r} is not a Linux platform tag")
    return found["arch"]


def _platform_tags(platform: str) -> Iterator[str]:
    found = _LINUX.fullmatch(platform)
    if found is None:
        yield platform
        return
    arch = found["arch"]
    if found["minor"] is not None:
        major, newest = int(found["major"]), int(found["minor"])
        for minor in range(newest, (_FIRST_GLIBC if arch in _X86 else _FIRST_GLIBC_ELSEWHERE) - 1, -1):
            yield f"manylinux_{major}_{minor}_{arch}"
            if legacy := _LEGACY.get((major, minor)):
                yield f"{legacy}_{arch}"
    elif found["musl"] is not None:
        major, newest = map(int, found["musl"].split("_"))
        for minor in range(newest, -1, -1):
            yield f"musllinux_{major}_{minor}_{arch}"
    yield f"linux_{arch}"
