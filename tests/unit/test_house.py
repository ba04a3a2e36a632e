"""Rules for the inside of the house: no kind by name, no train of parameters."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import bundler
from bundler.model.platforms import PLATFORMS
from bundler.model.runtime_kinds import RUNTIME_KINDS
from bundler.pack.forms import FORMATS
from bundler.pack.layout import readme_of
from bundler.runtime.kinds import behaviour_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(bundler.__file__).parent
ELSEWHERE = ("target", "rehearse/windows/guest")
"""Runs on other machines."""
BUILD_SIDE = [
    path for path in sorted(ROOT.rglob("*.py")) if not path.relative_to(ROOT).as_posix().startswith(ELSEWHERE)
]

OTHER_MEANINGS = {
    ("legacy/contents.py", "exe"): "the ending of a launcher's name",
    ("model/lock_encoding.py", "archive"): "a package's archive (PEP 751)",
    ("model/prerequisite_faults.py", "exe"): "a prerequisite's kind",
    ("model/prerequisite_faults.py", "msi"): "a prerequisite's kind",
    ("resolve/file_checks.py", "none"): "a tag: a wheel for any ABI",
    ("model/service_faults.py", "none"): "whether an account has a password",
    ("resolve/explain.py", "none"): "a wheel's ABI",
    ("runtime/prerequisite_installer.py", "msi"): "a prerequisite's kind",
}
"""Comparisons with a word that is a kind's name too, and what it means there."""


def compared(tree: ast.Module) -> Iterator[str]:
    """The strings that a module compares with: by operators, in patterns, as literal types of a kind."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Compare, ast.MatchValue)):
            yield from (
                each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


def comparisons() -> set[tuple[str, str]]:
    return {
        (path.relative_to(ROOT).as_posix(), word)
        for path in BUILD_SIDE
        for word in compared(ast.parse(path.read_text(encoding="utf-8")))
        if word in RUNTIME_KINDS
    }


def test_nothing_compares_with_the_name_of_a_runtime_kind() -> None:
    assert comparisons() == OTHER_MEANINGS.keys()


def test_every_kind_that_a_recipe_can_have_has_a_module() -> None:
    names = {path.stem for path in (ROOT / "runtime" / "kinds").glob("*_runtime.py")}
    assert names == {f"{each.name}_runtime" for each in RUNTIME_KINDS.values()}


def test_what_is_known_of_a_kind_fits_what_is_done_with_it() -> None:
    for kind in RUNTIME_KINDS.values():
        assert (behaviour_of(kind.name).address is not None) == kind.has_address, kind.name


def test_every_form_of_a_bundle_has_a_module() -> None:
    names = {path.stem for path in (ROOT / "pack" / "forms").glob("*_form.py")} - {"bundle_form"}
    assert names == {each.module for each in FORMATS.values()}


def test_every_system_has_a_readme() -> None:
    for each in PLATFORMS:
        assert callable(readme_of(each))


MOST_PARAMETERS = 6
LONG = {"cli": "click passes each option as a parameter of its own"}
"""Parts whose functions may have more, and why."""


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[str]:
    """Their names, that of the object itself left out."""
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def long_trains() -> dict[str, int]:
    return {
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno}": len(parameters(node))
        for path in BUILD_SIDE
        if path.relative_to(ROOT).parts[0] not in LONG
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        and len(parameters(node)) > MOST_PARAMETERS
    }


def test_what_travels_together_is_a_value_and_no_train_of_parameters() -> None:
    assert not long_trains()


def test_methods_are_counted_without_the_object_itself() -> None:
    tree = ast.parse("def f(a, /, b, *, c): ...\nclass K:\n    def g(self, a, *, b): ...\n")
    assert [parameters(each) for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)] == [
        ["a", "b", "c"],
        ["a", "b"],
    ]


ONLY_IN_FOREIGN = frozenset({"parse_wheel_filename", "parse_sdist_filename", "parse_tag", "Requirement", "tomllib"})
"""Readers without bounds, or with errors of several kinds: ``bundler/foreign.py`` has each with its bound and its one error."""
OWN_DATA = frozenset(
    {
        "pipeline/run_time_downloads.py",
        "runtime/dlls/known.py",
        "runtime/branches.py",
        "present/explanations.py",
        "rehearse/unproven.py",
    }
)
"""Modules that read TOML of the product's own."""


