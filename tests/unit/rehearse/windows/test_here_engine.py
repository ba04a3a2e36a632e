"""This machine: what an earlier rehearsal left is nobody's to overwrite."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError
from bundler.pack.shipped import target_folder
from bundler.rehearse.port import BARE, Clock
from bundler.rehearse.windows.here_engine import HereEngine
from bundler.report import Reporter
from tests.support.rehearsed import make_subject

if TYPE_CHECKING:
    from pathlib import Path


def test_a_place_that_is_taken(tmp_path: Path) -> None:
    subject = make_subject(tmp_path / "bundle")
    environment = dataclasses.replace(subject.manifest.environment, path=str(tmp_path / "Envs"))
    manifest = dataclasses.replace(subject.manifest, environment=environment)
    subject = dataclasses.replace(subject, manifest=manifest)
    (tmp_path / "Envs-rehearsal").mkdir()
    engine = HereEngine(subject, target_folder(), Clock(now=time.monotonic, sleep=time.sleep), Reporter())
    with (
        pytest.raises(HostError, match="Envs-rehearsal") as caught,
        engine.machine(BARE),
    ):
        pass
    assert caught.value.reference == "rehearsal-place-taken"
    assert "/uninstall /purge /instance:rehearsal" in (caught.value.hint or "")
