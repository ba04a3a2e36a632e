"""Wrong input at the command line: one clear error each, the documented exit code, and nothing half-done."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.commandline import Bench, make_runtime, tree_of
from tests.support.index import Fault
from tests.support.packages import make_project, make_sdist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.commandline import Done


def refused(
    bench: Bench,
    code: int,
    reference: str,
    *words: str,
    arguments: Sequence[str] = (),
    index: str | None = "",
    env: dict[str, str] | None = None,
) -> Done:
    """Build and expect this one error with all of ``words``; the user's folder must stay as it was."""
    before = tree_of(bench.folder)
    done = bench.build(*arguments, index=index, env=env)
    assert (done.code, done.reference) == (code, reference), done.err
    for each in words:
        assert each in done.err
    assert tree_of(bench.folder) == before
    assert not done.out
    return done


def test_an_unknown_package(bench: Bench) -> None:
    bench.write(requirements=["alpha", "nosuchthing"])
    refused(bench, 3, "package-unknown", "nosuchthing is wanted by packages.requirements[1]")


def test_no_file_for_the_target(bench: Bench) -> None:
    bench.publish("picky", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64")
    bench.publish("picky", "0.9", tag="cp312-cp312-win_amd64")
    bench.publish("picky", "0.8", requires_python=">=3.13")
    bench.write(requirements=["picky"])
    done = refused(bench, 3, "no-file-fits", "manylinux_2_17_x86_64", "cp312", "3.13")
    assert "`bundle lock RECIPE --why picky`" in done.err
    why = bench.run("lock", bench.recipe, "--why", "picky")
    assert why.code == 0
    assert all(f"picky-{each}" in why.out for each in ("1.0", "0.9", "0.8"))
    assert not bench.lock.exists(), "--why locks nothing"


def test_a_conflict(bench: Bench) -> None:
    bench.publish("beta", "2.0")
    bench.publish("old", requires=["beta<2"])
    bench.publish("new", requires=["beta>=2"])
    bench.write(requirements=["old", "new"])
    refused(bench, 3, "requirements-conflict", "beta<2 is wanted by old 1.0", "beta>=2 is wanted by new 1.0")


def test_one_package_asked_for_twice_in_different_versions(bench: Bench) -> None:
    bench.publish("beta", "2.0")
    (bench.folder / "more.txt").write_text("beta==2.0\n", encoding="utf-8")
    bench.write(requirements=["beta==1.0"], packages='files = ["more.txt"]')
    refused(bench, 3, "requirements-conflict", "packages.requirements[0]", "more.txt:1")


def test_a_wrong_hash_in_the_lock(bench: Bench) -> None:
    assert bench.run("lock", bench.recipe).code == 0
    text = bench.lock.read_text(encoding="utf-8")
    right = re.findall(r'sha256 = "([0-9a-f]{64})"', text)[0]
    bench.lock.write_text(text.replace(right, "0" * 64), encoding="utf-8")
    refused(bench, 5, "hash-mismatch", "alpha-1.0-py3-none-any.whl", right, "0" * 64, "bundle lock RECIPE --upgrade")


def test_a_recipe_with_five_mistakes(bench: Bench) -> None:
    text = bench.recipe.read_text(encoding="utf-8")
    for right, wrong in (
        ('version = "1.0"', 'version = "one"'),
        ('python = "3.11.9"', 'python = "3.11"'),
        ("requirements =", "requirments ="),
        ("unsigned = true", 'unsigned = "yes"'),
        ("path = 'C:", "path = '"),
    ):
        assert right in text
        text = text.replace(right, wrong)
    bench.recipe.write_text(text, encoding="utf-8")
    done = refused(bench, 2, "recipe-invalid", "has 5 faults")
    lines = [line for line in done.err.splitlines() if line.startswith("  ")]
    keys = [line.split(":")[0].strip() for line in lines]
    assert sorted(keys) == [
        "bundle.version",
        "environment.path",
        "packages.requirments",
        "target[0].python",
        "target[0].runtime.unsigned",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[bundle\nname =", "line 1: [bundle"),
        (b"\xff\xfe[", "is not valid UTF-16-LE"),
        (b"a = " + b"[" * 5000, "nested too deeply"),
    ],
)
def test_no_toml(bench: Bench, content: bytes, words: str) -> None:
    bench.recipe.write_bytes(content)
    done = refused(bench, 2, "recipe-unreadable" if "UTF" in words else "recipe-malformed", words)
    assert len(done.err.splitlines()) <= 3


def test_a_recipe_that_an_editor_of_windows_wrote(bench: Bench) -> None:
    text = bench.recipe.read_text(encoding="utf-8").replace("\n", "\r\n")
    bench.recipe.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert bench.build().code == 0


def test_a_missing_recipe(bench: Bench) -> None:
    bench.recipe.unlink()
    refused(bench, 2, "recipe-unreadable", "bundle init")
    bench.recipe.mkdir()
    refused(bench, 2, "recipe-unreadable", "it is a folder")


def test_an_unreachable_index(bench: Bench) -> None:
    refused(bench, 4, "index-unreachable", "127.0.0.1: no connection", index="http://127.0.0.1:9/simple/")


@pytest.mark.parametrize(
    ("status", "reference", "words"),
    [
        (500, "network-status", "500 Internal Server Error"),
        (503, "network-status", "503"),
        (401, "network-unauthorized", "wants credentials (401)"),
        (403, "network-unauthorized", "refuses; it may want credentials (403)"),
    ],
)
def test_an_index_that_answers_with_an_error(bench: Bench, status: int, reference: str, words: str) -> None:
    bench.index.fault("alpha", Fault(status=status, times=None))
    refused(bench, 4, reference, words)


@pytest.mark.parametrize(
    "address", ["foo", "ftp://user:hidden@host/simple", "http://user:hidden@[::1/simple", "http://"]
)
def test_an_index_that_is_no_address(bench: Bench, address: str) -> None:
    done = refused(bench, 2, "arguments-wrong", "--index", index=address)
    assert "hidden" not in done.err


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"packages": 'indexes = ["http://[::1/simple"]'}, "packages.indexes[0].url"),
        ({"runtime": 'source = "https://[x/y.zip"'}, "target[0].runtime.source"),
    ],
)
def test_an_address_that_cant_be_taken_apart(bench: Bench, changes: dict[str, str], where: str) -> None:
    bench.write(**changes)
    refused(bench, 2, "recipe-invalid", where, "is not a valid")


