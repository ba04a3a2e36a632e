"""The texts that a recipe's keys take: names, versions, requirements, addresses, paths of a target, each with its check."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any

from packaging.requirements import InvalidRequirement
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion
from pydantic import AfterValidator, Field, StrictInt

from bundler.errors import BundleError
from bundler.foreign import read_requirement, read_version
from bundler.model.artifact import SHA256
from bundler.model.moments import MOMENT, moment_of
from bundler.model.platforms import PLATFORMS
from bundler.model.source import has_credentials, is_address, parse_source
from bundler.model.target import Target

TOOLSET = re.compile(r"14\.[0-9]{1,2}(?:\.[0-9]{1,5})?")
HIGHEST = 2**53 - 1
"""Of sequence numbers: what every reader of JSON takes as it is."""
MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
"""Of what launchers and the service host take for a release's name, with room for a digest and a number (target/shims/base.c)."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")


def _checked(check: Any) -> Any:
    """A pydantic validator of a function that raises BundleError or ValueError."""

    def validate(value: str) -> str:
        try:
            check(value)
        except BundleError as error:
            raise ValueError(error.message + (f"; {error.hint}" if error.hint else "")) from None
        return value

    return AfterValidator(validate)


def _requirement(text: str) -> None:
    try:
        read_requirement(text)
    except InvalidRequirement as error:
        raise ValueError(f"{text!r} is not a valid requirement: {str(error).splitlines()[0]}") from None


def _package(text: str) -> None:
    try:
        canonicalize_name(text, validate=True)
    except InvalidName:
        raise ValueError(f"{text!r} is not a valid package name") from None


def _name(text: str) -> None:
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} can't name files: write letters, digits, - and _")


def _version(text: str) -> None:
    try:
        read_version(text)
    except InvalidVersion:
        raise ValueError(f"{text!r} is not a valid version (PEP 440)") from None
    if not _RELEASE.fullmatch(text):
        raise ValueError(
            f"{text!r} can't name the release's folder: write no epoch (1!2.0) and no blanks, and 100 characters at most"
        )


def _sha256(text: str) -> None:
    if not SHA256.fullmatch(text):
        raise ValueError("must be 64 lower-case hexadecimal digits")


def _minor_version(text: str) -> None:
    if not re.fullmatch(r"[23]\.[0-9]{1,2}", text):
        raise ValueError(f"{text!r} is not a Python version of two numbers, such as 2.7")


def _toolset(text: str) -> None:
    if not TOOLSET.fullmatch(text):
        raise ValueError(f"{text!r} is not a version of a compiler's toolset, such as 14.44 or 14.44.35207")


def _target_path(text: str) -> None:
    faults = [each.paths.absolute_fault(text) for each in PLATFORMS]
    if all(faults):  # which of the systems is meant isn't known here
        raise ValueError(faults[0])


def _python(text: str) -> None:
    Target.of(text, "win_amd64")


def _platform(text: str) -> None:
    Target.of("3.11.0", text)


def _date(text: str) -> None:
    try:
        right = datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        right = False
    if not right:
        raise ValueError(f"{text!r} is not a date, YYYY-MM-DD")


def _contact(text: str) -> None:
    if not MAIL.fullmatch(text) and not (
        text.startswith("https://") and is_address(text) and not has_credentials(text)
    ):
        raise ValueError(f"{text!r} is neither an e-mail address nor one that begins with https://")


def _index_url(text: str) -> None:
    if re.match(r"[a-z]+://[^/]*@", text) or has_credentials(text):
        raise ValueError("holds credentials: put them into netrc or the environment, a recipe is shared")
    if not re.match(r"(https?|file)://", text) or not is_address(text):
        raise ValueError(f"{text!r} is not a valid index address")


def _pattern(text: str) -> Any:
    """What a JSON Schema says of a text beforehand; the check above it says the last word."""
    return Field(json_schema_extra={"pattern": f"^(?:{text})$"})


Toolset = Annotated[str, _checked(_toolset), _pattern(TOOLSET.pattern)]
Name = Annotated[str, _checked(_name), _pattern(_NAME.pattern)]
VersionText = Annotated[str, _checked(_version)]
PackageName = Annotated[str, _checked(_package)]
RequirementText = Annotated[str, _checked(_requirement)]
SourceText = Annotated[str, _checked(parse_source)]
Sha256 = Annotated[str, _checked(_sha256), _pattern(SHA256.pattern)]
TargetPath = Annotated[str, _checked(_target_path), AfterValidator(lambda text: text.rstrip("\\"))]
MinorVersion = Annotated[str, _checked(_minor_version), _pattern(r"[23]\.\d{1,2}")]

PythonText = Annotated[str, _checked(_python), _pattern(r"[23]\.\d+\.\d+")]
PlatformText = Annotated[
    str, _checked(_platform), _pattern(r"win32|win_amd64|win_arm64|(manylinux|musllinux)_\d+_\d+_\w+|linux_\w+")
]
Contact = Annotated[str, _checked(_contact)]
DateText = Annotated[str, _checked(_date), _pattern(r"\d{4}-\d{2}-\d{2}")]
MomentText = Annotated[str, _checked(moment_of), _pattern(MOMENT.pattern)]
Sequence = Annotated[StrictInt, Field(ge=1, le=HIGHEST)]
IndexUrl = Annotated[str, _checked(_index_url)]
