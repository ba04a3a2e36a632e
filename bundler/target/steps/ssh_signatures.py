"""Detached signatures of a bundle, verified by this machine's own ssh-keygen: nothing here computes one."""

from __future__ import absolute_import, unicode_literals

import collections
import io
import os
import re

from ..state.trusted_folders import not_closed, reasons_against, temporary_folder
from .child_processes import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..machine.host import Host
    from ..state.trust_policy import Rule

Signed = collections.namedtuple("Signed", ["file", "begins"])
"""``file``: whose bytes were signed; ``begins``: its signatures' path up to ``.sig``, or ``.WHO.sig``."""
Verdict = collections.namedtuple("Verdict", ["signature", "principals", "keys", "why"])
"""``principals`` that made it with ``keys`` (fingerprints); or none, and ``why`` it doesn't count."""
MOST = 32
"""Signatures: each costs a reading of the archive for each of those who may sign."""
_LARGEST = 64 * 1024
_ENDING = re.compile(r"(?:\.[A-Za-z0-9_-]{1,64})?\.sig\Z")
_GOOD = re.compile(r'Good "([^"\r\n]*)" signature for (\S+) with \S+ key SHA256:([A-Za-z0-9+/]{43})\s*\Z', re.MULTILINE)
_LONGEST = 300


def able_keygen(host):
    # type: (Host) -> str | None
    """The first ssh-keygen of this machine that knows ``-Y`` (OpenSSH 8.1) and that nobody but administrators can change."""
    for each in host.environment.ssh_keygens():
        if os.path.isfile(each) and _is_closed(host, each):
            said = host.processes.run([each, "-Y", "verify"], _environ(host), os.path.dirname(each)).output
            if "option" not in said.lower():
                return each
    return None


def _is_closed(host, keygen):
    # type: (Host, str) -> bool
    """It loads the DLLs beside it: its folder counts, and what is in that."""
    folder = os.path.dirname(keygen)
    if reasons_against(host, keygen) or reasons_against(host, folder):
        return False
    try:
        libraries = [each for each in os.listdir(folder) if each.lower().endswith(".dll")]
    except EnvironmentError:
        return False
    return not not_closed(host, [os.path.join(folder, each) for each in sorted(libraries)])


def signatures_of(signed):
    # type: (Signed) -> list[str]
    """Those that are there, sorted."""
    folder, name = os.path.split(signed.begins)
    try:
        names = os.listdir(folder)
    except EnvironmentError:
        return []
    return sorted(os.path.join(folder, each) for each in names if is_signature(name, each))


def is_signature(name, other):
    # type: (str, str) -> bool
    """Whether the other file's name is that of a signature of the first."""
    return other.startswith(name) and _ENDING.match(other[len(name) :]) is not None


def verdict(host, keygen, rule, signed, signature):
    # type: (Host, str, Rule, Signed, str) -> Verdict
    """On one signature: who of those who may sign made it."""
    if host.files.is_link(signature) or not os.path.isfile(signature) or os.path.getsize(signature) > _LARGEST:
        return Verdict(signature, (), (), "it is no plain file of up to %d bytes" % _LARGEST)
    principals, keys, why = [], [], ""  # type: list[str], list[str], str
    for each in rule.principals:
        command = [keygen, "-Y", "verify", "-f", rule.signers, "-I", each, "-n", rule.namespace, "-s", signature]
        with io.open(signed.file, "rb") as content:
            done = host.processes.run(command, _environ(host), os.path.dirname(keygen), given=content)
        good = [found for found in _GOOD.findall(done.output) if found[:2] == (rule.namespace, each)]
        if done.code == 0 and good:
            principals.append(each)
            keys.append(good[0][2])
        else:
            said = done.output.strip().splitlines()
            why = said[-1].strip()[:_LONGEST] if said else "ssh-keygen ended with %s and said nothing" % done.code
    return Verdict(signature, tuple(principals), tuple(keys), "" if principals else why)


def count_signers(verdicts):
    # type: (list[Verdict]) -> int
    """How many different signers there are: who has several keys is one, and a key that several names share is one."""
    groups = []  # type: list[set[str]]
    for each in verdicts:
        group = set(each.principals) | {"SHA256:" + key for key in each.keys}
        if each.principals:
            for other in [other for other in groups if other & group]:
                groups.remove(other)
                group |= other
            groups.append(group)
    return len(groups)


def _environ(host):
    # type: (Host) -> dict[str, str]
    """It starts in its own folder: a DLL that it lacks would be taken from the current one."""
    return cleaned(host, temporary_folder(host))
