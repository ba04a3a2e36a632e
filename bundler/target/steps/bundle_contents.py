"""What of a release the bundle can put back as it is: contents are found by their SHA-256, wherever in the bundle they lie."""

from __future__ import absolute_import, unicode_literals

import io

from ..archives import DAMAGED, opened, read_member, read_text
from ..compat import error_text
from ..errors import FAILED, InstallError
from ..wheels.record import recorded

TYPE_CHECKING = False
if TYPE_CHECKING:
    import zipfile

    from ..bundle.verification import Bundle


def contents_of(bundle):
    # type: (Bundle) -> dict[str, tuple[str, str | None]]
    """SHA-256 in hex to the bundle's file, and the member of it if the file is a wheel. Wheels say their own in RECORD. What was added on this
    machine isn't at hand another time.
    """
    bundle = bundle.origin
    found = {each.sha256: (each.path, None) for each in bundle.manifest.members}  # type: dict[str, tuple[str, str | None]]
    for wheel in bundle.manifest.packages:
        try:
            with opened(bundle.path(wheel.file)) as archive:
                for name, sha256 in _recorded(archive):
                    found.setdefault(sha256, (wheel.file, name))
        except (EnvironmentError,) + DAMAGED as error:
            raise _unreadable(wheel.file, error)
    return found


def _recorded(archive):
    # type: (zipfile.ZipFile) -> list[tuple[str, str]]
    names = [each for each in archive.namelist() if each.endswith(".dist-info/RECORD") and each.count("/") == 1]
    return [(path, sha256) for name in names for path, sha256, _ in recorded(read_text(archive, name))]


def _unreadable(name, error):
    # type: (str, BaseException) -> InstallError
    return InstallError(FAILED, "%s can't be read: %s" % (name, error_text(error)))


def content_of(bundle, place):
    # type: (Bundle, tuple[str, str | None]) -> bytes
    """The bytes; the caller checks them against the SHA-256 that it looked for."""
    path, member = place
    if member is not None:
        try:
            with opened(bundle.path(path)) as archive:
                return read_member(archive, member)
        except DAMAGED as error:
            raise _unreadable(path, error)
    with io.open(bundle.path(path), "rb") as stream:
        content = stream.read()
    return b"" if path in bundle.manifest.boot.placeholders else content
