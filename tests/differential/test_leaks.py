"""What resolvers that take the build host for the target get wrong, on the recorded index: a Linux host and its Python must not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.differential.cases import requirement_sets, target_of

if TYPE_CHECKING:
    from tests.differential.conftest import Replay

ALL_TARGETS = requirement_sets()["torch"].targets
FOR_WINDOWS = {"colorama", "pywinpty"}
FOR_POSIX = {"pexpect", "ptyprocess"}


@pytest.mark.parametrize("slug", ALL_TARGETS)
@pytest.mark.parametrize("name", ["click-tqdm", "pytest-hypothesis"])
def test_windows_keeps_colorama(replay: Replay, name: str, slug: str) -> None:
    assert "colorama" in replay.names(name, slug)


@pytest.mark.parametrize("slug", ["3.8.10-win_amd64", "3.11.9-win_amd64", "3.13.1-win_amd64"])
def test_jupyterlab_has_what_windows_needs_and_nothing_of_posix(replay: Replay, slug: str) -> None:
    found = replay.names("jupyterlab", slug)
    assert len(found) > 80
    assert found >= FOR_WINDOWS
    assert not found & FOR_POSIX


def test_a_linux_target_is_the_other_way_round(replay: Replay) -> None:
    """The one above could pass by a resolver that knows Windows only."""
    found = replay.names("ipython", "3.11.9-manylinux_2_28_x86_64")
    assert "colorama" not in found
    assert "pexpect" in found
    assert "pexpect" not in replay.names("ipython", "3.11.9-win_amd64")


@pytest.mark.parametrize("platform", ["win32", "win_amd64"])
def test_an_old_python_keeps_its_backports(replay: Replay, platform: str) -> None:
    backports = {"importlib-resources", "pkgutil-resolve-name", "zipp"}
    assert replay.names("jsonschema-4.17", f"3.8.10-{platform}") >= backports
    assert not replay.names("jsonschema-4.17", f"3.11.9-{platform}") & backports


@pytest.mark.parametrize("platform", ["win32", "win_amd64"])
def test_twisted_for_2_7_keeps_typing(replay: Replay, platform: str) -> None:
    found = replay.answer("twisted-2.7", target_of(f"2.7.18-{platform}"))
    assert "twisted==20.3.0" in found
    assert "typing" in {each.partition("==")[0] for each in found}


@pytest.mark.parametrize("slug", ALL_TARGETS)
def test_cuda_is_for_linux(replay: Replay, slug: str) -> None:
    assert not [each for each in replay.names("torch", slug) if each.startswith(("nvidia", "triton", "cuda"))]