def test_a_requirement_whose_address_cant_be_taken_apart(bench: Bench) -> None:
    bench.write(requirements=["alpha @ http://[::1/alpha-1.0-py3-none-any.whl"])
    refused(bench, 3, "requirement-unusable", "alpha can't be taken from its address")


def test_a_runtime_that_nobody_signed(bench: Bench) -> None:
    bench.write(runtime='source = "{base}/python.zip"')
    done = refused(bench, 5, "signature-missing", "Python Software Foundation", "unsigned = true")
    assert f"in {bench.index.base}/python.zip" in done.err
    assert str(bench.temporary) not in done.err, "the scratch folder is gone"


def test_a_runtime_that_is_broken(bench: Bench) -> None:
    bench.index.serve("/broken.zip", b"PK\3\4" + bytes(1000))
    bench.write(runtime='source = "{base}/broken.zip"\nunsigned = true')
    done = refused(bench, 5, "archive-unreadable", f"in {bench.index.base}/broken.zip")
    assert str(bench.temporary) not in done.err


def test_a_runtime_that_is_another_python(bench: Bench) -> None:
    bench.write(targets=[("3.12.4", "win_amd64")])
    refused(bench, 5, "runtime-other-python", "it has python311.dll")


def test_a_runtime_whose_hash_is_another_one(bench: Bench) -> None:
    bench.write(runtime=f'source = "{{base}}/python.zip"\nunsigned = true\nsha256 = "{"0" * 64}"')
    refused(bench, 5, "hash-mismatch", "python.zip", "correct the sha256 in the recipe")


def test_a_runtime_that_changed_since_it_was_locked(bench: Bench) -> None:
    assert bench.build().code == 0
    other = make_runtime(bench.root / "other.zip", os=b"# another standard library")
    bench.index.serve("/python.zip", other.read_bytes())
    shutil.rmtree(bench.store)
    refused(bench, 5, "size-mismatch", "python.zip")
    assert bench.run("lock", bench.recipe).code == 5, "what was pinned at first sight stays pinned"
    assert bench.run("lock", bench.recipe, "--upgrade").code == 0
    assert bench.build().code == 0


def test_python_org_is_out_of_reach(bench: Bench) -> None:
    bench.write(runtime="")
    text = bench.recipe.read_text(encoding="utf-8")
    bench.recipe.write_text(text.replace('kind = "archive"', 'kind = "embed"'), encoding="utf-8")
    nowhere = f"{bench.index.base}/nothing"
    for command in ("build", "lock"):
        done = bench.run(command, bench.recipe, "--python-mirror", nowhere)
        assert (done.code, done.reference) == (4, "download-missing")
        assert "or name another mirror of python.org's tree with --python-mirror" in done.err


def test_a_runtime_that_isnt_there(bench: Bench) -> None:
    bench.write(runtime='source = "{base}/none.zip"\nunsigned = true')
    refused(bench, 4, "download-missing", "none.zip is not there (404)")
    bench.write(runtime='source = "none.zip"\nunsigned = true')
    refused(bench, 2, "source-missing", str(bench.folder / "none.zip"))


