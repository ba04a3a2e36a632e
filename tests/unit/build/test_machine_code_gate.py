from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import pytest
from packaging.tags import parse_tag

from bundler.build.machine_code_gate import Compiled, Making, Verdict, judge
from bundler.build.wheel_gate import check_converted, check_wheel
from bundler.errors import BuildError
from bundler.formats.machine_code import Code, code_of
from bundler.model.target import Target
from bundler.runtime.dlls import Program
from tests.support.packages import make_wheel
from tests.support.programs import make_program

if TYPE_CHECKING:
    from pathlib import Path

TAG = "cp311-cp311-win_amd64"
ELF = b"\x7fELF" + bytes(60)
FOREIGN = Making(carried=None)


def compiled(
    path: str = "demo/_demo.cp311-win_amd64.pyd",
    *imports: str,
    platform: str = "win_amd64",
    code: Code = Code.WINDOWS,
    readable: bool = True,
) -> Compiled:
    program = Program(path=path, platform=platform, imports=imports)
    return Compiled(path=path, sha256=path, code=code, program=program if readable else None)


def judged(*files: Compiled, tag: str = TAG, making: Making | None = None, windows: bool = True) -> Verdict:
    return judge(files, parse_tag(tag), making or Making(), windows=windows)


GOOD = ("python311.dll", "vcruntime140.dll", "api-ms-win-crt-heap-l1-1-0.dll", "kernel32.dll")


def test_what_is_right_passes() -> None:
    assert judged(compiled("a.pyd", *GOOD), compiled("b.dll", "kernel32.dll")) == Verdict(faults=(), warnings=())


@pytest.mark.parametrize(
    ("tag", "dlls"),
    [
        ("cp311-cp311-win_amd64", ["python311.dll", "python3.dll"]),
        ("cp311-abi3-win_amd64", ["python3.dll"]),
        ("cp313-cp313t-win_amd64", ["python313t.dll", "python3t.dll"]),
        ("cp27-cp27m-win32", ["python27.dll"]),
        ("cp27-none-win32", ["python27.dll"]),
        ("py34-none-win32", ["python34.dll", "python3.dll"]),
        ("py3-none-win_amd64", ["python3.dll"]),
        ("cp310.cp311-none-win_amd64", ["python310.dll", "python311.dll"]),
    ],
)
def test_the_python_of_the_tag(tag: str, dlls: list[str]) -> None:
    platform = tag.rpartition("-")[2]
    for dll in dlls:
        assert judged(compiled("a.pyd", dll, platform=platform), tag=tag).faults == ()


@pytest.mark.parametrize(
    ("tag", "dll", "right"),
    [
        ("cp311-cp311-win_amd64", "python312.dll", "python3.dll or python311.dll"),
        ("cp311-cp311-win_amd64", "python311t.dll", "python3.dll or python311.dll"),
        ("cp311-abi3-win_amd64", "python311.dll", "python3.dll"),
        ("cp313-cp313t-win_amd64", "python313.dll", "python313t.dll or python3t.dll"),
        ("cp27-cp27m-win32", "python26.dll", "python27.dll"),
        ("cp27-cp27m-win32", "python3.dll", "python27.dll"),
        ("py3-none-win_amd64", "python311.dll", "python3.dll"),
        ("py2.py3-none-win32", "python27.dll", "python3.dll"),
        ("py2-none-win32", "python27.dll", "no Python of one version"),
    ],
)
def test_another_python(tag: str, dll: str, right: str) -> None:
    found = judged(compiled("a.pyd", dll, platform=tag.rpartition("-")[2]), tag=tag, making=FOREIGN)
    assert found.faults == (f"a.pyd is linked to {dll}; by the wheel's tags it would have to be {right}",)


@pytest.mark.parametrize("making", [Making(), FOREIGN])
@pytest.mark.parametrize("dll", ["vcruntime140d.dll", "ucrtbased.dll", "msvcr90d.dll", "msvcp140d.dll", "mfc140ud.dll"])
def test_a_debug_runtime_is_nobodys(dll: str, making: Making) -> None:
    (fault,) = judged(compiled("a.pyd", dll, *GOOD), making=making).faults
    assert f"linked to {dll}, a debug runtime" in fault


def test_a_debug_python() -> None:
    assert judged(compiled("a.pyd", "python311_d.dll")).faults == (
        "a.pyd is linked to python311_d.dll, Python's debug build",
    )


