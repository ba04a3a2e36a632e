"""The application that the recipes here carry: its settings, its wheel, its pages under twistd."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.build.isolated import make_environment
from bundler.build.source_metadata import inspect_source
from bundler.build.source_wheel import SourceBuild, build_wheel
from bundler.model.target import Target
from tests.support.building import SANDBOX, Environments, setuptools_wheel
from tests.support.reporters import Remembering

if TYPE_CHECKING:
    from types import ModuleType

MY_APP = Path(__file__).parents[2] / "recipes" / "my_app"
WINDOWS = Target.of("3.11.9", "win_amd64")


@pytest.fixture(scope="module")
def settings() -> ModuleType:
    spec = importlib.util.spec_from_file_location("my_app_settings", MY_APP / "my_app" / "settings.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("my_app")
    environment = make_environment((setuptools_wheel(),), work / "environment", sandbox=SANDBOX)
    reporter = Remembering()
    built = build_wheel(
        SourceBuild(
            source=MY_APP,
            name="my_app",
            version="4.14.2",
            target=WINDOWS,
            environment=environment,
            epoch=1_700_000_000,
            work=work / "work",
        ),
        reporter,
    )
    assert not reporter.warnings
    return built


@pytest.mark.parametrize(
    ("environ", "ini", "expected"),
    [
        ({}, None, ("127.0.0.1", 8080)),
        ({"MY_APP_PORT": "81"}, None, ("127.0.0.1", 81)),
        ({}, "[my_app]\nport = 82\n", ("127.0.0.1", 82)),
        ({}, "\ufeff[my_app]\r\ninterface=0.0.0.0\r\n[other]\r\nport=1\r\n", ("0.0.0.0", 8080)),  # noqa: S104
        ({"MY_APP_PORT": "83", "MY_APP_INTERFACE": "::1"}, "[my_app]\nport = 82\n", ("::1", 83)),
        ({"MY_APP_PORT": ""}, "[my_app]\nport = 82\n", ("127.0.0.1", 82)),
    ],
)
def test_settings(settings: Any, tmp_path: Path, environ: dict[str, str], ini: str | None, expected: object) -> None:
    if ini is not None:
        path = tmp_path / "my app é.ini"
        path.write_bytes(ini.encode())
        environ = environ | {"MY_APP_CONFIG": str(path)}
    assert settings.load(environ) == expected


@pytest.mark.parametrize(
    ("port", "ini", "words"),
    [
        ("x", None, "'x', from MY_APP_PORT"),
        ("70000", None, "'70000'"),
        ("-1", None, "'-1'"),
        (None, "[my_app]\nport = no\n", "config.ini, is no TCP port"),
        (None, "[other]\n", "has no section [my_app]"),
        (None, "no ini", "can't be read"),
        (None, "", "has no section"),
    ],
)
def test_wrong_settings_say_where(settings: Any, tmp_path: Path, port: str | None, ini: str | None, words: str) -> None:
    environ = {"MY_APP_PORT": port} if port is not None else {}
    if ini is not None:
        path = tmp_path / "config.ini"
        path.write_text(ini)
        environ["MY_APP_CONFIG"] = str(path)
    with pytest.raises(settings.SettingsError, match=re.escape(words)):
        settings.load(environ)


def test_nothing_of_it_runs_to_be_resolved(tmp_path: Path) -> None:
    make = Environments(tmp_path)
    found = inspect_source(MY_APP, name="my_app", target=WINDOWS, make_environment=make, work=tmp_path / "work")
    assert (found.static, found.version, found.requires_dist) == (True, "4.14.2", ("twisted",))
    assert not make.asked


def test_its_wheel_has_the_tac(wheel: Path) -> None:
    assert wheel.name == "my_app-4.14.2-py2.py3-none-any.whl", "the Pythons of 2015 take it too"
    with zipfile.ZipFile(wheel) as archive:
        assert "my_app/my_tacfile.tac" in archive.namelist()


@pytest.mark.network
def test_it_answers_under_twistd(wheel: Path, tmp_path: Path) -> None:
    environment = make_environment((), tmp_path / "environment", sandbox=SANDBOX)
    install = ["-m", "pip", "--python", str(environment.python), "install", "--quiet", str(wheel)]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    (folder,) = environment.folder.glob("lib/*/site-packages/my_app")
    command = [str(environment.scripts / "twistd"), "--nodaemon", "--pidfile=", "--python", "my_tacfile.tac"]
    variables = {**environment.variables, "MY_APP_PORT": "0", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            started = (re.search(r"Site starting on (\d+)", line) for line in process.stdout)
            port = next(int(found[1]) for found in started if found)
            assert _get(port, "/health") == "ok\n"
            page = _get(port, "/")
            with pytest.raises(urllib.error.HTTPError) as caught:
                _get(port, "/nothing-here")
            caught.value.close()
        finally:
            process.terminate()
    assert "<h1>my_app 4.14.2</h1>" in page
    assert "<th>Twisted</th>" in page
    assert "not here (No module named &#x27;pyodbc&#x27;)" in page
    assert caught.value.code == 404


def _get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        text: str = answer.read().decode()
        return text
