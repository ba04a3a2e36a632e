"""The helpers that other tests stand on: what they make is what the tools of this field accept."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import requests
from pypi_simple import ACCEPT_HTML_ONLY, ACCEPT_JSON_PREFERRED, PyPISimple

from tests.support import only_linux
from tests.support.certificates import make_certificates
from tests.support.index import Fault, LocalIndex
from tests.support.packages import make_project, make_sdist, make_wheel

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", ["html", "json", "negotiated"])
def test_pip_installs_from_it(tmp_path: Path, kind: str) -> None:
    dependency = make_wheel(tmp_path / "in", "dep", requires_python=">=3.8")
    wheel = make_wheel(tmp_path / "in", "Demo.App", requires=["dep"], entry_points={"console_scripts": {"d": "dep:x"}})
    with LocalIndex(wheel, dependency, format=kind) as index:  # type: ignore[arg-type]
        command = [sys.executable, "-m", "pip", "--isolated", "install", "--no-cache-dir", "--index-url", index.url]
        subprocess.run(
            [*command, "--target", tmp_path / "out", "demo-app"], check=True, capture_output=True, timeout=120
        )
        assert index.asked("demo_app-1.0-py3-none-any.whl.metadata")
    assert {"dep.py", "demo_app.py"} <= {each.name for each in (tmp_path / "out").iterdir()}


@pytest.mark.parametrize("kind", ["html", "json"])
def test_pages_say_what_was_published(tmp_path: Path, kind: str) -> None:
    wheel = make_wheel(tmp_path, requires_python=">=3.9")
    sdist = make_sdist(tmp_path)
    with LocalIndex(wheel, format=kind) as index:  # type: ignore[arg-type]
        index.add(sdist, yanked="broken")
        index.project_status("demo", "archived")
        with PyPISimple(index.url) as client:
            accept = ACCEPT_HTML_ONLY if kind == "html" else ACCEPT_JSON_PREFERRED
            page = client.get_project_page("demo", accept=accept)
    found = {each.filename: each for each in page.packages}
    assert found[wheel.name].requires_python == ">=3.9"
    assert found[wheel.name].has_metadata
    assert found[sdist.name].is_yanked
    assert found[sdist.name].yanked_reason == "broken"
    assert found[sdist.name].size == (sdist.stat().st_size if kind == "json" else None)
    assert page.status == "archived"


def test_faults_happen_as_often_as_told(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    with LocalIndex(wheel) as index:
        index.fault(wheel.name, Fault(status=503, times=2), Fault(cut=10), Fault(flip=True), Fault(truncate=3))
        url = index.file_url(wheel.name)
        with requests.Session() as session:
            assert [session.get(url).status_code for _ in range(2)] == [503, 503]
            with pytest.raises(requests.exceptions.ChunkedEncodingError):
                session.get(url)
            flipped = session.get(url).content
            assert flipped != wheel.read_bytes()
            assert len(flipped) == wheel.stat().st_size
            assert len(session.get(url).content) == 3
            assert session.get(url).content == wheel.read_bytes()
        assert [each.sent for each in index.asked(wheel.name)][2] == 10


def test_a_stall_ends_when_the_client_gives_up(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    with LocalIndex(wheel) as index, requests.Session() as session:
        index.fault(wheel.name, Fault(stall=True), Fault(stall=True, cut=5))
        for _ in range(2):
            with pytest.raises((requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError)):
                session.get(index.file_url(wheel.name), timeout=0.2)


def test_tls_and_authentication(tmp_path: Path) -> None:
    tls = make_certificates(tmp_path / "tls")
    wheel = make_wheel(tmp_path)
    with LocalIndex(wheel, tls=tls, auth=("u", "p"), client_certificate=True) as index:
        answer = requests.get(
            index.file_url(wheel.name), auth=("u", "p"), verify=str(tls.authority), cert=str(tls.client), timeout=10
        )
        assert answer.content == wheel.read_bytes()
        answer = requests.get(index.url, verify=str(tls.authority), cert=str(tls.client), timeout=10)
        assert answer.status_code == 401


def built_by_pip(source: Path, folder: Path) -> Path:
    """The one wheel that it makes, with nothing from any index."""
    command = [sys.executable, "-m", "pip", "--isolated", "wheel", "--no-index", "--no-deps", "-w", str(folder)]
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=120)
    (built,) = folder.iterdir()
    return built


@pytest.mark.parametrize("c_extension", [False, pytest.param(True, marks=only_linux.COMPILER)])
def test_sdists_build_offline(tmp_path: Path, *, c_extension: bool) -> None:
    sdist = make_sdist(
        tmp_path, requires=["dep"], requires_on={"linux": ["more"], "win": ["less"]}, c_extension=c_extension
    )
    built = built_by_pip(sdist, tmp_path / "out")
    assert built.name.endswith("-py3-none-any.whl") is not c_extension


def test_projects_build_offline(tmp_path: Path) -> None:
    project = make_project(tmp_path / "demo", files={"demo/__init__.py": "", "demo/data.txt": b"\xff"})
    assert built_by_pip(project, tmp_path / "out").name == "demo-1.0-py3-none-any.whl"


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for make in (make_wheel, make_sdist):
        first, second = make(tmp_path / "a"), make(tmp_path / "b")
        assert first.read_bytes() == second.read_bytes()