@pytest.mark.parametrize(
    ("tag", "python", "runtime", "right"),
    [
        ("cp27-cp27m-win32", "python27.dll", "msvcr100.dll", "msvcr90.dll"),
        ("cp27-cp27m-win32", "python27.dll", "vcruntime140.dll", "msvcr90.dll"),
        ("cp25-none-win32", "python25.dll", "msvcr90.dll", "msvcr71.dll"),
        ("cp34-cp34m-win32", "python34.dll", "msvcr90.dll", "msvcr100.dll"),
        ("cp35-cp35m-win32", "python35.dll", "msvcr100.dll", "the universal C runtime"),
        ("cp311-cp311-win32", "python311.dll", "msvcr120.dll", "the universal C runtime"),
    ],
)
def test_another_runtime_is_the_wrong_compiler_here_and_a_warning_elsewhere(
    tag: str, python: str, runtime: str, right: str
) -> None:
    file = compiled("a.pyd", python, runtime, platform="win32")
    here, elsewhere = judged(file, tag=tag), judged(file, tag=tag, making=FOREIGN)
    assert (len(here.faults), here.warnings) == (1, ())
    assert (elsewhere.faults, elsewhere.warnings) == ((), here.faults)
    assert f"and its Python {right}:" in here.faults[0]
    assert judged(file, tag=tag, making=Making(carried=frozenset({"a.pyd"}))) == elsewhere


@pytest.mark.parametrize("tag", ["cp27-cp27m-win32", "cp311-cp311-win32"])
def test_the_runtime_of_windows_itself_is_another_compilers_too(tag: str) -> None:
    python = "python27.dll" if "27" in tag else "python311.dll"
    file = compiled("a.pyd", python, "msvcrt.dll", platform="win32")
    here, elsewhere = judged(file, tag=tag), judged(file, tag=tag, making=FOREIGN)
    assert "a.pyd uses msvcrt.dll" in here.faults[0]
    assert (elsewhere.faults, elsewhere.warnings) == ((), here.faults)


def test_many_extensions_are_one_line() -> None:
    files = [compiled(f"{letter}.pyd", "python311.dll", "msvcrt.dll") for letter in "abcde"]
    (told,) = judged(*files).faults
    assert told.startswith("a.pyd, b.pyd, c.pyd and 2 more use msvcrt.dll, and their Python the universal C runtime:")


def test_libraries_may_have_a_runtime_of_their_own() -> None:
    assert judged(compiled("libs/old.dll", "msvcr100.dll")) == Verdict(faults=(), warnings=())


@pytest.mark.parametrize("making", [Making(), FOREIGN, Making(carried=frozenset({"a.pyd"}))])
def test_an_extension_for_another_machine(making: Making) -> None:
    assert judged(compiled("a.pyd", *GOOD, platform="win32"), making=making).faults == (
        "a.pyd is for win32, and the wheel for win_amd64",
    )


def test_other_programs_for_another_machine() -> None:
    files = (compiled("a.dll", platform="win32"), compiled("a.exe", platform="win32"))
    made = judged(*files)
    assert made.faults == ("a.dll is for win32, and the wheel for win_amd64",)
    assert made.warnings == ("a.exe is for win32, and the wheel for win_amd64",)
    carried = judged(*files, making=FOREIGN)
    assert carried == Verdict(faults=(), warnings=made.faults)


@pytest.mark.parametrize("code", [Code.LINUX, Code.MACOS])
def test_programs_of_other_systems(code: Code) -> None:
    file = compiled("demo/tool", code=code, readable=False)
    words = f"demo/tool is {code.value}"
    assert judged(file).faults == (words,)
    assert judged(file, making=FOREIGN).faults == (words,)
    carried = judged(file, making=Making(carried=frozenset({"demo/tool"})))
    assert carried == Verdict(faults=(), warnings=(words,))
    extension = compiled("a.pyd", code=code, readable=False)
    assert len(judged(extension, making=Making(carried=frozenset({"a.pyd"}))).faults) == 1


def test_what_only_its_name_makes_a_program() -> None:
    assert judged(compiled("a.pyd", code=Code.NAMED, readable=False)).faults == (
        "a.pyd is not a program of a known kind",
    )
    assert judged(compiled("a.pyd", readable=False)).faults == ("a.pyd is not a program of a known kind",)
    assert judged(compiled("a.dll", code=Code.NAMED, readable=False)) == Verdict(faults=(), warnings=())


def test_a_wheel_for_linux_may_hold_what_it_likes() -> None:
    tag = "cp311-cp311-manylinux_2_28_x86_64"
    assert judged(compiled("a.so", code=Code.LINUX, readable=False), tag=tag, windows=False) == Verdict(
        faults=(), warnings=()
    )


