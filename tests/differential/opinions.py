"""Second opinions on a requirement set: pip's own resolver and uv's, each as a program that asks the snapshot's index."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.differential.cases import PIP, UV, Opinion, target_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bundler.model.target import Target
    from tests.differential.cases import RequirementSet

NO_SOLUTION = "no-solution"
Answer = tuple[str, ...]
"""``name==version``, sorted; or NO_SOLUTION alone."""

_ROOT = Path(__file__).parents[2]
_UV_PLATFORMS = {
    "win32": "i686-pc-windows-msvc",
    "win_amd64": "x86_64-pc-windows-msvc",
    "manylinux_2_28_x86_64": "x86_64-manylinux_2_28",
}
_PIP_SAYS_NO = re.compile(r"No matching distribution found|ResolutionImpossible")
_UV_SAYS_NO = re.compile(r"No solution found when resolving dependencies")


def ask(opinion: Opinion, wanted: RequirementSet, slug: str, index: str, work: Path) -> Answer:
    """What ``opinion`` chooses for the target; ``work`` is a scratch folder that later questions may share.

    Raises AssertionError when the program fails for another reason than that there is no solution.
    """
    with tempfile.TemporaryDirectory(dir=work) as scratch:
        folder = Path(scratch)
        requirements, constraints = folder / "requirements.txt", folder / "constraints.txt"
        requirements.write_text("".join(f"{each}\n" for each in wanted.requirements), encoding="utf-8")
        constraints.write_text("".join(f"{each}\n" for each in wanted.constraints), encoding="utf-8")
        target = target_of(slug, opinion)
        if opinion is PIP:
            return _pip(target, index, folder, prereleases=wanted.prereleases)
        assert opinion is UV
        return _uv(target, index, folder, work / "uv", prereleases=wanted.prereleases)


def _pip(target: Target, index: str, folder: Path, *, prereleases: bool) -> Answer:
    environment = {"platform_release": "", "platform_version": ""} | dict(target.environment())
    report = folder / "report.json"
    platforms = dict.fromkeys(tag.platform for tag in target.tags() if tag.platform != "any")
    command = [
        *(sys.executable, "-m", "tests.differential.pip_process", json.dumps(environment)),
        *("--isolated", "--no-cache-dir", "--disable-pip-version-check", "--no-input", "install"),
        *("--dry-run", "--ignore-installed", "--quiet", "--report", str(report), "--target", str(folder / "none")),
        *("--only-binary", ":all:", "--implementation", "cp", "--abi", target.abi),
        *itertools.chain.from_iterable(("--platform", each) for each in platforms),
        *("--python-version", target.python, "--index-url", index),
        *("--requirement", str(folder / "requirements.txt"), "--constraint", str(folder / "constraints.txt")),
        *(("--pre",) if prereleases else ()),
    ]
    if not _succeeds(command, _PIP_SAYS_NO):
        return (NO_SOLUTION,)
    told = json.loads(report.read_text(encoding="utf-8"))["install"]
    return _pins((each["metadata"]["name"], each["metadata"]["version"]) for each in told)


def _uv(target: Target, index: str, folder: Path, cache: Path, *, prereleases: bool) -> Answer:
    found = folder / "found.txt"
    command = [
        *(str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--no-config"),
        *("--python-platform", _UV_PLATFORMS[target.platform], "--python-version", target.python, "--no-build"),
        # else it would download a Python of that version, only to ask it what it is told here
        *("--python", sys.executable, "--no-python-downloads", "--default-index", index, "--cache-dir", str(cache)),
        *("--no-header", "--no-annotate", "--output-file", str(found), str(folder / "requirements.txt")),
        *("--constraint", str(folder / "constraints.txt")),
        *(("--prerelease", "allow") if prereleases else ()),
    ]
    if not _succeeds(command, _UV_SAYS_NO):
        return (NO_SOLUTION,)
    lines = found.read_text(encoding="utf-8").split()
    return _pins(each.split("==") for each in lines)


def _succeeds(command: Sequence[str], says_no: re.Pattern[str]) -> bool:
    done = subprocess.run(command, cwd=_ROOT, env=_environ(os.environ), capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return True
    assert says_no.search(done.stderr), f"{' '.join(command)} fails:\n{done.stderr}"
    return False


def _environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Without settings of this host's for either program: only what the command line says counts."""
    kept = {name: value for name, value in environ.items() if not name.startswith(("PIP_", "UV_"))}
    return kept | {"PIP_CONFIG_FILE": os.devnull, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def _pins(pairs: Iterable[Sequence[str]]) -> Answer:
    return tuple(sorted(f"{canonicalize_name(name)}=={Version(version)}" for name, version in pairs))
