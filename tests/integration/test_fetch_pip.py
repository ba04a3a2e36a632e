"""pip's configuration as this product reads it is what pip itself makes of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bundler.fetch.pipconf import config_files, read_pip_settings
from tests.support.surroundings import bare_environ, text_of

PREFIX = Path(sys.prefix)
WINDOWS = sys.platform == "win32"


def pip(environ: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "pip", *arguments]
    return text_of(subprocess.run(command, env=environ, capture_output=True, check=True, timeout=120).stdout)


def environment(home: Path, **more: str) -> dict[str, str]:
    environ = {**bare_environ(home=home, temporary=home), "PIP_DISABLE_PIP_VERSION_CHECK": "1", **more}
    if WINDOWS:
        environ["APPDATA"] = os.environ["APPDATA"]  # pip asks the system for it, and not the environment
    return environ


@pytest.mark.parametrize("variables", [(), ("XDG_CONFIG_HOME",), ("XDG_CONFIG_DIRS",), ("PIP_CONFIG_FILE",)])
def test_the_places_are_pips(tmp_path: Path, variables: tuple[str, ...]) -> None:
    values = {
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_CONFIG_DIRS": f"{tmp_path / 'one'}:{tmp_path / 'two'}",
        "PIP_CONFIG_FILE": str(tmp_path / "chosen.conf"),
    }
    (tmp_path / "chosen.conf").write_text("[global]\n")
    environ = environment(tmp_path, **{name: values[name] for name in variables})
    told = re.findall(r"^  (.*), exists: \w+$", pip(environ, "config", "debug"), re.MULTILINE)
    ours = config_files(environ, platform=sys.platform, home=tmp_path, prefix=PREFIX)
    assert sorted(set(map(Path, told))) == sorted(set(ours))


@pytest.mark.parametrize("chosen", [True, False])
def test_the_values_are_pips(tmp_path: Path, *, chosen: bool) -> None:
    user = tmp_path / ("pip/pip.ini" if WINDOWS else ".config/pip/pip.conf")
    user.parent.mkdir(parents=True)
    user.write_text("[global]\nindex_url = https://user.example/simple\ntimeout = 33\n[list]\nproxy = http://no\n")
    (tmp_path / "chosen.conf").write_text("[global]\nproxy = http://chosen.example:1\n")
    more = {"PIP_CONFIG_FILE": str(tmp_path / "chosen.conf")} if chosen else {}
    environ = environment(tmp_path, PIP_CLIENT_CERT="/client.pem", **more)
    told = dict(re.findall(r"^(?:global|:env:)\.([a-z-]+)='(.*)'$", pip(environ, "config", "list"), re.MULTILINE))
    ours = read_pip_settings(environ, platform=sys.platform, home=tmp_path, prefix=PREFIX)
    assert ours.index_url == told.get("index-url")
    assert ours.proxy == told.get("proxy")
    assert ours.client_cert == told["client-cert"] == "/client.pem"
    assert (ours.timeout == 33) is ("timeout" in told) is not chosen
