"""Reading ``manifest.json``: the format first, then every fault of its shape at once, then named tuples and no dictionaries."""

from __future__ import absolute_import, unicode_literals

import collections
import operator
import re

from ..compat import is_number, is_text, parse_json
from ..errors import FAILED, InstallError

FORMAT = 1
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
BUILD_HOSTS_OWN = {
    "manifest": ("dlls", "shared", "rehearse"),
    "wheel": ("origin", "made_from", "license", "startup"),
    "prerequisite": ("source", "provides"),
}
"""Keys that the target has no use for."""
LATER = {"bundle": ("display_name", "icon", "sequence", "not_after"), "environment": ("launchers",)}
"""Keys that the manifests of earlier versions lack, which releases keep: they are None there."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_PLACES, _WAYS = 400, 4000
"""Of a pattern: a value is followed through it letter by letter."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Check = Callable[[Any, str, list[str]], Any]

BundleInfo = collections.namedtuple(
    "BundleInfo",
    ["name", "version", "release", "publisher", "display_name", "icon", "sequence", "not_after"],
)
TargetInfo = collections.namedtuple("TargetInfo", ["python", "platform", "abi", "bits", "windows", "tags"])
BootInfo = collections.namedtuple("BootInfo", ["python", "placeholders"])
RuntimeInfo = collections.namedtuple(
    "RuntimeInfo",
    ["kind", "file", "source", "sha256", "signer", "directory", "all_users", "prepend_path", "replace", "size"],
)
EnvironmentInfo = collections.namedtuple(
    "EnvironmentInfo", ["path", "data", "maker", "keep", "volatile", "add_wheels", "launchers"]
)
WheelInfo = collections.namedtuple("WheelInfo", ["name", "version", "file", "requested", "size", "longest_path"])
SiteInfo = collections.namedtuple(
    "SiteInfo", ["name", "default", "help", "secret", "type", "choices", "pattern", "required"]
)
PatternInfo = collections.namedtuple("PatternInfo", ["text", "letters", "begin", "follow", "end", "empty"])
SITE_TYPES = ("text", "integer", "port", "path", "choice", "account", "url")
FileInfo = collections.namedtuple("FileInfo", ["file", "destination", "template"])
ServiceInfo = collections.namedtuple(
    "ServiceInfo",
    [
        "name", "command", "directory", "account", "password", "start", "display_name", "description", "environment",
        "dependencies", "stop_timeout", "restart", "reset", "log_directory", "log_size", "log_count", "health",
    ],
)  # fmt: skip
HealthInfo = collections.namedtuple("HealthInfo", ["http", "tcp", "timeout", "settle", "owner"])
PermissionInfo = collections.namedtuple("PermissionInfo", ["path", "account", "service", "rights"])
ChecksInfo = collections.namedtuple("ChecksInfo", ["imports", "commands"])
DetectInfo = collections.namedtuple("DetectInfo", ["registry", "value", "view", "file", "at_least"])
PrerequisiteInfo = collections.namedtuple(
    "PrerequisiteInfo", ["name", "kind", "file", "signer", "arguments", "detect", "exit_codes", "needs_admin"]
)
PostInstallInfo = collections.namedtuple("PostInstallInfo", ["command", "undo", "needs_admin"])
Member = collections.namedtuple("Member", ["path", "size", "sha256"])
Manifest = collections.namedtuple(
    "Manifest",
    [
        "format", "bundle", "created", "target", "boot", "runtime", "environment", "seeds", "packages", "frozen", "site",
        "files", "checks", "services", "permissions", "prerequisites", "post_install", "members",
    ],
)  # fmt: skip


def _of(is_right, words):
    # type: (Callable[[Any], bool], str) -> Check
    def check(value, where, faults):
        # type: (Any, str, list[str]) -> Any
        if not is_right(value):
            faults.append("%s must be %s" % (where, words))
        return value

    return check


_text = _of(is_text, "text, without a zero or half a letter in it")
_number = _of(is_number, "a whole number of 64 bits")
_flag = _of(lambda value: isinstance(value, bool), "true or false")
_date = _of(lambda value: is_text(value) and _DATE.match(value) is not None, "a date, YYYY-MM-DD")


def _maybe(inner):
    # type: (Check) -> Check
    return lambda value, where, faults: None if value is None else inner(value, where, faults)


def _one_of(*allowed):
    # type: (str) -> Check
    def check(value, where, faults):
        # type: (Any, str, list[str]) -> Any
        if value not in allowed:
            faults.append("%s must be one of %s" % (where, ", ".join(allowed)))
        return value

    return check


