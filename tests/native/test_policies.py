"""Windows' own tools for policies: they compute the hashes that ours have, and take what we write."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bundler.formats.pe.image_hashes import image_hashes
from bundler.pack.shipped import target_folder
from bundler.plain_file import hash_of
from bundler.trust.applocker_policy import applocker_policy
from bundler.trust.code_integrity_policy import code_integrity_policy
from bundler.trust.governed_file import GovernedFile

pytestmark = [pytest.mark.windows, pytest.mark.real_windows("there are no policies, nor tools for them")]

SUMS = "12" * 32


def powershell(script: str, needed: str) -> str:
    system = Path(os.environ["SYSTEMROOT"]) / "System32" / "WindowsPowerShell" / "v1.0" / "powershell.exe"
    command = [str(system), "-NoProfile", "-NonInteractive", "-Command"]
    there = subprocess.run([*command, f"Get-Command {needed}"], check=False, capture_output=True)
    if there.returncode:
        pytest.skip(f"this Windows has no {needed}")
    return subprocess.run([*command, script], check=True, capture_output=True, text=True).stdout.strip()


def files(folder: Path) -> tuple[tuple[Path, GovernedFile], ...]:
    """A program, the same with a size that signing pads, and a batch file."""
    whole = (target_folder() / "shims" / "win_amd64" / "shim.exe").read_bytes()
    found = []
    for name, content in (("whole.exe", whole), ("odd.exe", whole + b"odd"), ("start.bat", b"@echo off\r\n")):
        (folder / name).write_bytes(content)
        image = image_hashes(folder / name)
        found.append(
            (
                folder / name,
                GovernedFile(
                    owner=name,
                    path="",
                    collection="Exe" if image else "Script",
                    size=len(content),
                    sha256=image.sha256 if image else hash_of(folder / name),
                    hashes=(("Sha1", image.sha1), ("Sha256", image.sha256)) if image else (),
                ),
            )
        )
    return tuple(found)


def test_applocker_computes_the_same_hashes_and_takes_the_rules(tmp_path: Path) -> None:
    made = files(tmp_path)
    policy = tmp_path / "policy.xml"
    policy.write_text(applocker_policy("example 1.0", SUMS, [each for _, each in made]), encoding="utf-8")
    for path, known in made:
        shown = powershell(f"\"$((Get-AppLockerFileInformation -Path '{path}').Hash)\"", "Get-AppLockerFileInformation")
        assert known.sha256 in shown.lower(), path
        script = f"(Test-AppLockerPolicy -XmlPolicy '{policy}' -Path '{path}' -User Everyone).PolicyDecision"
        assert powershell(script, "Test-AppLockerPolicy") == "Allowed", path


@pytest.mark.parametrize("base", [None, "a244370e-44c9-4c06-b551-f6016e563076"])
def test_app_control_takes_the_policy(base: str | None, tmp_path: Path) -> None:
    policy, made = tmp_path / "policy.xml", tmp_path / "policy.cip"
    found = [each for _, each in files(tmp_path)]
    policy.write_text(code_integrity_policy("example 1.0", SUMS, found, base=base), encoding="utf-8")
    powershell(f"ConvertFrom-CIPolicy -XmlFilePath '{policy}' -BinaryFilePath '{made}'", "ConvertFrom-CIPolicy")
    assert made.stat().st_size > 0
