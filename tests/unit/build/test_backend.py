from __future__ import annotations

import platform
import sys

import pytest
from packaging.markers import default_environment

from bundler.build.backend import needs_view, tail
from bundler.build.isolated import host_target
from bundler.model.target import Target


def test_the_host_is_its_own_target() -> None:
    assert not needs_view(host_target())
    assert host_target().python == platform.python_version()


@pytest.mark.parametrize("target", [Target.of("3.11.9", "win_amd64"), Target.of("3.5.0", host_target().platform)])
def test_another_machine_or_version_needs_a_view(target: Target) -> None:
    assert needs_view(target)


def test_another_width_needs_a_view() -> None:
    """On Windows a Python of 32 bits and one of 64 say the same in every marker."""
    other = "win32" if sys.maxsize > 2**32 else "win_amd64"
    markers = {name: str(value) for name, value in default_environment().items()}
    assert needs_view(Target.of(platform.python_version(), other, markers=markers))


def test_the_host_target_takes_what_the_host_takes() -> None:
    assert f"cp{sys.version_info[0]}{sys.version_info[1]}" in host_target().abi
    assert {tag.platform for tag in host_target().tags()} > {"any"}


def test_tail_is_bounded() -> None:
    log = "\n\n".join(f"{number} " + "x" * 1000 for number in range(100))
    lines = tail(log)
    assert len(lines) == 20
    assert lines[-1].startswith("99 ")
    assert max(map(len, lines)) == 300
