"""What builds leave behind: links, pipes, names, answers; none of it may have a file of this host read, or stop the build."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis import strategies as st

from bundler.atomic import remove_tree
from bundler.build.hook_answers import answered_name, read_answer
from bundler.errors import BuildError
from tests.support.cases import cases
from tests.support.own_rights import modes_count
from tests.support.strangers import Victim, stranger

if TYPE_CHECKING:
    from bundler.isolation import Wish

pytestmark = pytest.mark.linux_only("links, pipes and sockets")
SECRET = "what only the user may read"

WHEELS = {
    "link": "os.symlink({secret!r}, os.path.join(folder, HONEST))",
    "link-to-honest": "os.symlink(os.path.join(HERE, HONEST), os.path.join(folder, HONEST))",
    "pipe": "os.mkfifo(os.path.join(folder, HONEST))",
    "socket": "os.chdir(folder); __import__('socket').socket(1).bind(HONEST)",
    "folder": "os.mkdir(os.path.join(folder, HONEST))",
    "huge": "open(os.path.join(folder, HONEST), 'wb').truncate(8 * 2**30 + 1)",
    "several": "honest(folder); honest(folder, 'other-1.0-py3-none-any.whl')",
    "pipe-beside": "honest(folder); os.mkfifo(os.path.join(folder, 'pipe'))",
    "link-beside": "honest(folder); os.symlink('/', os.path.join(folder, 'root'))",
    "wheel-folder-beside": "honest(folder); os.mkdir(os.path.join(folder, 'a.whl'))",
}
NAMES = [
    "'../' + HONEST",
    "os.path.join(HERE, HONEST)",
    "{secret!r}",
    "''",
    "'.'",
    "'..'",
    "'a\\nb.whl'",
    "'C:x.whl'",
    "'x' * 5000",
    "'demo\\0.whl'",
    "'\\ud800.whl'",
    "None",
    "7",
    "[HONEST]",
    "{{}}",
]
METADATA = {
    "file-link": "info = describe(folder); os.unlink(os.path.join(folder, info, 'METADATA')); "
    "os.symlink({secret!r}, os.path.join(folder, info, 'METADATA')); return info",
    "folder-link": "os.symlink({around!r}, os.path.join(folder, 'demo.dist-info')); return 'demo.dist-info'",
    "pipe": "info = describe(folder); os.unlink(os.path.join(folder, info, 'METADATA')); "
    "os.mkfifo(os.path.join(folder, info, 'METADATA')); return info",
    "huge": "info = describe(folder); open(os.path.join(folder, info, 'METADATA'), 'r+').truncate(2**30); return info",
    "elsewhere": "describe(folder); return {around!r}",
    "above": "describe(folder); return '../../..'",
    "number": "describe(folder); return 1",
}
ANSWERS = {
    "link": "os.symlink({secret!r}, path)",
    "pipe": "os.mkfifo(path)",
    "garbage": "open(path, 'wb').write(bytes(range(256)))",
    "deep": "open(path, 'w').write('[' * 100000)",
    "number": "open(path, 'w').write('1' * 100000)",
    "list": "open(path, 'w').write('[]')",
    "huge": "open(path, 'wb').truncate(2**30)",
    "folder": "os.mkdir(path)",
}

CLOSED = {
    "log": "os.fchmod(1, 0)",
    "wheels-folder": "os.chmod(folder, 0)",
    "wheels-folder-unlisted": "os.chmod(folder, 0o111)",
    "answers-folder": "import atexit; atexit.register(os.chmod, sys.argv[-1], 0)",
    "answer": "import atexit; atexit.register(os.chmod, os.path.join(sys.argv[-1], 'output.json'), 0)",
    "calls": "os.chmod(os.path.join(os.path.dirname(os.environ['CC']), 'attempts.txt'), 0)",
    "data-file": "open('a.tac', 'w').close(); os.chmod('a.tac', 0)",
    "module": "open('a.pyd', 'w').close(); os.chmod('a.pyd', 0)",
}
"""What a build takes the rights to read away from: those of whoever builds, unless that is root."""


@pytest.fixture(params=["if-possible", "off"])
def victim(request: pytest.FixtureRequest, tmp_path: Path) -> Victim:
    wish: Wish = request.param
    return Victim(tmp_path / "victim", wish)


def refused(victim: Victim, tmp_path: Path, code: str, *, asked: bool = False) -> BuildError:
    around = tmp_path / "around"
    around.mkdir()
    secret = around / "METADATA"
    secret.write_text(f"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nSummary: {SECRET}\n", encoding="utf-8")
    project = stranger(tmp_path, code.replace("{secret!r}", repr(str(secret))).replace("{around!r}", repr(str(around))))
    with pytest.raises(BuildError) as caught:
        victim.asks(project) if asked else victim.builds(project)
    error = caught.value
    assert error.reference == "build-output-unsafe", (error.message, error.context)
    assert SECRET not in " ".join((error.message, *error.context, error.hint))
    return error


@pytest.mark.parametrize("kind", WHEELS)
def test_what_lies_where_the_wheel_belongs(victim: Victim, tmp_path: Path, kind: str) -> None:
    body = f"    {WHEELS[kind]}\n    return HONEST\n"
    refused(victim, tmp_path, f"def build_wheel(folder, settings=None, metadata=None):\n{body}")


@pytest.mark.parametrize("name", NAMES)
def test_names_of_wheels(victim: Victim, tmp_path: Path, name: str) -> None:
    name = name.replace("{{}}", "{}")
    body = f"    honest(folder)\n    return {name}\n"
    refused(victim, tmp_path, f"def build_wheel(folder, settings=None, metadata=None):\n{body}")


@pytest.mark.parametrize("kind", CLOSED)
def test_what_may_not_be_read_afterwards(victim: Victim, tmp_path: Path, kind: str) -> None:
    code = f"def build_wheel(folder, settings=None, metadata=None):\n    honest(folder)\n    {CLOSED[kind]}\n    return HONEST\n"
    with modes_count():
        assert "can't be read" in refused(victim, tmp_path, code).message


@pytest.mark.parametrize("kind", METADATA)
def test_what_lies_where_metadata_belongs(victim: Victim, tmp_path: Path, kind: str) -> None:
    code = f"def prepare_metadata_for_build_wheel(folder, settings=None):\n    {METADATA[kind]}\n"
    refused(victim, tmp_path, code, asked=True)


@pytest.mark.parametrize("kind", ANSWERS)
def test_what_lies_where_the_answer_belongs(victim: Victim, tmp_path: Path, kind: str) -> None:
    code = f"""
