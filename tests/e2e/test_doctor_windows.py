"""``bundle doctor`` on a Windows build host: what it says of compilers is what was found and tried there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.commandline import make_bench
from tests.support.compilers import make_build_tools, make_vswhere, register
from tests.support.index import LocalIndex

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.windows_host import WindowsHost

pytestmark = [pytest.mark.e2e, pytest.mark.network]

TARGET = "CPython 3.11.9 on win_amd64"
TOOLS = "C:\\Tools é & (x86)"


def test_a_recipe_that_wants_something_compiled(windows_host: WindowsHost, tmp_path: Path) -> None:
    windows = windows_host.session
    with LocalIndex() as index:
        windows_host.answer_at(index)
        bench = make_bench(tmp_path / "bench", index)
        bench.publish("pip")
        bench.write(requirements=["demo"], packages='build = ["demo"]')
        shutil.copytree(bench.folder, windows_host.work, dirs_exist_ok=True)

        def doctor() -> tuple[int, dict[str, dict[str, Any]]]:
            done = windows_host.bundle("doctor", "example.toml", "--json", "--index", index.url)
            findings = {each["what"]: each for each in done.json["findings"]}
            return done.code, {name: each for name, each in findings.items() if name.endswith(TARGET)}

        code, found = doctor()
        compiler = found[f"compiler for {TARGET}"]
        assert (code, compiler["verdict"]) == (7, "bad")
        assert compiler["detail"].startswith("none: 3.11 needs Visual C++ 2015 or later")
        assert "build/windows_host.py" in compiler["mend"]
        assert found[f"Python to build for {TARGET}"]["verdict"] == "note"

        make_vswhere(windows, make_build_tools(windows, TOOLS, "17.9.34607.119", name="Visual Studio Build Tools 2022"))
        key = r"HKCU\Software\Python\PythonCore\3.11\InstallPath"
        register(windows, key, "", windows_host.python.rpartition("\\")[0], view=64)
        code, found = doctor()
        compiler = found[f"compiler for {TARGET}"]
        assert (code, compiler["verdict"]) == (0, "good")
        script = rf"{TOOLS}\VC\Auxiliary\Build\vcvarsall.bat"
        assert compiler["detail"] == f"Visual Studio Build Tools 2022 (17.9), toolset 14.39.33519, {script} amd64"
        assert found[f"Python to build for {TARGET}"]["detail"] == r"3.11.9 in C:\Python311"

        everything = windows_host.bundle("doctor", "--index", index.url)
        assert everything.code == 0, everything.out + everything.err
        assert "Build Tools 2022" in everything.out
