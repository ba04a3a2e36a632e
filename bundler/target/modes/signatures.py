"""Has enough of those whom this machine's administrator named signed the bundle? It is asked again here, of bundles that are honest.

What a signature signs: the archive, which then lies beside the unpacked folder and holds its sums; or, of a folder, its SHA256SUMS. One that
lies would say that it did: what decides is bundle-check.cmd, before anything is unpacked.
"""

from __future__ import absolute_import, unicode_literals

import io
import os

from ..archives import opened
from ..bundle.manifest import SUMS
from ..compat import counted, error_text
from ..errors import REFUSED, InstallError, Problem
from ..machine.file_contents import hash_file
from ..state.trust_policy import accepted_sums, folder_of, rule_for
from ..steps.ssh_signatures import MOST, Signed, Verdict, able_keygen, count_signers, signatures_of, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..state.receipt import State
    from ..state.trust_policy import Rule
    from .run import Run

_LONGEST = 500
_ANOTHER = "of another bundle than this folder"


def unsigned(run, state):
    # type: (Run, State) -> list[Problem]
    """What is in use already isn't judged again. Without a policy of the site nothing is asked."""
    if state.receipt is not None and state.receipt.manifest_sha256 == run.bundle.manifest_sha256:
        return []
    try:
        rule = rule_for(run.host, run.bundle.manifest.bundle.name)
        problems = [] if rule is None or rule.threshold == 0 else _against(run, rule)
    except InstallError as error:
        problems = [Problem(error.code, "\n  ".join((error.message,) + error.details))]
    run.is_barred = run.is_barred or bool(problems)
    return problems


def unsigned_wheels(run, paths):
    # type: (Run, list[str]) -> list[Problem]
    """Of wheels that are to be added: what the site asks of a bundle it asks of each of them, by signatures beside it. Else whoever may start
    this would have code of nobody installed where code needs signers.
    """
    try:
        rule = rule_for(run.host, run.bundle.manifest.bundle.name)
        problems = [] if rule is None or rule.threshold == 0 else _against_wheels(run, rule, paths)
    except InstallError as error:
        problems = [Problem(error.code, "\n  ".join((error.message,) + error.details))]
    run.is_barred = run.is_barred or bool(problems)
    return problems


def _against_wheels(run, rule, paths):
    # type: (Run, Rule, list[str]) -> list[Problem]
    host, name, problems = run.host, run.bundle.manifest.bundle.name, []
    keygen = able_keygen(host)
    if keygen is None:
        text = "what is added to %s must be signed (%s), and no ssh-keygen here can verify (OpenSSH 8.1 or later)"
        return [Problem(REFUSED, text % (name, os.path.join(folder_of(host), "policy")))]
    for path in paths:
        signed, file = Signed(path, path), os.path.basename(path)
        found = signatures_of(signed)
        verdicts = [verdict(host, keygen, rule, signed, each) for each in found[:MOST]]
        for line in map(_line, verdicts):
            run.log.write(line)
        count = count_signers(verdicts)
        if len(found) > MOST:
            text = "More than %d signatures lie beside %s: leave only those that are asked for"
            problems.append(Problem(REFUSED, text % (MOST, path)))
        elif count >= rule.threshold:
            who = sorted({who for each in verdicts for who in each.principals})
            run.console.line("%s is signed by %s, as this machine's policy asks" % (file, ", ".join(who)))
        else:
            text = "%s must be signed by %d of %s, since %s must (%s), and is by %d:%s"
            words = (file, rule.threshold, ", ".join(rule.principals), name, os.path.join(folder_of(host), "policy"))
            lines = [_line(each) for each in verdicts] or ["no signature lies beside it: %s.sig" % file]
            problems.append(Problem(REFUSED, text % (words + (count, "".join("\n  " + each for each in lines)))))
    return problems


