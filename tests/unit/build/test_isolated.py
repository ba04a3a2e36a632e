from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from bundler.build.isolated import host_target, make_environment
from bundler.errors import BuildError, HostError
from tests.support.building import SANDBOX
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path


def test_an_environment_holds_its_wheels_and_nothing_else(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, requires=["never-asked-for"], entry_points={"console_scripts": {"demo": "demo:main"}})
    environment = make_environment([wheel], tmp_path / "an environment", sandbox=SANDBOX)
    command = [
        str(environment.python),
        "-c",
        "import importlib.metadata as m; print([d.name for d in m.distributions()])",
    ]
    done = subprocess.run(command, env=dict(environment.variables), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['demo']"
    assert (environment.scripts / ("demo.exe" if os.name == "nt" else "demo")).is_file()
    assert environment.variables["PATH"].startswith(str(environment.scripts))


def test_a_wheel_that_can_not_be_installed(tmp_path: Path) -> None:
    broken = tmp_path / "demo-1.0-py3-none-any.whl"
    broken.write_bytes(b"no zip")
    with pytest.raises(BuildError, match=r"demo-1\.0-py3-none-any\.whl can't be installed") as caught:
        make_environment([broken], tmp_path / "environment", sandbox=SANDBOX)
    assert caught.value.reference == "build-environment"


def test_a_host_that_no_bundle_can_be_built_on() -> None:
    with pytest.raises(HostError) as caught:
        host_target(["macosx_14_0_arm64"])
    assert caught.value.reference == "host-unsupported"


@pytest.mark.parametrize(
    ("tag", "windows"), [("win_amd64", True), ("win_arm64", True), ("musllinux_1_2_x86_64", False)]
)
def test_hosts_of_other_kinds(tag: str, windows: bool) -> None:
    assert host_target([tag, "any"]).windows is windows


def test_the_plain_linux_tag_comes_last() -> None:
    found = host_target(["linux_x86_64", "manylinux_2_36_x86_64", "manylinux_2_35_x86_64"])
    assert found.platform == "manylinux_2_36_x86_64"