def _many(inner):
    # type: (Check) -> Check
    def check(value, where, faults):
        # type: (Any, str, list[str]) -> Any
        if not isinstance(value, list):
            faults.append("%s must be a list" % where)
            return ()
        return tuple(inner(each, "%s[%d]" % (where, i), faults) for i, each in enumerate(value))

    return check


def _table_of(inner):
    # type: (Check) -> Check
    def check(value, where, faults):
        # type: (Any, str, list[str]) -> Any
        if not isinstance(value, dict):
            faults.append("%s must be a table" % where)
            return {}
        for name in value:
            _text(name, "a key in " + where, faults)
        return {name: inner(each, "%s.%s" % (where, name), faults) for name, each in value.items()}

    return check


def _record(kind, checks, ignored=(), later=()):
    # type: (Any, dict[str, Check], tuple[str, ...], tuple[str, ...]) -> Check
    """``ignored``: keys that may be there and are the build host's own; any other one that isn't known is a fault. ``later``: keys that
    may be missing.
    """

    def check(value, where, faults):
        # type: (Any, str, list[str]) -> Any
        if not isinstance(value, dict):
            faults.append("%s must be a table" % (where or MANIFEST))
            return None
        prefix = where + "." if where else ""
        faults += [
            "%s%s is unknown" % (prefix, name) for name in sorted(value) if name not in checks and name not in ignored
        ]
        found = {}
        for name, inner in checks.items():
            if name in value:
                found[name] = inner(value[name], prefix + name, faults)
            else:
                faults += ["%s%s is missing" % (prefix, name)] if name not in later else []
                found[name] = None
        return kind(**found)

    return check


_ENVIRONMENT = {
    "path": _text, "data": _maybe(_text), "maker": _one_of("venv", "virtualenv"), "keep": _number, "volatile": _many(_text),
    "add_wheels": _one_of("never", "block-upgrade", "repeat"), "launchers": _one_of("combined", "separate"),
}  # fmt: skip
_WHEEL = _record(
    WheelInfo,
    {"name": _text, "version": _text, "file": _text, "requested": _flag, "size": _number, "longest_path": _number},
    BUILD_HOSTS_OWN["wheel"],
)
_SERVICE = _record(
    ServiceInfo,
    {
        "name": _text,
        "command": _many(_text),
        "directory": _text,
        "account": _text,
        "password": _maybe(_text),
        "start": _one_of("automatic", "delayed", "manual", "disabled"),
        "display_name": _text,
        "description": _text,
        "environment": _table_of(_text),
        "dependencies": _many(_text),
        "stop_timeout": _number,
        "restart": _many(_number),
        "reset": _number,
        "log_directory": _text,
        "log_size": _number,
        "log_count": _number,
        "health": _maybe(
            _record(
                HealthInfo,
                {"http": _maybe(_text), "tcp": _maybe(_text), "timeout": _number, "settle": _number, "owner": _flag},
            )
        ),
    },
)
_numbers = _many(_number)
_SITE = _record(
    SiteInfo,
    {
        "name": _text,
        "default": _maybe(_text),
        "help": _text,
        "secret": _flag,
        "type": _one_of(*SITE_TYPES),
        "choices": _many(_text),
        "pattern": _maybe(
            _record(
                PatternInfo,
                {
                    "text": _text,
                    "letters": _many(_many(_numbers)),
                    "begin": _numbers,
                    "follow": _many(_numbers),
                    "end": _numbers,
                    "empty": _flag,
                },
            )
        ),
        "required": _flag,
    },
)
_DETECT = _record(
    DetectInfo,
    {
        "registry": _maybe(_text),
        "value": _maybe(_text),
        "view": _maybe(_number),
        "file": _maybe(_text),
        "at_least": _maybe(_text),
    },
)
_PREREQUISITE = _record(
    PrerequisiteInfo,
    {
        "name": _text,
        "kind": _one_of("msi", "exe"),
        "file": _text,
        "signer": _maybe(_text),
        "arguments": _many(_text),
        "detect": _DETECT,
        "exit_codes": _many(_number),
        "needs_admin": _flag,
    },
    BUILD_HOSTS_OWN["prerequisite"],
)
_MANIFEST = _record(
    Manifest,
    {
        "format": _number,
        "bundle": _record(
            BundleInfo,
            {
                "name": _text,
                "version": _text,
                "release": _text,
                "publisher": _maybe(_text),
                "display_name": _maybe(_text),
                "icon": _maybe(_text),
                "sequence": _maybe(_number),
                "not_after": _maybe(_date),
            },
            later=LATER["bundle"],
        ),
        "created": _text,
        "target": _record(
            TargetInfo,
            {
                "python": _text,
                "platform": _text,
                "abi": _text,
                "bits": _number,
                "windows": _many(_number),
                "tags": _many(_text),
            },
        ),
        "boot": _record(BootInfo, {"python": _text, "placeholders": _many(_text)}),
        "runtime": _record(
            RuntimeInfo,
            {
                "kind": _one_of("msi", "exe", "nuget", "embed", "archive", "none"),
                "file": _maybe(_text),
                "source": _text,
                "sha256": _text,
                "signer": _maybe(_text),
                "directory": _maybe(_text),
                "all_users": _flag,
                "prepend_path": _flag,
                "replace": _flag,
                "size": _number,
            },
        ),
        "environment": _record(EnvironmentInfo, _ENVIRONMENT, later=LATER["environment"]),
        "seeds": _many(_WHEEL),
        "packages": _many(_WHEEL),
        "frozen": _many(_text),
        "site": _many(_SITE),
        "files": _many(_record(FileInfo, {"file": _text, "destination": _text, "template": _flag})),
        "checks": _record(ChecksInfo, {"imports": _many(_text), "commands": _many(_many(_text))}),
        "services": _many(_SERVICE),
        "permissions": _many(
            _record(
                PermissionInfo,
                {"path": _text, "account": _text, "service": _flag, "rights": _one_of("read", "modify", "full")},
            )
        ),
        "prerequisites": _many(_PREREQUISITE),
        "post_install": _many(
            _record(PostInstallInfo, {"command": _many(_text), "undo": _many(_text), "needs_admin": _flag})
        ),
        "members": _many(_record(Member, {"path": _text, "size": _number, "sha256": _text})),
    },
    BUILD_HOSTS_OWN["manifest"],
)