def test_what_was_compiled_is_not_for_any_platform() -> None:
    pure = "py3-none-any"
    assert judged(compiled("a.pyd", *GOOD), tag=pure).faults == (
        "a.pyd was compiled, and the wheel says that it is for any platform",
    )
    assert judged(compiled("a.pyd", *GOOD), tag=pure, making=FOREIGN).faults == ()
    assert judged(compiled("a.exe"), tag=pure).faults == ()


@pytest.mark.parametrize(
    "path", ["demo/_fast.pyd", "demo/_fast.cp311-win_amd64.pyd", "demo-1.0.data/platlib/demo/_fast.cp311-win_amd64.pyd"]
)
def test_a_module_that_is_there(path: str) -> None:
    making = Making(modules={"demo._fast": "it was begun"})
    assert judged(compiled(path, *GOOD), making=making).faults == ()


@pytest.mark.parametrize(
    "path", ["demo/_faster.pyd", "_fast.pyd", "demo/_fast.cpython-311-x86_64-linux-gnu.so", "demo/_fast.dll"]
)
def test_a_module_that_is_not(path: str) -> None:
    making = Making(modules={"demo._fast": "it was begun"})
    assert (
        "the extension module demo._fast isn't in it: it was begun"
        in judged(compiled(path, *GOOD), making=making).faults
    )


def test_a_module_of_linux() -> None:
    making = Making(modules={"demo._fast": "it was begun"})
    file = compiled("demo/_fast.cpython-311-x86_64-linux-gnu.so", code=Code.LINUX, readable=False)
    assert judged(file, tag="cp311-cp311-linux_x86_64", making=making, windows=False).faults == ()
    assert len(judged(tag="cp311-cp311-linux_x86_64", making=making, windows=False).faults) == 1


def test_files_that_must_be_there() -> None:
    making = Making(carried=None, files={"demo/_Fast.pyd": "the installer holds it", "_slow.pyd": "it was left out"})
    found = judged(compiled("demo-1.0.data/platlib/demo/_fast.pyd", *GOOD), making=making)
    assert found.faults == ("_slow.pyd isn't in it: it was left out",)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x", ELF, Code.LINUX),
        ("x.pyd", ELF, Code.LINUX),
        ("x", b"\xcf\xfa\xed\xfe" + bytes(60), Code.MACOS),
        ("x.so", make_program(), Code.WINDOWS),
        ("x.pyd", b"", Code.NAMED),
        ("x.py", b"", None),
    ],
)
def test_the_kind_of_code(name: str, content: bytes, code: Code | None) -> None:
    assert code_of(name, io.BytesIO(content)) is code


def test_one_error_names_everything(tmp_path: Path) -> None:
    files = {
        "demo/a.pyd": make_program(dll=True, platform="win32"),
        "demo/b.pyd": make_program(dll=True, imports=("python310.dll", "MSVCR90.dll")),
        "demo/c.pyd": b"text",
        "demo/d.cpython-311-x86_64-linux-gnu.so": ELF,
    }
    path = make_wheel(tmp_path, tag=TAG, files=files, record="incomplete")
    making = Making(modules={"demo.d": "its build set out to compile it"})
    with pytest.raises(BuildError) as caught:
        check_wheel(path, name="demo", version="1.0", target=Target.of("3.11.9", "win_amd64"), making=making)
    assert caught.value.reference == "wheel-broken"
    text = "\n".join(caught.value.context)
    for words in (
        "is not in its RECORD",
        "demo/a.pyd is for win32",
        "demo/b.pyd is linked to python310.dll",
        "demo/b.pyd uses msvcr90.dll",
        "demo/c.pyd is not a program",
        "demo/d.cpython-311-x86_64-linux-gnu.so is a program of Linux",
        "the extension module demo.d isn't in it",
    ):
        assert words in text


def test_a_converted_wheel_is_judged_by_its_own_tags(tmp_path: Path) -> None:
    extension = make_program(dll=True, platform="win32", imports=("python27.dll", "MSVCRT.dll"))
    path = make_wheel(tmp_path, tag="cp27-cp27m-win32", files={"a.pyd": extension})
    checked = check_converted(path, name="demo", version="1.0", making=FOREIGN)
    assert checked.compiled == ("a.pyd",)
    assert "uses msvcrt.dll" in checked.warnings[0]
    digest = hashlib.sha256(extension).hexdigest()
    assert dict(checked.files)["a.pyd"] == digest
