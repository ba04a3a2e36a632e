"""Reading ``manifest.json``: the format first, then every fault of its shape at once, then named tuples and no dictionaries."""

from __future__ import absolute_import, unicode_literals

import collections

from ..compat import parse_json
from ..errors import FAILED, InstallError
from .value_checks import date, flag, many, maybe, number, one_of, record, table_of, text
from .wheel_tags import fits

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
_PLACES, _WAYS = 400, 4000
"""Of a pattern: a value is followed through it letter by letter."""

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

_ENVIRONMENT = {
    "path": text, "data": maybe(text), "maker": one_of("venv", "virtualenv"), "keep": number, "volatile": many(text),
    "add_wheels": one_of("never", "block-upgrade", "repeat"), "launchers": one_of("combined", "separate"),
}  # fmt: skip
_WHEEL = record(
    WheelInfo,
    {"name": text, "version": text, "file": text, "requested": flag, "size": number, "longest_path": number},
    BUILD_HOSTS_OWN["wheel"],
)
_SERVICE = record(
    ServiceInfo,
    {
        "name": text,
        "command": many(text),
        "directory": text,
        "account": text,
        "password": maybe(text),
        "start": one_of("automatic", "delayed", "manual", "disabled"),
        "display_name": text,
        "description": text,
        "environment": table_of(text),
        "dependencies": many(text),
        "stop_timeout": number,
        "restart": many(number),
        "reset": number,
        "log_directory": text,
        "log_size": number,
        "log_count": number,
        "health": maybe(
            record(
                HealthInfo,
                {"http": maybe(text), "tcp": maybe(text), "timeout": number, "settle": number, "owner": flag},
            )
        ),
    },
)
_numbers = many(number)
_SITE = record(
    SiteInfo,
    {
        "name": text,
        "default": maybe(text),
        "help": text,
        "secret": flag,
        "type": one_of(*SITE_TYPES),
        "choices": many(text),
        "pattern": maybe(
            record(
                PatternInfo,
                {
                    "text": text,
                    "letters": many(many(_numbers)),
                    "begin": _numbers,
                    "follow": many(_numbers),
                    "end": _numbers,
                    "empty": flag,
                },
            )
        ),
        "required": flag,
    },
)
_DETECT = record(
    DetectInfo,
    {
        "registry": maybe(text),
        "value": maybe(text),
        "view": maybe(number),
        "file": maybe(text),
        "at_least": maybe(text),
    },
)
_PREREQUISITE = record(
    PrerequisiteInfo,
    {
        "name": text,
        "kind": one_of("msi", "exe"),
        "file": text,
        "signer": maybe(text),
        "arguments": many(text),
        "detect": _DETECT,
        "exit_codes": many(number),
        "needs_admin": flag,
    },
    BUILD_HOSTS_OWN["prerequisite"],
)
_MANIFEST = record(
    Manifest,
    {
        "format": number,
        "bundle": record(
            BundleInfo,
            {
                "name": text,
                "version": text,
                "release": text,
                "publisher": maybe(text),
                "display_name": maybe(text),
                "icon": maybe(text),
                "sequence": maybe(number),
                "not_after": maybe(date),
            },
            later=LATER["bundle"],
        ),
        "created": text,
        "target": record(
            TargetInfo,
            {
                "python": text,
                "platform": text,
                "abi": text,
                "bits": number,
                "windows": many(number),
                "tags": many(text),
            },
        ),
        "boot": record(BootInfo, {"python": text, "placeholders": many(text)}),
        "runtime": record(
            RuntimeInfo,
            {
                "kind": one_of("msi", "exe", "nuget", "embed", "archive", "none"),
                "file": maybe(text),
                "source": text,
                "sha256": text,
                "signer": maybe(text),
                "directory": maybe(text),
                "all_users": flag,
                "prepend_path": flag,
                "replace": flag,
                "size": number,
            },
        ),
        "environment": record(EnvironmentInfo, _ENVIRONMENT, later=LATER["environment"]),
        "seeds": many(_WHEEL),
        "packages": many(_WHEEL),
        "frozen": many(text),
        "site": many(_SITE),
        "files": many(record(FileInfo, {"file": text, "destination": text, "template": flag})),
        "checks": record(ChecksInfo, {"imports": many(text), "commands": many(many(text))}),
        "services": many(_SERVICE),
        "permissions": many(
            record(
                PermissionInfo,
                {"path": text, "account": text, "service": flag, "rights": one_of("read", "modify", "full")},
            )
        ),
        "prerequisites": many(_PREREQUISITE),
        "post_install": many(record(PostInstallInfo, {"command": many(text), "undo": many(text), "needs_admin": flag})),
        "members": many(record(Member, {"path": text, "size": number, "sha256": text})),
    },
    BUILD_HOSTS_OWN["manifest"],
)


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