@pytest.mark.parametrize(
    ("python", "runtime", "words"),
    [
        ("2.7.18", 'kind = "embed"', 'write kind = "msi"'),
        ("3.11.9", "kind = \"msi\"\ndirectory = 'C:\\Python311'", 'write kind = "exe"'),
        ("3.11.10", "kind = \"exe\"\ndirectory = 'C:\\Python311'", 'write python = "3.11.9"'),
    ],
)
def test_a_runtime_that_was_never_made_is_told_before_anything_is_fetched(
    bench: Bench, python: str, runtime: str, words: str
) -> None:
    bench.write(targets=[(python, "win_amd64")], runtime="")
    text = bench.recipe.read_text(encoding="utf-8")
    bench.recipe.write_text(text.replace('kind = "archive"', runtime), encoding="utf-8")
    done = bench.build()
    assert done.code == 2
    assert words in done.err
    assert not bench.index.requests


@pytest.mark.parametrize("change", ["edit", "missing"])
def test_locked_with_a_lock_that_doesnt_fit(bench: Bench, change: str) -> None:
    if change == "edit":
        assert bench.run("lock", bench.recipe).code == 0
        bench.write(requirements=["beta"])
    refused(bench, 2, "lock-stale", "bundle lock example.toml", arguments=["--locked"])


@pytest.mark.parametrize(
    ("right", "wrong", "reference", "words"),
    [
        ("[tool.bundle.target]", "[tool.bundle.target", "lock-unreadable", "version control"),
        ("format = 1", "format = 2", "lock-format", "this version reads format 1"),
        ('version = "24.0"\n', "", "lock-invalid", "tool.bundle.seeds[0].version: is missing"),
        ('filename = "python.zip"', 'filename = "../../evil.zip"', "lock-invalid", "is not a valid file name"),
        ('filename = "python.zip"', 'filename = "..\\\\evil.zip"', "lock-invalid", "is not a valid file name"),
        ('python = "3.11.9"', 'python = "3"', "lock-invalid", "tool.bundle.target"),
        ('python = "3.11.9"', 'python = "3.11.8"', "lock-invalid", "was changed by hand"),
        ('kind = "archive"', 'kind = "exe"', "lock-invalid", "was changed by hand"),
        ("size = 1120", 'size = "big"', "lock-invalid", "size"),
        ("url = ", "# ", "lock-invalid", "packages[0].wheels[0]"),
        ("[tool.bundle]", "[tool.other]", "lock-format", "this version reads format 1"),
    ],
)
def test_a_lock_damaged_by_hand(bench: Bench, right: str, wrong: str, reference: str, words: str) -> None:
    assert bench.run("lock", bench.recipe).code == 0
    text = bench.lock.read_text(encoding="utf-8")
    assert right in text
    bench.lock.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    refused(bench, 2, reference, bench.lock.name, words)


@pytest.mark.parametrize("text", ["", "tool = 3\n", "tool.bundle = 3\n", "\0"])
def test_a_lock_that_is_none(bench: Bench, text: str) -> None:
    bench.lock.write_text(text, encoding="utf-8")
    before = tree_of(bench.folder)
    done = bench.build()
    assert (done.code, tree_of(bench.folder)) == (2, before)
    assert bench.lock.name in done.err


def test_an_sdist_that_needs_a_compiler(bench: Bench) -> None:
    bench.index.add(make_sdist(bench.published, "compiled", "1.0", c_extension=True))
    bench.write(requirements=["compiled"])
    done = bench.build()
    assert (done.code, done.reference) == (6, "needs-compiler"), done.err
    assert "compiled 1.0 comes as source, its build needs a compiler" in done.err
    assert not bench.output.exists()


def test_an_sdist_whose_build_fails(bench: Bench) -> None:
    bench.index.add(make_sdist(bench.published, "fragile", "1.0", fails="the frobnicator is out of order"))
    bench.write(requirements=["fragile"])
    done = bench.build()
    assert (done.code, done.reference) == (6, "build-failed"), done.err
    assert "RuntimeError: the frobnicator is out of order" in done.err
    log = bench.store / "logs" / "fragile-1.0.log"
    assert f"the whole log: {log}" in done.err
    assert "out of order" in log.read_text(encoding="utf-8"), "the log outlives the run"
    assert not bench.output.exists()


def test_a_project_that_isnt_there(bench: Bench) -> None:
    bench.write(packages='projects = ["../nowhere"]')
    refused(bench, 2, "project-missing", "packages.projects[0]", str(bench.root / "nowhere"))


