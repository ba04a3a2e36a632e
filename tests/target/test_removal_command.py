"""The command that removes a kept copy when its program has ended: with an administrator's rights, in cmd."""

from __future__ import annotations

import re

from bundler.target.machine.removal_command import removal_command

SYSTEM = "C:\\Windows\\System32"
BUILT_IN = {"cd", "if", "del", "rmdir"}


def test_no_program_comes_from_the_accounts_path() -> None:
    """A folder of the machine's PATH before System32 may be one in which others put a ping.exe."""
    environ = {"Path": "C:\\open;C:\\Windows\\System32", "SystemRoot": "C:\\mine", "X": "1"}
    line, variables = removal_command("C:/Env/uninstall/1.0-0a1b2c3d", ["C:/Env & more"], environ, SYSTEM)
    started = set(re.findall(r"(?:^|[(&] ?)([a-z.]+)(?= )", line.partition("/c ")[2].strip('"')))
    assert started <= BUILT_IN | {"ping.exe"}
    assert "ping.exe" in started
    assert line.startswith(f'"{SYSTEM}')
    assert {key: value for key, value in variables.items() if key.upper() == "PATH"} == {"PATH": SYSTEM}
    assert variables["X"] == "1"
    assert "%SystemRoot%" not in line


def test_paths_come_by_variables() -> None:
    line, variables = removal_command("C:/a & b/uninstall/1.0-0a1b2c3d", ["C:/a & b/uninstall", "C:/a & b"], {}, SYSTEM)
    assert "a & b" not in line
    assert (variables["BUNDLE_ABOVE"], variables["BUNDLE_FOLDER1"]) == ("C:/a & b/uninstall", "C:/a & b")
    assert line.count("ping.exe") >= 40
    assert len(line) < 8191
    longest, _ = removal_command("C:/" + "x" * 200 + "/1.0-0a1b2c3d", ["C:/" + "y" * 230] * 20, {}, SYSTEM)
    assert longest.count("ping.exe") >= 3
