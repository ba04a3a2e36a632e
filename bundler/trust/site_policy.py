"""The policy of a site: who must have signed a bundle before it is installed there. A batch file reads it, and the target's Python.

A line for each bundle, fields separated by blanks: its name, or ``*`` for all that have no line; how many signers there must be, 0: none; the
namespace of the signatures; the names of those who may sign, as in the file of allowed signers.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import re
from typing import TYPE_CHECKING

from bundler.errors import Fault, InputError
from bundler.report import count_text

if TYPE_CHECKING:
    from collections.abc import Sequence

ALL = "*"
HIGHEST = 32
"""Signers: more signatures are looked at nowhere."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?|\*")
_WORD = re.compile(r"[A-Za-z0-9@._+-]+")
_HEAD = """\
# Who must have signed a bundle before it is installed on this machine. A line for each bundle:
#   its name (* for all that have no line)  how many of them must  namespace of the signatures  who may sign, as in allowed_signers
"""
_EXAMPLE = "# example  2  {namespace}  build@example.com review@example.com\n"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PolicyLine:
    """``bundle``: its name or ``ALL``; ``threshold``: how many of ``principals`` must have signed."""

    bundle: str
    threshold: int
    namespace: str
    principals: tuple[str, ...]


def policy_text(lines: Sequence[PolicyLine], allowed: bytes, namespace: str) -> str:
    """The file's content; without lines one to fill in. Raises InputError (``trust-policy-invalid``) with all that is wrong.

    ``allowed``: the content of the file of allowed signers, which must have a line for each of those who may sign.
    """
    faults = [fault for each in lines for fault in _faults(each, _patterns(allowed))]
    names = [each.bundle.lower() for each in lines]
    faults += [Fault(each, "it has two lines") for each in sorted({each for each in names if names.count(each) > 1})]
    if faults:
        raise InputError(
            "trust-policy-invalid",
            "the policy can't be written",
            context=tuple(str(each) for each in faults),
            hint="a batch file reads it: names have letters, digits and @ . _ + -; who may sign has a line in the file of allowed signers",
        )
    told = [f"{each.bundle} {each.threshold} {each.namespace} {' '.join(each.principals)}\n" for each in lines]
    return _HEAD + ("".join(told) or _EXAMPLE.format(namespace=namespace))


def _faults(line: PolicyLine, patterns: Sequence[str]) -> list[Fault]:
    found = []
    if not _NAME.fullmatch(line.bundle):
        found.append(Fault(line.bundle, "it is no bundle's name"))
    if not 1 <= line.threshold <= min(HIGHEST, len(set(line.principals))):
        found.append(
            Fault(
                line.bundle, f"{line.threshold} of {count_text(len(set(line.principals)), 'signer')} can't be asked for"
            )
        )
    for each in line.principals:
        if not _WORD.fullmatch(each):
            found.append(Fault(each, "a batch file can't read this name of a signer"))
        elif not any(fnmatch.fnmatchcase(each, pattern) for pattern in patterns):
            found.append(Fault(each, "it isn't in the file of allowed signers"))
    return found


def _patterns(allowed: bytes) -> list[str]:
    """The names in the first field of each line, in which there may be ``*`` and ``?``."""
    lines = [each.strip() for each in allowed.decode("utf-8", "replace").splitlines()]
    fields = [each.split()[0].strip('"') for each in lines if each and not each.startswith("#")]
    return [name for field in fields for name in field.split(",") if name and not name.startswith("!")]