def fits(file, tags):
    # type: (str, tuple[str, ...]) -> bool
    """Whether a wheel of that name is for one of the tags (PEP 425 and 427); each part of its own may stand for several."""
    stated = [each.split(".") for each in file.lower().rpartition(".")[0].split("-")[-3:]]
    accepted = [each.split("-") for each in tags]
    return any(all(map(operator.contains, stated, each)) for each in accepted if len(each) == len(stated))


def _unfit(manifest):
    # type: (Manifest) -> list[str]
    """Wheels that are for another Python by the tags in their names."""
    found = []
    for part, wheels in (("seeds", manifest.seeds), ("packages", manifest.packages)):
        for i, wheel in enumerate(wheels):
            if not fits(wheel.file, manifest.target.tags):
                found.append("%s[%d].file is %s, which is not for the Python of the target" % (part, i, wheel.file))
    return found


def _is_whole(site):
    # type: (SiteInfo) -> bool
    """Whether a pattern leads nowhere else than to its own places, and isn't larger than one is made."""
    pattern = site.pattern
    if pattern is None:
        return True
    places = len(pattern.letters)
    ways = [place for each in pattern.follow for place in each]
    return (
        places == len(pattern.follow) <= _PLACES
        and len(ways) <= _WAYS
        and all(0 <= each < places for each in ways + list(pattern.begin + pattern.end))
        and all(len(each) == 2 for ranges in pattern.letters for each in ranges)
    )


def decode_manifest(content):
    # type: (bytes) -> Manifest
    """Raises InstallError (1603) when the content is not a valid manifest of the one format that this version reads."""
    try:
        data = parse_json(content)
    except ValueError as error:
        raise InstallError(FAILED, "%s can't be read: %s" % (MANIFEST, error))
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise InstallError(FAILED, "%s has format %s; this bootstrap reads format %d" % (MANIFEST, found, FORMAT))
    faults = []  # type: list[str]
    manifest = _MANIFEST(data, "", faults)
    if not faults and manifest.runtime.kind in ("msi", "exe"):
        faults += [
            "runtime.%s is missing" % key for key in ("file", "directory") if getattr(manifest.runtime, key) is None
        ]
    if not faults and manifest.runtime.kind == "none" and manifest.runtime.file is not None:
        faults.append("runtime.file must be null for kind none")
    if not faults:
        faults += [
            "prerequisites[%d].detect must have either registry or file" % i
            for i, each in enumerate(manifest.prerequisites)
            if (each.detect.registry is None) == (each.detect.file is None)
        ]
    if not faults:
        faults += _unfit(manifest)
        faults += ["site[%d].pattern is malformed" % i for i, each in enumerate(manifest.site) if not _is_whole(each)]
    if faults:
        raise InstallError(FAILED, "%s is malformed:" % MANIFEST, ["- " + each for each in faults])
    return manifest  # type: ignore[no-any-return]
