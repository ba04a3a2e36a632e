"""The steps that every rehearsal begins with: plan, install, once more, verify, the recipe's checks, the entry points."""

from __future__ import annotations

import fnmatch
import itertools
import json
import re
from typing import TYPE_CHECKING

from bundler.rehearse.bench import DONE, done, ending
from bundler.rehearse.pictures import changes
from bundler.rehearse.results import PASSED, Verdict, failed, skipped
from bundler.report import count_text

if TYPE_CHECKING:
    from bundler.rehearse.bench import Bench
    from bundler.rehearse.pictures import Picture
    from bundler.rehearse.run_of_steps import Taker

LOGS = ("*\\temp\\bundle-*.log",)
"""What runs write where there is no environment yet, by the documentation."""
_CHECK = 600
_FOUND = "entry point without an end: "
_ALL, _UNKNOWN = "all entry points were looked at", "entry points can't be looked at here"
"""How lines of the program below begin that tell of one, and its last line: without it a module ended it, or took its output."""
_NO_END = re.compile(rf"^{_FOUND}(.*?)\r?$", re.MULTILINE)
_SHOWN = 20

# The entry points of packages that the recipe asks for, each loaded as its launcher does. What one of them lacks at import (an
# extra that wasn't asked for) is no fault of it: that it leads to nothing is.
_ENTRY_POINTS = r"""
import sys, json
wanted, mark, all_seen, unknown = [set(json.loads(sys.argv[1]))] + sys.argv[2:]
def say(words):
    print("\n" + mark + words)
try:
    from importlib.metadata import distributions
except ImportError:
    print(unknown)
    sys.exit(0)
for each in distributions():
    name = (each.metadata["Name"] or "").lower().replace("_", "-").replace(".", "-")
    if name not in wanted:
        continue
    for point in each.entry_points:
        if point.group not in ("console_scripts", "gui_scripts"):
            continue
        module, _, rest = point.value.partition(":")
        module, attribute = module.strip(), rest.partition("[")[0].strip()
        try:
            __import__(module)
        except ImportError as error:
            missing = getattr(error, "name", None)
            if missing and (module == missing or module.startswith(missing + ".")):
                say("%s = %s: there is no module %s" % (point.name, point.value, missing))
            continue
        except BaseException:
            continue
        found = sys.modules[module]
        for part in filter(None, attribute.split(".")):
            if not hasattr(found, part):
                say("%s = %s: %s has no %s" % (point.name, point.value, module, attribute))
                break
            found = getattr(found, part)
print("\n" + all_seen)
"""


def install(taker: Taker, bench: Bench, before: Picture) -> bool:
    """From an empty machine, of which there is a picture, to an installation that was looked at; whether there is one."""
    taker.take("plan", "/plan changes nothing", bench, lambda: _plan(bench, before))
    if not taker.take("install", "bootstrap.bat installs", bench, lambda: done(bench.install(), "bootstrap.bat")):
        return False
    taker.take("install-again", "a second run finds nothing to do", bench, lambda: _again(bench))
    taker.take("verify", "/verify finds it as it was installed", bench, lambda: verified(bench))
    taker.take("checks", "the recipe's checks", bench, lambda: _checks(bench))
    taker.take("entry-points", "programs lead to something", bench, lambda: _entry_points(bench))
    return True


def verified(bench: Bench) -> Verdict:
    """Whether /verify finds nothing."""
    return done(bench.bootstrap("/verify"), "/verify")


def _plan(bench: Bench, before: Picture) -> Verdict:
    ran = bench.install("/plan")
    verdict = done(ran, "/plan")
    found = [
        f"{each.how}: {each.name}"
        for each in changes(before, bench.machine.picture())
        if not any(fnmatch.fnmatchcase(each.name.lower(), pattern) for pattern in LOGS)
    ]
    if verdict is PASSED and found:
        return failed(f"/plan changed {count_text(len(found), 'thing')} on the machine", "\n".join(found))
    return verdict


def _again(bench: Bench) -> Verdict:
    ran = bench.install()
    if ran.code != DONE:
        return done(ran, "the second run")
    if "nothing to do" not in ran.output:
        return failed("the second run found something to do though nothing had changed", ran.output)
    return PASSED


def _checks(bench: Bench) -> Verdict:
    checks = bench.subject.manifest.checks
    if not checks.imports and not checks.commands:
        return skipped("the recipe has no [checks]")
    lines = "\n".join(f"import {each}" for each in checks.imports)
    commands = [[bench.python, "-c", lines]] if checks.imports else []
    for command in [*commands, *map(bench.command, checks.commands)]:
        ran = bench.run(command, timeout=_CHECK)
        if ran.code != DONE:
            return failed(ending(ran, " ".join(command)), ran.output)
    return PASSED


def _entry_points(bench: Bench) -> Verdict:
    manifest = bench.subject.manifest
    wanted = [each.name.lower().replace("_", "-").replace(".", "-") for each in manifest.packages if each.requested]
    if not wanted:
        return skipped("the recipe asks for no package")
    ran = bench.run([bench.python, "-c", _ENTRY_POINTS, json.dumps(wanted), _FOUND, _ALL, _UNKNOWN], timeout=_CHECK)
    if ran.code != DONE:
        return failed(ending(ran, "looking for entry points"), ran.output)
    # modules write what they like when they are imported
    if found := [each[1] for each in itertools.islice(_NO_END.finditer(ran.output), _SHOWN)]:
        return failed(f"programs would end as soon as they start: {'; '.join(found)}", ran.output)
    if _said(_ALL, ran.output):
        return PASSED
    if _said(_UNKNOWN, ran.output):
        return skipped("this Python can't tell what programs lead to: those from 3.8 on can")
    return failed(
        "a module ended Python when it was imported, or took its output: what programs lead to isn't known", ran.output
    )


def _said(line: str, output: str) -> bool:
    return re.search(rf"^{re.escape(line)}\r?$", output, re.MULTILINE) is not None
