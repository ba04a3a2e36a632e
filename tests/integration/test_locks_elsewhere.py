"""Our locks installed by pip and by uv, which read them by the standard alone."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from tests.support.archives import make_archive
from tests.support.packages import make_project, make_sdist, make_wheel
from tests.support.programs import make_program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.commandline import Bench

PYTHON = platform.python_version()


def lock_of_all_kinds(bench: Bench) -> Path:
    """A lock for this host's Python, of wheels and sdists from an index, a disk and other addresses, and of a project's folder.

    Its target says of itself that it is this host, which can't have a bundle everywhere.
    """
    major, minor, micro = map(int, PYTHON.split("."))
    version = (major, minor, micro * 1000 + 150, 1013)
    program, library = make_program(version=version), make_program(dll=True, version=version)
    runtime = make_archive(
        bench.root / "runtime.zip",
        {
            "python.exe": program,
            f"python{major}{minor}.dll": library,
            "vcruntime140.dll": make_program(dll=True, product="Visual C++"),
            "Lib/os.py": b"#\n",
            "Lib/venv/__init__.py": b"#\n",
            "Lib/venv/scripts/nt/python.exe": program,
        },
    )
    bench.index.serve("/python.zip", runtime.read_bytes())
    bench.publish("local", "1.0+rebuilt.1")
    bench.publish("extras", extras={"more": ["wanted"]})
    bench.publish("wanted")
    bench.index.add(make_sdist(bench.published, "source"))
    beside = make_wheel(bench.folder, "beside")
    addresses = [
        bench.index.serve(f"/direct/{each.name}", each.read_bytes())
        for each in (make_wheel(bench.published, "far"), make_sdist(bench.published, "farther"))
    ]
    make_project(bench.root / "mine", "mine", requires=["beta"])
    here = f'sys_platform = "{sys.platform}"\nplatform_machine = "{platform.machine()}"'
    bench.write(
        runtime=f'source = "{{base}}/python.zip"\nunsigned = true\n[target.markers]\n{here}',
        requirements=[
            *("alpha", "local", "extras[more]", "source"),
            *(f"beside @ {beside.as_uri()}", f"far @ {addresses[0]}", f"farther @ {addresses[1]}"),
        ],
        packages='projects = ["../mine"]',
        targets=[(PYTHON, "win_amd64")],
    )
    done = bench.run("lock", bench.recipe)
    assert done.code == 0, done.err
    return next(bench.folder.glob("pylock.*.toml"))


def run(bench: Bench, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    environ = bench.environ() | {"NO_PROXY": "127.0.0.1"}
    return subprocess.run(command, cwd=bench.root, env=environ, capture_output=True, text=True, check=False)


def installed(bench: Bench, command: Sequence[str | Path], folder: Path) -> set[str]:
    """What ``command`` installed into ``folder``: names and versions."""
    done = run(bench, command)
    assert done.returncode == 0, done.stderr
    return {each.name.removesuffix(".dist-info") for each in folder.glob("*.dist-info")}


def lock_for_another_machine(bench: Bench) -> Path:
    """A lock of a pure package, for a machine that this host isn't, with this host's Python."""
    bench.write(
        runtime='source = "{base}/python.zip"\nunsigned = true\n[target.markers]\nplatform_machine = "ARM64"',
        targets=[(PYTHON, "win_amd64")],
    )
    done = bench.run("lock", bench.recipe)
    assert done.code == 0, done.err
    return next(bench.folder.glob("pylock.*.toml"))


EXPECTED = {
    *("alpha-1.0", "beta-1.0", "local-1.0+rebuilt.1", "extras-1.0", "wanted-1.0", "source-1.0"),
    *("beside-1.0", "far-1.0", "farther-1.0", "mine-1.0"),
}


@pytest.mark.skipif(not PYTHON.replace(".", "").isdigit(), reason="a prerelease of Python is no target")
def test_pip_and_uv_install_what_is_locked(bench: Bench) -> None:
    lock = lock_of_all_kinds(bench)
    target = bench.root / "by uv"
    uv = Path(sysconfig.get_path("scripts"), "uv.exe" if os.name == "nt" else "uv")
    options = (
        "--quiet",
        "--no-config",
        "--no-python-downloads",
        "--preview-features",
        "pylock",
        "--no-build-isolation",
    )
    by_uv: list[str | Path] = [uv, "pip", "sync", *options, "--python", sys.executable]
    by_uv += ["--cache-dir", bench.root / "cache", "--target", target]
    assert installed(bench, [*by_uv, lock], target) == EXPECTED
    target = bench.root / "by pip"
    # else pip takes no folder beside what has hashes, whoever wrote the file
    more = ("--no-cache-dir", "--quiet", "--no-require-hashes", "--disable-pip-version-check", "--no-build-isolation")
    by_pip: list[str | Path] = [sys.executable, "-m", "pip", "--isolated", "install", *more, "--target", target, "-r"]
    pip_reads = Version(importlib.metadata.version("pip")) >= Version("26.3")
    if pip_reads:
        assert installed(bench, [*by_pip, lock], target) == EXPECTED
    lock = lock_for_another_machine(bench)
    for command in (by_uv, by_pip) if pip_reads else (by_uv,):
        refused = run(bench, [*command, lock])
        assert refused.returncode != 0
        assert "environment" in refused.stderr, refused.stderr