def _against(run, rule):
    # type: (Run, Rule) -> list[Problem]
    host, name = run.host, run.bundle.manifest.bundle.name
    archive = os.path.join(os.path.dirname(run.folder), _stem(run) + ".zip")
    keygen = able_keygen(host)
    if keygen is None:
        return _without_keygen(run, archive)
    found = []  # type: list[tuple[Signed, str]]
    for signed in _contents(run, archive):
        found += [(signed, each) for each in signatures_of(signed)]
    if len(found) > MOST:
        text = "More than %d signatures lie beside %s: leave only those that are asked for"
        return [Problem(REFUSED, text % (MOST, run.folder))]
    verdicts = [_of_this_folder(run, signed, verdict(host, keygen, rule, signed, each)) for signed, each in found]
    for line in map(_line, verdicts):
        run.log.write(line)
    count = count_signers(verdicts)
    if count >= rule.threshold:
        who = sorted({who for each in verdicts for who in each.principals})
        run.console.line("Signed by %s, as this machine's policy asks" % ", ".join(who))
        return []
    text = "%s must be signed by %d of %s (%s), and is by %d:%s"
    words = (name, rule.threshold, ", ".join(rule.principals), os.path.join(folder_of(host), "policy"), count)
    lines = [_line(each) for each in verdicts] or [
        "no signature lies beside this folder: for %s.sig, %s.SHA256SUMS.sig" % (archive, run.folder)
    ]
    return [Problem(REFUSED, text % (words + ("".join("\n  " + each for each in lines),)))]


def _without_keygen(run, archive):
    # type: (Run, str) -> list[Problem]
    """Where none can verify, the sum on paper decides, which bundle-check.cmd compared and noted."""
    sums = accepted_sums(run.host)
    if sums and os.path.isfile(archive) and hash_file(archive)[0] in sums and not _unlike(run, archive):
        run.console.line("The archive's sum is one that was compared on this machine; no ssh-keygen here can verify")
        return []
    text = (
        "%s must be signed, and no ssh-keygen here can verify (OpenSSH 8.1 or later). Let an administrator compare the sum on paper: "
        '"%s" %s SHA256, with the archive beside this folder'
    )
    words = (
        run.bundle.manifest.bundle.name,
        os.path.join(folder_of(run.host), "bundle-check.cmd"),
        os.path.basename(archive),
    )
    return [Problem(REFUSED, text % words)]


def _stem(run):
    # type: (Run) -> str
    """The archive's name without its ending, as the build host calls it."""
    info, target = run.bundle.manifest.bundle, run.bundle.manifest.target
    return "%s-%s-%s-%s" % (info.name, info.version, target.python, target.platform)


def _contents(run, archive):
    # type: (Run, str) -> list[Signed]
    """What may have been signed."""
    sums, beside = os.path.join(run.folder, SUMS), os.path.dirname(run.folder)
    names = sorted({os.path.basename(run.folder), _stem(run)})  # a drive has no name
    found = [Signed(sums, os.path.join(beside, "%s.%s" % (each, SUMS))) for each in names if each]
    if os.path.isfile(archive):
        found.append(Signed(archive, archive))
    return found


def _of_this_folder(run, signed, found):
    # type: (Run, Signed, Verdict) -> Verdict
    """An archive that holds other sums than this folder says nothing about it. It is opened only if somebody who may has signed it."""
    if not found.principals or signed.file == os.path.join(run.folder, SUMS):
        return found
    why = _unlike(run, signed.file)
    return Verdict(found.signature, (), (), "good, but its archive is one %s" % why) if why else found


def _unlike(run, archive):
    # type: (Run, str) -> str
    """Why the archive isn't what this folder was unpacked from, in words; empty: it is."""
    with io.open(os.path.join(run.folder, SUMS), "rb") as stream:
        expected = stream.read()
    try:
        with opened(archive) as members:
            if members.getinfo(SUMS).file_size != len(expected):
                return _ANOTHER
            with members.open(SUMS) as member:
                held = member.read(len(expected) + 1)
    except Exception as error:  # zipfile raises whatever its bytes lead to
        return "that can't be read: %s" % error_text(error)[:_LONGEST]
    return "" if held == expected else _ANOTHER


def _line(each):
    # type: (Verdict) -> str
    name = os.path.basename(each.signature)
    if each.principals:
        return "%s: good, by %s (%s)" % (name, ", ".join(each.principals), counted(len(set(each.keys)), "key"))
    return "%s: %s" % (name, each.why)
