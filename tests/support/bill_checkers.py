"""What others find wrong in a bill of materials: CycloneDX' JavaScript library with ajv, and ntia-conformance-checker, which reads SPDX only.

Each at one version, taken by its hash from the index that npm or pip is configured to use, and kept outside of the checkout.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.commandline import ROOT
from tests.support.spdx_of_bill import spdx_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_TOOLS = ROOT / "tests" / "support" / "bill_tools"
_NPM, _PIP = ("package.json", "package-lock.json"), ("requirements.txt",)
_OLDEST_NODE = 20
_VALIDATE = """
import {readFileSync} from 'node:fs'
import {Validation} from '@cyclonedx/cyclonedx-library'
const found = []
for (const path of process.argv.slice(1)) {
  const text = readFileSync(path, 'utf8')
  found.push(await new Validation.JsonStrictValidator(JSON.parse(text).specVersion).validate(text))
}
console.log(JSON.stringify(found))
"""


def schema_faults(bills: Sequence[Path]) -> list[Any]:
    """By CycloneDX' library for JavaScript: for each bill what doesn't fit the schema of the version that it names, None where all does."""
    node = shutil.which("node")
    if sys.platform != "linux" or node is None or shutil.which("npm") is None:
        pytest.skip("takes node and npm")
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(shown.strip("v\n").partition(".")[0]) < _OLDEST_NODE:
        pytest.skip(f"CycloneDX' library takes node {_OLDEST_NODE} or later, and this is {shown.strip()}")

    def install(folder: Path) -> None:
        folder.mkdir()
        for each in _NPM:
            shutil.copyfile(_TOOLS / each, folder / each)
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder)

    command = [node, "--input-type=module", "--eval", _VALIDATE, "--", *(str(each.resolve()) for each in bills)]
    found: list[Any] = json.loads(_run(command, cwd=_made("cyclonedx-javascript", _NPM, "", install)))
    return found


def ntia_faults(bill: Mapping[str, Any], scratch: Path) -> dict[str, Any]:
    """Which of NTIA's minimum elements aren't there, and what SPDX' own validation says; by the names of the checker."""
    if sys.platform != "linux":
        pytest.skip("keeps what it installs in a folder of Linux")

    def install(folder: Path) -> None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        options = ["--only-binary", ":all:", "--require-hashes", "--requirement", str(_TOOLS / _PIP[0])]
        _run([*pip, *options, "--target", str(folder)], cwd=_TOOLS)

    libraries = _made("ntia-conformance-checker", _PIP, f"{sys.version_info[:2]}", install)
    document, report = scratch / "bill.spdx.json", scratch / "report.json"
    document.write_text(json.dumps(spdx_of(bill)), encoding="utf-8")
    check = [sys.executable, "-S", "-m", "ntia_conformance_checker.main", "--quiet", "--output", "json"]
    command = [*check, "--output-file", str(report), str(document)]
    # it ends with 1 as well where it finds something; then there is a report
    done = subprocess.run(
        command, env={"PYTHONPATH": str(libraries)}, cwd=scratch, capture_output=True, text=True, check=False
    )
    assert report.is_file(), done.stdout + done.stderr
    found: dict[str, Any] = json.loads(report.read_bytes())
    faults = {key: found[key] for key in ("validationMessages", "parsingError") if found[key]}
    for key in ("authorNameProvided", "timestampProvided", "dependencyRelationshipsProvided", "componentsEvaluated"):
        if not found[key]:
            faults[key] = False
    for key in ("componentNames", "componentVersions", "componentIdentifiers", "componentSuppliers"):
        if not found[key]["allProvided"]:
            faults[key] = found[key]["nonconformantComponents"]
    assert bool(faults) != found["isNtiaConformant"]
    assert found["totalNumberComponents"] == len(spdx_of(bill)["packages"])
    return faults


def _made(name: str, sources: Sequence[str], more: str, install: Callable[[Path], None]) -> Path:
    from tests.support.bed.cache import Cache, default_cache, recipe_of  # late: not on other systems

    stamp = recipe_of(more, *(str(_TOOLS / each) for each in sources))
    return Cache(default_cache()).made(name, stamp, install)


def _run(command: Sequence[str], cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
