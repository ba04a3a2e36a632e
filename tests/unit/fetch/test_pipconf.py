from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pypi_simple
import pytest

from bundler.errors import HostError, InputError
from bundler.fetch.pipconf import PipSettings, config_files, default_index, read_pip_settings


def read(tmp_path: Path, environ: dict[str, str] | None = None) -> PipSettings:
    return read_pip_settings(
        environ or {},
        platform="linux",
        home=tmp_path / "home",
        prefix=tmp_path / "prefix",
        root=tmp_path,
    )


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_files_override_one_another(tmp_path: Path) -> None:
    write(tmp_path / "etc/xdg/pip/pip.conf", "[global]\nindex-url = https://machine/\ntimeout = 7\ncert = /ca.pem\n")
    write(tmp_path / "home/.config/pip/pip.conf", "[global]\nindex_url = https://user/\nproxy = http://p:1\n")
    settings = read(tmp_path)
    assert settings.index_url == "https://user/"
    assert (settings.timeout, settings.cert, settings.proxy) == (7.0, "/ca.pem", "http://p:1")
    write(tmp_path / "prefix/pip.conf", "[global]\nindex-url = https://prefix/\n")
    assert read(tmp_path).index_url == "https://prefix/"
    chosen = write(tmp_path / "chosen.conf", "[global]\nindex-url = https://chosen/\n")
    settings = read(tmp_path, {"PIP_CONFIG_FILE": str(chosen)})
    assert settings.index_url == "https://chosen/"
    assert settings.proxy is None, "a chosen file takes the user's place"
    assert chosen in settings.files
    assert (
        read(tmp_path, {"PIP_INDEX_URL": "https://variable/", "PIP_CONFIG_FILE": str(chosen)}).index_url
        == "https://variable/"
    )


def test_commands_win_over_global(tmp_path: Path) -> None:
    write(tmp_path / "prefix/pip.conf", "[global]\nindex-url = https://g/\n")
    write(
        tmp_path / "etc/xdg/pip/pip.conf",
        "[install]\nindex-url = https://i/\ntrusted-host = A\n  b:8080\n[download]\nclient-cert = c.pem\n[list]\nindex-url = x\n",
    )
    settings = read(tmp_path)
    assert settings.index_url == "https://i/"
    assert settings.trusted_hosts == ("a", "b:8080")
    assert settings.client_cert == "c.pem"


def test_constraints_of_builds(tmp_path: Path) -> None:
    write(tmp_path / "etc/xdg/pip/pip.conf", "[install]\nbuild-constraint = a.txt\n  b.txt\n")
    assert read(tmp_path).build_constraints == ("a.txt", "b.txt")
    assert read(tmp_path, {"PIP_BUILD_CONSTRAINT": "c.txt"}).build_constraints == ("c.txt",)


def test_the_null_device_means_no_file(tmp_path: Path) -> None:
    write(tmp_path / "prefix/pip.conf", "[global]\nindex-url = https://g/\n")
    settings = read(tmp_path, {"PIP_CONFIG_FILE": os.devnull, "PIP_EXTRA_INDEX_URL": "https://a/ https://b/"})
    assert settings.index_url is None
    assert settings.files == ()
    assert settings.extra_index_urls == ("https://a/", "https://b/")


def test_the_default_index_is_what_pip_says() -> None:
    command = [sys.executable, "-I", "-m", "pip", "install", "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env={"COLUMNS": "500"}).stdout
    found = re.search(r"--index-url <url>.*?\(default\s+(https:[^)]+)\)", said, re.DOTALL)
    assert found
    assert default_index(PipSettings()) == re.sub(r"\s", "", found[1]) + "/" == pypi_simple.PYPI_SIMPLE_ENDPOINT
    assert default_index(PipSettings(index_url="https://mine/simple/")) == "https://mine/simple/"


def test_a_pip_that_does_not_say_its_default_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip._internal.models.index", None)
    assert default_index(PipSettings(index_url="https://mine/simple/")) == "https://mine/simple/"
    with pytest.raises(HostError, match="default") as caught:
        default_index(PipSettings())
    assert caught.value.reference == "default-index-unknown"
    assert "--index" in caught.value.hint


@pytest.mark.parametrize("text", ["no section", "[global]\ntimeout = soon\n", "[global]\ntimeout = -1\n"])
def test_what_can_not_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    write(tmp_path / "prefix/pip.conf", text)
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert caught.value.reference == "pip-config"


def test_bytes_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_bytes(b"[global]\ntimeout = \xff\n")
    with pytest.raises(InputError, match="it is not valid UTF-8") as caught:
        read(tmp_path, {"PIP_CONFIG_FILE": str(config)})
    assert caught.value.reference == "pip-config"


def test_places_on_windows_and_macos(tmp_path: Path) -> None:
    windows = list(
        config_files({"PROGRAMDATA": "P", "APPDATA": "A"}, platform="win32", home=Path("H"), prefix=Path("prefix"))
    )
    assert windows == [Path("P/pip/pip.ini"), Path("H/pip/pip.ini"), Path("A/pip/pip.ini"), Path("prefix/pip.ini")]
    mac = list(config_files({}, platform="darwin", home=tmp_path, prefix=Path("prefix")))
    assert mac == [
        Path("/Library/Application Support/pip/pip.conf"),
        tmp_path / ".pip/pip.conf",
        tmp_path / ".config/pip/pip.conf",
        Path("prefix/pip.conf"),
    ]
    support = tmp_path / "Library/Application Support/pip"
    support.mkdir(parents=True)
    assert support / "pip.conf" in config_files({}, platform="darwin", home=tmp_path, prefix=Path("prefix"))
