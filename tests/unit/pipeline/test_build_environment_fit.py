from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.model.target import Target
from bundler.pipeline.build_environment_fit import mismatch
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

WINDOWS = Target.of("3.11.9", "win_amd64")
LINUX = Target.of("3.13.1", "manylinux_2_28_x86_64")


def test_what_is_pure_and_complete_fits_everywhere(tmp_path: Path) -> None:
    wheels = [
        make_wheel(tmp_path, "setuptools", "80.1", extras={"core": ["parts>=2"]}),
        make_wheel(tmp_path, "parts", "2.0", requires=["colours ; sys_platform == 'win32' and python_version < '3'"]),
    ]
    for target in (WINDOWS, LINUX):
        assert mismatch(wheels, ["setuptools[core]>=61", "tomli ; python_version < '3.11'"], target) == ""
    assert mismatch([], [], WINDOWS) == ""


@pytest.mark.parametrize(
    ("wheels", "wanted", "reason"),
    [
        (({"name": "cython", "tag": "cp313-cp313-manylinux_2_17_x86_64"},), "cython", "isn't for CPython 3.11.9 on win_amd64"),
        (({"name": "setuptools", "requires_python": ">=3.12"},), "setuptools", "it needs Python >=3.12"),
        (({"name": "setuptools", "version": "60.0"},), "setuptools>=61", "setuptools>=61 is needed"),
        (({"name": "setuptools"},), "wheel", "wheel is needed and not among them"),
        (({"name": "tool", "requires": ["colorama ; os_name == 'nt'"]},), "tool", "colorama is needed"),
        (({"name": "tool", "extras": {"x": ["more"]}},), "tool[x]", "more is needed"),
        (({"name": "tool", "requires": ["new ; platform_release > '9'"]},), "tool", "platform_release"),
    ],
)  # fmt: skip
def test_why_it_does_not_fit(tmp_path: Path, wheels: tuple[dict[str, object], ...], wanted: str, reason: str) -> None:
    made = [make_wheel(tmp_path, **each) for each in wheels]  # type: ignore[arg-type]
    assert reason in mismatch(made, [wanted], WINDOWS)


def test_what_is_no_wheel_fits_nowhere(tmp_path: Path) -> None:
    broken = tmp_path / "demo-1.0-py3-none-any.whl"
    broken.write_bytes(b"no zip")
    assert mismatch([broken], ["demo"], WINDOWS)
    assert mismatch([tmp_path / "demo.whl"], ["demo"], WINDOWS)