def unbounded_readers() -> set[tuple[str, str]]:
    found = set()
    for path in BUILD_SIDE:
        place = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                names = [node.func.id]
            found |= {(place, name) for name in names if name in ONLY_IN_FOREIGN}
    return found


def test_texts_of_others_are_read_in_one_place() -> None:
    others = {(place, name) for place, name in unbounded_readers() if place != "foreign.py"}
    assert {each for each in others if each[0] not in OWN_DATA} == set()


def test_folders_of_our_own_are_removed_in_one_way() -> None:
    """``bundler.atomic`` waits for scanners on Windows, and removes what is deep, closed or read-only."""
    plain = {"shutil.rmtree", "tempfile.TemporaryDirectory"}
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in BUILD_SIDE
        if path.name != "atomic.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _names(node)
        if name in plain
    ]
    assert found == []


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        yield ast.unparse(node)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{each.name}" for each in node.names)


READ_AS_THEY_ARE = {
    "build/target_view.py": "runs in a build's own Python, and reads a file of ours",
    "formats/wheel_writer.py": "an entry that knows how it is opened",
    "isolation/watching.py": "files of the kernel",
    "legacy/contents.py": "unpacked here, in a folder of our own",
    "legacy/converting.py": "unpacked here, in a folder of our own",
    "legacy/dist_info.py": "unpacked here, in a folder of our own",
    "legacy/python_syntax.py": "unpacked here, in a folder of our own",
    "pack/shipped.py": "the product's own",
    "pipeline/derived.py": "the product's own",
    "pipeline/new_recipe.py": "the product's own",
    "present/explanations.py": "the product's own",
    "present/html_page.py": "the product's own",
    "trust/site_folder.py": "the product's own",
    "rehearse/unproven.py": "the product's own",
    "rehearse/wine/bed.py": "in the machine as it was made, before anything runs there",
    "rehearse/wine/bed_cache.py": "a file of ours, to hold a lock on",
    "rehearse/wine/connection_record.py": "files of the kernel",
    "rehearse/wine/session_limits.py": "files of the kernel",
    "rehearse/wine/session_mounts.py": "files of the kernel",
    "rehearse/wine/chroot.py": "in the machine as it was made, before anything runs there",
    "rehearse/wine/choosing.py": "a file of ours, in the product's cache",
    "rehearse/wine/container.py": "the product's own",
    "rehearse/wine/first_process.py": "in a folder that no program of the machine sees",
    "rehearse/wine/unprivileged.py": "in a folder that no program of the machine sees",
    "rehearse/wine/wine_session.py": "in a folder that no program of the machine sees",
    "pipeline/run_time_downloads.py": "the product's own",
    "runtime/branches.py": "the product's own",
    "runtime/dlls/known.py": "the product's own",
}
"""Modules that open files otherwise than by ``bundler.plain_file``, and which."""


def opens_for_reading(call: ast.Call) -> bool:
    """Whether it is ``path.open()``, ``open(path)`` or what reads a whole path, in a mode for reading."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("read_bytes", "read_text") and isinstance(call.func, ast.Attribute):
        return True
    if name != "open" or any(each.arg in ("opener", "fileobj") for each in call.keywords):
        return False
    modes = call.args[0:1] if isinstance(call.func, ast.Attribute) else call.args[1:2]
    mode = next((each.value for each in modes if isinstance(each, ast.Constant)), None if modes else "r")
    return isinstance(mode, str) and "r" in mode


def test_files_are_opened_for_reading_in_one_place() -> None:
    """A pipe would be waited for, and a device has no end, whoever named it."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in BUILD_SIDE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and opens_for_reading(node)
    }
    assert found == READ_AS_THEY_ARE.keys()


CHECKOUT = Path(__file__).parents[2]
_NAMED_TEST = re.compile(r"(tests/[\w/]+\.py)::(test_\w+)")


def test_tests_that_are_named_are_there() -> None:
    """By the scripts that run them and the pages that point at them."""
    pages = [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md"), *(CHECKOUT / "build").glob("*.py")]
    named = {each for path in pages for each in _NAMED_TEST.findall(path.read_text(encoding="utf-8"))}
    texts = {
        place: (CHECKOUT / place).read_text(encoding="utf-8") for place, _ in named if (CHECKOUT / place).is_file()
    }
    assert len(named) > 10
    assert [f"{place}::{name}" for place, name in sorted(named) if f"def {name}(" not in texts.get(place, "")] == []
