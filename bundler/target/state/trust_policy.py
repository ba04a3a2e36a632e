r"""Who must have signed a bundle before it is installed on this machine: an administrator placed it here, and nothing of it comes out of a bundle.

``bundle trust init`` writes these files, and place.cmd puts them into ``%ProgramData%\bundle\trust``. ``policy`` has a line for each bundle: its
name or ``*``, how many signers, the namespace, who may sign. ``sums``: archives that were compared with a sum on paper where no
ssh-keygen can verify, a line each. bundle-check.cmd reads and writes the same.
"""

from __future__ import absolute_import, unicode_literals

import collections
import io
import os
import re

from ..errors import FAILED, REFUSED, InstallError
from .trusted_folders import must_be_closed, must_be_trusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..machine.host import Host

Rule = collections.namedtuple("Rule", ["threshold", "namespace", "principals", "signers"])
"""``threshold``: how many of ``principals`` must have signed, 0: none; ``signers``: the file that says which keys they have."""
_LARGEST = 1 << 20
_ALL = "*"
_NAME = re.compile(r"[A-Za-z0-9_-]+\Z")
_WORD = re.compile(r"[A-Za-z0-9@._+-]+\Z")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]?)\Z")
"""Without zeros before it: cmd takes 010 for 8, and compares 08 as a text."""
_SUM = re.compile(r"([0-9a-f]{64})(?:\s|\Z)")


def folder_of(host):
    # type: (Host) -> str
    return os.path.join(host.environment.lasting(True), "bundle", "trust")


def rule_for(host, name):
    # type: (Host, str) -> Rule | None
    """What the site asks of the bundle of that name; None: it has no policy. Raises InstallError: 1625 where others may have changed the
    policy or it knows no such bundle, 1603 where it can't be understood.
    """
    folder = folder_of(host)
    path, signers = os.path.join(folder, "policy"), os.path.join(folder, "allowed_signers")
    if not os.path.lexists(path):
        return None
    must_be_trusted(host, folder)
    must_be_closed(host, [path, signers])
    rules = _rules(path, signers)
    found = rules.get(name.lower(), rules.get(_ALL))
    if found is None:
        text = "%s has no line for the bundle %s, and none for all others (*): it isn't to be installed on this machine"
        raise InstallError(REFUSED, text % (path, name))
    return found


def accepted_sums(host):
    # type: (Host) -> set[str]
    """SHA-256, in hex, of archives that an administrator has compared. Raises InstallError as ``rule_for`` does."""
    path = os.path.join(folder_of(host), "sums")
    if not os.path.lexists(path):
        return set()
    must_be_closed(host, [path])
    lines = [_SUM.match(each.strip().lower()) for each in _lines(path)]
    return {each.group(1) for each in lines if each is not None}


def _rules(path, signers):
    # type: (str, str) -> dict[str, Rule]
    found = {}  # type: dict[str, Rule]
    for number, line in enumerate(_lines(path), 1):
        fields = line.split()
        if not fields or fields[0][:1] == "#":
            continue
        name, rest = fields[0].lower(), fields[1:]
        if not _is_right(name, rest) or name in found:
            text = "%s, line %d, is malformed: a bundle's name, a number of signers, a namespace, names of signers; and a bundle has one line"
            raise InstallError(FAILED, text % (path, number))
        found[name] = Rule(int(rest[0]), rest[1], tuple(rest[2:]), signers)
    return found


def _is_right(name, rest):
    # type: (str, list[str]) -> bool
    if len(rest) < 2 or not (name == _ALL or _NAME.match(name)) or not _NUMBER.match(rest[0]):
        return False
    return all(_WORD.match(each) for each in rest[1:]) and (int(rest[0]) == 0 or len(rest) > 2)


def _lines(path):
    # type: (str) -> list[str]
    try:
        with io.open(path, "rb") as stream:
            content = stream.read(_LARGEST + 1)
    except EnvironmentError as error:
        raise InstallError(FAILED, "%s can't be read: %s" % (path, error.strerror))
    if len(content) > _LARGEST:
        raise InstallError(FAILED, "%s is larger than %d bytes" % (path, _LARGEST))
    return content.decode("ascii", "replace").splitlines()
