"""What the build host does with each kind of runtime, by the kind's own module."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError, IntegrityError
from bundler.fetch import Store
from bundler.model.artifact import Artifact, StoredFile, Tree
from bundler.model.lock import LockedRuntime
from bundler.model.target import Target
from bundler.runtime.branches import branch_of
from bundler.runtime.kinds import embed_runtime, exe_runtime, msi_runtime
from bundler.runtime.kinds.behaviour import fits_every_version
from bundler.runtime.python_org import PYTHON_MIRROR
from bundler.runtime.runtime_file import RuntimeFile, SignerDemand
from tests.support.msi import make_python_msi
from tests.support.programs import make_program
from tests.support.reporters import Remembering

if TYPE_CHECKING:
    from pathlib import Path

OLD = Target.of("2.7.18", "win_amd64")
NEW = Target.of("3.11.9", "win_amd64")
UNSIGNED = SignerDemand(signer=None)


def runtime_file(path: Path, kind: str, target: Target) -> RuntimeFile:
    locked = LockedRuntime(kind=kind, source="x", file=Artifact(filename=path.name, path=str(path)), signer=None)
    return RuntimeFile(
        locked=locked,
        stored=StoredFile.of(path),
        target=target,
        folder=path.parent / "unpacked",
        shelf=Store(path.parent / "store"),
        reporter=Remembering(),
    )


def no_tree() -> Tree:
    raise AssertionError("an installer is not unpacked to be checked")


def test_compilers_get_the_files_of_an_msi_that_starting_can_do_without(tmp_path: Path) -> None:
    program = make_program(version=(2, 7, 18150, 1013), dll=True)
    files = {"python.exe": program, "python27.dll": program, "Lib/os.py": b"x", "include/Python.h": b"h"}
    file = runtime_file(make_python_msi(tmp_path / "python-2.7.18.msi", files), "msi", OLD)
    folder = msi_runtime.BEHAVIOUR.build_folder(file, no_tree)
    assert folder is not None
    assert (folder / "include" / "Python.h").read_bytes() == b"h"
    tree = msi_runtime.BEHAVIOUR.tree(dataclasses.replace(file, folder=tmp_path / "other"))
    assert "include/Python.h" not in tree.paths


def test_an_exe_has_no_files_before_it_is_run(tmp_path: Path) -> None:
    path = tmp_path / "python-3.11.9-amd64.exe"
    path.write_bytes(make_program(platform="win32"))
    assert exe_runtime.BEHAVIOUR.build_folder(runtime_file(path, "exe", NEW), no_tree) is None


@pytest.mark.parametrize("demand", [UNSIGNED, SignerDemand(signer="Python Software Foundation")])
def test_an_unsigned_installer_is_taken_where_the_recipe_allows_it(tmp_path: Path, demand: SignerDemand) -> None:
    path = tmp_path / "python-3.11.9-amd64.exe"
    path.write_bytes(make_program(platform="win32"))
    file = runtime_file(path, "exe", NEW)
    if demand.signer is None:
        assert exe_runtime.BEHAVIOUR.check(file, demand, no_tree) is None
        return
    with pytest.raises(IntegrityError) as caught:
        exe_runtime.BEHAVIOUR.check(file, demand, no_tree)
    assert caught.value.reference == "signature-missing"


def test_which_versions_a_kind_fits() -> None:
    fits_every_version(OLD)
    exe_runtime.BEHAVIOUR.fits(NEW)
    with pytest.raises(InputError, match=r"begin with 3\.5"):
        exe_runtime.BEHAVIOUR.fits(OLD)


def test_an_embeddable_zip_has_an_address() -> None:
    address = embed_runtime.BEHAVIOUR.address
    assert address is not None
    assert str(address(NEW, branch_of(NEW.python), PYTHON_MIRROR)).endswith("/3.11.9/python-3.11.9-embed-amd64.zip")