def build_wheel(folder, settings=None, metadata=None):
    path = os.path.join(sys.argv[-1], "output.json")
    {ANSWERS[kind]}
    sys.stdout.flush()
    os._exit(0)
"""
    refused(victim, tmp_path, code)


def test_an_answer_that_says_all_there_can_be(victim: Victim, tmp_path: Path) -> None:
    """Flags that its reader would turn into exceptions, and warnings of any shape."""
    code = """
def build_wheel(folder, settings=None, metadata=None):
    honest(folder)
    said = {"unsupported": True, "hook_missing": True, "warnings": [1, {"message": []}, None], "return_val": HONEST}
    json.dump(said, open(os.path.join(sys.argv[-1], "output.json"), "w"))
    sys.stdout.flush()
    os._exit(0)
"""
    assert victim.builds(stranger(tmp_path, code)).is_file()


def test_a_warning_in_letters_that_no_encoding_has(victim: Victim, tmp_path: Path) -> None:
    """Half of a pair is a letter in JSON; the log that it is written to is UTF-8."""
    code = """
def build_wheel(folder, settings=None, metadata=None):
    honest(folder)
    said = {"warnings": [{"filename": "\\ud800", "lineno": 1, "message": "\\udfff"}], "return_val": HONEST}
    json.dump(said, open(os.path.join(sys.argv[-1], "output.json"), "w"))
    sys.stdout.flush()
    os._exit(0)
"""
    assert victim.builds(stranger(tmp_path, code)).is_file()


@pytest.mark.parametrize("said", ["\n", " \n\t\n", "\0\n", "\u2028\n"])
def test_calls_of_compilers_without_a_word(victim: Victim, tmp_path: Path, said: str) -> None:
    """The list of them is the build's to write."""
    code = f"""
def build_wheel(folder, settings=None, metadata=None):
    with open(os.path.join(os.path.dirname(os.environ["CC"]), "attempts.txt"), "w", encoding="utf-8") as trace:
        trace.write({said!r} + "cc -c a.c\\n")
    honest(folder)
    return HONEST
"""
    with pytest.raises(BuildError) as caught:
        victim.builds(stranger(tmp_path, code))
    assert caught.value.reference == "needs-compiler"
    assert "it ran: cc a.c" in caught.value.context


def test_a_source_tree_full_of_links(victim: Victim, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET, encoding="utf-8")
    code = f"""
def build_wheel(folder, settings=None, metadata=None):
    for name in ("a.tac", "b.pyd", "c"):
        os.symlink({str(secret)!r}, name)
    os.symlink("/", "d")
    os.symlink(".", "e")
    os.mkfifo("pipe.tac")
    os.mkfifo("pipe.pyd")
    honest(folder)
    return HONEST
"""
    assert victim.builds(stranger(tmp_path, code)).is_file()