def test_a_project_whose_version_changed_since_it_was_locked(bench: Bench) -> None:
    make_project(bench.root / "mine", "mine", "1.0")
    bench.write(requirements=[], packages='projects = ["../mine"]')
    assert bench.build().code == 0
    make_project(bench.root / "mine", "mine", "1.1")
    refused(bench, 6, "wheel-name", "run `bundle lock RECIPE`")
    assert bench.run("lock", bench.recipe).code == 0
    assert bench.build().code == 0


def test_a_requirements_file_with_several_faults(bench: Bench) -> None:
    lines = ["alpha==", "--frobnicate", "beta @@ x", "-r missing.txt", "alpha>=1 --hash=md5:12"]
    (bench.folder / "wanted.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    bench.write(packages='files = ["wanted.txt"]')
    done = refused(bench, 2, "requirements-invalid")
    told = [line.split(": ")[0].strip() for line in done.err.splitlines() if line.startswith("  wanted.txt")]
    assert told == [f"wanted.txt:{number}" for number in range(1, 6)]


def test_a_target_that_the_recipe_doesnt_have(bench: Bench) -> None:
    refused(
        bench, 2, "target-unknown", "3.12.0-win32", "it has 3.11.9-win_amd64", arguments=["--target", "3.12.0-win32"]
    )


@pytest.mark.parametrize("epoch", ["yesterday", "-1", "4354819200", "99999999999999999999", "1e9"])
def test_an_epoch_that_is_no_time(bench: Bench, epoch: str) -> None:
    refused(bench, 2, "epoch-malformed", env={"SOURCE_DATE_EPOCH": epoch})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["build"], "Missing argument 'RECIPE'"),
        (["bild"], "Did you mean 'build'?"),
        (["build", "--format", "rar", "example.toml"], "'rar' is not one of"),
        (["lock", "--ca-file", "none.pem", "example.toml"], "none.pem"),
        (["lock", "example.toml", "--upgrade-package", "a b"], "'a b' is not a valid package name"),
        (["lock", "example.toml", "--why", "../x"], "'../x' is not a valid package name"),
        (["build", "example.toml", "--output", ""], "the path is empty"),
        (["lock", "example.toml", "--store", ""], "the path is empty"),
        (["init", ""], "the path is empty"),
        (["init", "new.toml", "--from", ""], "the path is empty"),
        (["schema", "--output", ""], "the path is empty"),
        (["audit", "none.zip", "--osv", "none", "--sarif", ""], "the path is empty"),
        (["verify", ""], "the path is empty"),
        (["reproduce", "none.zip", "--source", ""], "the path is empty"),
        (["verify", "none.zip"], "none.zip can't be read"),
        (["inspect", "example.toml"], "is neither a zip nor a 7z"),
    ],
)
def test_wrong_arguments(bench: Bench, arguments: list[str], words: str) -> None:
    before = tree_of(bench.root)
    done = bench.run(*arguments, index=None)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert tree_of(bench.root) == before


def test_an_option_that_is_spelled_wrong(bench: Bench) -> None:
    """How the names are quoted is the parser's affair."""
    done = bench.run("build", "--formt", "zip", "x", index=None)
    assert (done.code, done.out) == (2, "")
    assert re.search(r"No such option:? \W*--formt\W+Did you mean \W*--format\W", done.err)


def test_an_option_without_its_value(bench: Bench) -> None:
    done = bench.run("audit", "--fetch", index=None)
    assert (done.code, done.reference) == (2, "arguments-wrong")
    assert "Usage: bundle audit" in done.err
    assert "`bundle audit --help`" in done.err


def test_a_wheel_that_would_write_outside(bench: Bench) -> None:
    bench.publish("hostile", files={"../../evil.py": "print(1)\n"})
    bench.write(requirements=["hostile"])
    done = bench.build()
    assert (done.code, done.reference) == (5, "wheel-malformed")
    assert "'../../evil.py'" in done.err
    assert not bench.output.exists() or not list(bench.output.iterdir())


def test_folders_that_are_files(bench: Bench) -> None:
    for option in ("--output", "--store"):
        done = bench.run("build", bench.recipe, option, bench.recipe)
        assert (done.code, done.reference) == (2, "arguments-wrong"), done.err
    done = bench.run("build", bench.recipe, "--output", bench.recipe / "below")
    assert (done.code, done.reference) == (7, "output-unwritable"), done.err


def test_faults_of_all_requirements_files_at_once(bench: Bench) -> None:
    (bench.folder / "a.txt").write_text("alpha\nfoo bar\n", encoding="utf-8")
    (bench.folder / "b.txt").write_text("--find-links x\n", encoding="utf-8")
    bench.write(requirements=[], packages='files = ["a.txt", "b.txt", "gone.txt"]')
    done = bench.run("lock", bench.recipe)
    assert (done.code, done.reference) == (2, "requirements-invalid")
    assert all(each in done.err for each in ("a.txt:2", "b.txt:1", "gone.txt can't be read"))
