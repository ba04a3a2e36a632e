"""What METADATA says is the same to the build host and to the target's checks: what only these refuse takes an installation back in its midst."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest
from packaging.version import Version

from bundler.formats.core_metadata import parse_metadata
from bundler.target.errors import InstallError
from bundler.target.steps.checks import compare_frozen, frozen, spelling
from bundler.target.wheels.pip_check import metadata_fields
from tests.target.bundles import pip_wheel
from tests.target.interpreters import Interpreter, interpreters

BEGIN = b"Metadata-Version: 2.1\n"
SAID = BEGIN + b"Name: demo\nVersion: 1.0\n"
STRANGE = [
    BEGIN + b"no field\nName: demo\nVersion: 1.0\n",
    BEGIN + b" \nName : demo\nVersion\t: 1.0\n",
    BEGIN + b"Name:\n demo\nVersion:\r\n\t1.0\n",
    BEGIN.replace(b"\n", b"\rName: other\n") + b"Name: demo\nVersion: 1.0\n",
    BEGIN.replace(b"\n", b"\x0cName: other\n") + b"Name: demo\nVersion: 1.0\n\nName: other\n",
    "\ufeffName: demo\nVersion: 1.0\nname: other\n".encode(),
    SAID + b"Summary: x\rRequires-Dist: missing\n",
    SAID + b"Summary: \xe2\x80\xa8Requires-Dist: missing\n\r\nRequires-Dist: missing\n",
    SAID + b"Summary: x\n\nRequires-Dist: missing\n",
]


def laid(tmp_path: Path, content: bytes, name: str = "demo") -> Path:
    folder = tmp_path / "site-packages" / f"{name}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_bytes(content)
    return folder.parent


@pytest.mark.parametrize("content", [*STRANGE, SAID + b"text\nRequires-Dist: missing;\n extra == 'x'\n"], ids=repr)
def test_both_read_the_same_of_it(tmp_path: Path, content: bytes) -> None:
    read, fields = parse_metadata(content), metadata_fields(content)
    assert (read.name, read.version) == (fields["name"][0], fields["version"][0]) == ("demo", "1.0")
    assert list(read.requires_dist) == fields.get("requires-dist", [])
    assert frozen(str(laid(tmp_path, content))) == ["demo==1.0"]


@pytest.mark.parametrize("interpreter", interpreters(), ids=str)
def test_the_check_of_what_packages_need_reads_it_too(tmp_path: Path, interpreter: Interpreter) -> None:
    pip = pip_wheel(tmp_path, interpreter)
    program = Path(__file__).parents[2] / "bundler" / "target" / "wheels" / "pip_check.py"

    for number, content in enumerate(STRANGE):
        laid(tmp_path, content.replace(b"Name: demo", b"Name: demo%d" % number), f"demo{number}")
    lacking = SAID + "text\nRequires-Dist: missing; python_version != 'é'\n".encode()
    library = laid(tmp_path, lacking, "lacking")
    command = [str(interpreter.path), "-E", "-s", "-B", str(program), str(pip), str(library)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (1, "", 1)
    assert done.stdout.startswith("demo 1.0 requires missing")


@pytest.mark.parametrize("written", ["14.05.14", "1.0.0RC1", "v2013b", "1.0-1", "1.0.0-alpha.2+Ubuntu-01"])
def test_a_version_may_be_written_otherwise_than_a_bundle_has_it(tmp_path: Path, written: str) -> None:
    content = BEGIN + f"Name: demo\nVersion: {written}\n".encode()
    there = frozen(str(laid(tmp_path, content)))
    compare_frozen((f"demo=={Version(written)}",), there)
    with pytest.raises(InstallError) as caught:
        compare_frozen((f"demo=={Version(written)}.1",), there)
    assert [each.partition(":")[0] for each in caught.value.details] == ["- missing", "- unexpected"]


def test_versions_are_told_apart_as_they_are_on_the_build_host() -> None:
    parts = (
        ("1.0", "1!2.03", "v1.05.14", "2013", "1.0.0", "v0!1.0", "00!2013"),
        ("", "a", "alpha1", "-b.02", "_preview3", "RC1", ".c", "rc01"),
        ("", "-1", "post2", ".rev03", "_r"),
        ("", ".dev", "dev1", "-DEV_02"),
        ("", "+abc.1", "+ubuntu-01_x", "+0a", "+00"),
    )
    written = ["".join(each) for each in itertools.product(*parts)]
    meant = {each: str(Version(each)) for each in written}
    found = {spelling(f"x=={each}"): version for each, version in meant.items()}
    assert all(found[spelling(f"x=={each}")] == meant[each] for each in written)
    assert len(found) == len(set(meant.values()))
    assert all(spelling(f"x=={version}") in found for version in meant.values())