def test_a_tree_that_is_deeper_than_any_path(victim: Victim, tmp_path: Path) -> None:
    code = """
def deep():
    for _ in range(3000):
        os.mkdir("deep")
        os.chdir("deep")
    open("last.pyd", "w").close()

def prepare_metadata_for_build_wheel(folder, settings=None):
    deep()
    return describe(folder)

def build_wheel(folder, settings=None, metadata=None):
    os.mkdir("closed")
    os.chmod("closed", 0)
    deep()
    honest(folder)
    return HONEST
"""
    project = stranger(tmp_path, code)
    assert victim.builds(project).is_file()
    assert victim.asks(project)
    victim.builds(project)
    remove_tree(tmp_path)
    assert not tmp_path.exists()
    tmp_path.mkdir()


def test_a_tree_that_is_replaced_by_a_link(tmp_path: Path) -> None:
    victim = Victim(tmp_path / "victim", "off")
    code = """
def build_wheel(folder, settings=None, metadata=None):
    honest(folder)
    os.rename(HERE, HERE + ".old")
    os.symlink("/", HERE)
    return HONEST
"""
    refused(victim, tmp_path, code)


def test_compilers_that_nobody_called_are_reported_into_a_pipe(tmp_path: Path) -> None:
    """Without a room the list of calls can be replaced; in one it can't."""
    code = """
def build_wheel(folder, settings=None, metadata=None):
    trace = os.path.join(os.path.dirname(os.environ["CC"]), "attempts.txt")
    os.unlink(trace)
    os.mkfifo(trace)
    honest(folder)
    return HONEST
"""
    refused(Victim(tmp_path / "victim", "off"), tmp_path, code)


def test_a_log_that_is_a_pipe_afterwards(tmp_path: Path) -> None:
    """Without a room its name can be given to another file; what is to be added to it goes to the one that was opened first."""
    code = """
def build_wheel(folder, settings=None, metadata=None):
    log = os.readlink("/proc/self/fd/1")
    os.unlink(log)
    os.mkfifo(log)
    honest(folder)
    return HONEST
"""
    refused(Victim(tmp_path / "victim", "off"), tmp_path, code)


def test_a_file_whose_whole_path_is_longer_than_any(victim: Victim, tmp_path: Path) -> None:
    """Its folder can still be listed."""
    code = """
def build_wheel(folder, settings=None, metadata=None):
    longest = 4080
    while len(os.getcwd()) < longest - 1:
        name = "d" * min(200, longest - 1 - len(os.getcwd()))
        os.mkdir(name)
        os.chdir(name)
    open("f" * 100 + ".pyd", "w").close()
    os.chdir(HERE)
    honest(folder)
    return HONEST
"""
    assert "can't be read" in refused(victim, tmp_path, code).message


def test_a_log_without_an_end_of_line(victim: Victim, tmp_path: Path) -> None:
    code = """
def build_wheel(folder, settings=None, metadata=None):
    for _ in range(20):
        sys.stdout.write("building 'x" * 500_000)
    honest(folder)
    return HONEST
"""
    assert victim.builds(stranger(tmp_path, code)).is_file()


def test_a_log_of_more_modules_than_there_are(victim: Victim, tmp_path: Path) -> None:
    """A gigabyte of such lines was some ten of memory."""
    code = """
def build_wheel(folder, settings=None, metadata=None):
    for number in range(10_001):
        print(f"building '{number}' extension")
    honest(folder)
    return HONEST
"""
    assert "more than 10,000 extension modules" in refused(victim, tmp_path, code).message


@pytest.mark.parametrize("suffix", [".pyd", ".tac"])
def test_files_that_are_holes(victim: Victim, tmp_path: Path, suffix: str) -> None:
    """Each is read, to be compared with what the source brought, or the wheel has."""
    code = f"""
def build_wheel(folder, settings=None, metadata=None):
    with open("hole{suffix}", "wb") as stream:
        stream.truncate((8 << 30) + 1)
    honest(folder)
    return HONEST
"""
    assert f"its {suffix} files have more than" in refused(victim, tmp_path, code).message


_KEYS = st.sampled_from(["no_backend", "missing", "traceback", "backend_error", "warnings", "return_val", "answer"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | _KEYS, inner, max_size=4),
    max_leaves=10,
)
_ANSWERS = st.one_of(
    st.binary(max_size=200),
    _VALUES.map(lambda each: json.dumps(each).encode()),
    st.dictionaries(_KEYS, _VALUES).map(lambda each: json.dumps(each).encode()),
)


@hypothesis.settings(max_examples=cases(300))
@hypothesis.given(content=_ANSWERS)
def test_any_answer(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "output.json").write_bytes(content)
        with contextlib.suppress(BuildError):
            answer = read_answer(Path(folder), "output.json", "demo")
            assert answer is not None
            assert all(isinstance(each, str) for each in answer.warnings)
            assert answer.missing is None or isinstance(answer.missing, str)
            answered_name(answer.value, "demo")
