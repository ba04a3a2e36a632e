"""Requirements files in pip's grammar, and locks of others; every fault at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.model.target import Target
from bundler.resolve import ALL, IndexRoute, LocalProject, LockSelection, Wanted, read_requirements

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = "1" * 64, "2" * 64


def write(folder: Path, text: str, name: str = "requirements.txt") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_requirements(write(folder, text), {})
    assert caught.value.reference == "requirements-invalid"
    return [str(each) for each in caught.value.faults]


def test_lines_comments_and_continuations(tmp_path: Path) -> None:
    text = """\ufeff# a comment \\
Twisted>=20 # why
pywin32 ; sys_platform == "win32"

name @ https://x.test/name-1.0.zip#sha256=0  # a fragment is no comment
long>=1,\\
    <2 \\
    # ends here
last\\"""
    found = read_requirements(write(tmp_path, text))
    assert found.wanted == (
        Wanted("Twisted>=20", "requirements.txt:2"),
        Wanted('pywin32 ; sys_platform == "win32"', "requirements.txt:3"),
        Wanted("name @ https://x.test/name-1.0.zip#sha256=0", "requirements.txt:5"),
        Wanted("long>=1,    <2", "requirements.txt:6"),
        Wanted("last", "requirements.txt:9"),
    )


@pytest.mark.parametrize(
    "content",
    [
        "näme-x\n".encode("utf-16"),
        "\ufeffnäme-x\r\n".encode("utf-16-be"),
        "näme-x\n".encode("utf-32"),
        "\ufeffnäme-x\n".encode(),
        "# -*- coding: cp1252 -*-\nnäme-x\n".encode("cp1252"),
        "\n# vim: set fileencoding=latin-1 :\nnäme-x\n".encode("latin-1"),
    ],
)
def test_encodings_are_those_that_pip_reads(tmp_path: Path, content: bytes) -> None:
    """PowerShell 5 writes ``pip freeze > requirements.txt`` as UTF-16; included files are read the same."""
    (tmp_path / "requirements.txt").write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_requirements(tmp_path / "requirements.txt")
    assert "'näme-x' is not a valid requirement" in str(caught.value.faults[0])
    write(tmp_path, "-r requirements.txt\n", "outer.txt")
    (tmp_path / "requirements.txt").write_bytes("numpy==1.26.4\r\n-c more.txt\r\n".encode("utf-16"))
    (tmp_path / "more.txt").write_bytes("six<2\n".encode("utf-16"))
    found = read_requirements(tmp_path / "outer.txt")
    assert found.wanted == (Wanted("numpy==1.26.4", "requirements.txt:1"),)
    assert found.constraints == (Wanted("six<2", "more.txt:1"),)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"n\xe4me\n", "it is not valid UTF-8"),
        (b"# coding: no-such\nname\n", "it is not valid NO-SUCH"),
        (b"# coding: rot13\nname\n", "it is not valid ROT13"),
        (b"\xff\xfea", "it is not valid UTF-16-LE"),
        (b"a\0b", "isn't a text"),
    ],
)
def test_bytes_that_are_no_text(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "requirements.txt").write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_requirements(tmp_path / "requirements.txt")
    assert words in caught.value.message


def test_other_files_and_constraints(tmp_path: Path) -> None:
    write(tmp_path, "b\n-c ../limits.txt\n-r ../requirements.txt\n", "sub/more.txt")
    write(tmp_path, "c<2\n-r limits2.txt", "limits.txt")
    write(tmp_path, "d<3", "limits2.txt")
    found = read_requirements(
        write(tmp_path, "a\n-r sub/more.txt\n--constraint=limits.txt\n--requirement 'sub/more.txt'")
    )
    assert [each.requirement for each in found.wanted] == ["a", "b"]
    assert found.constraints == (Wanted("c<2", "limits.txt:1"), Wanted("d<3", "limits2.txt:1"))


def test_options_that_count(tmp_path: Path) -> None:
    text = """--index-url https://one.test/simple
-i https://two.test/simple
--extra-index-url=https://${NAME}:${PASS_WORD}@three.test/simple
--pre
--only-binary :all:
--prefer-binary
--use-feature=fast
"""
    found = read_requirements(write(tmp_path, text), {"NAME": "me", "PASS_WORD": "it's"})
    assert found.indexes == (IndexRoute("https://two.test/simple"),)
    assert found.extra_indexes == (Wanted("https://me:it's@three.test/simple", "requirements.txt:3"),)
    assert (found.prereleases, found.sdists) == (frozenset({ALL}), "never")


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://one.test/s --extra-index-url https://two.test/s --pre",
        "-i https://one.test/s   --pre\t--extra-index-url=https://two.test/s",
        "--pre --extra-index-url 'https://two.test/s' -i 'https://one.test/s'",
    ],
)
def test_several_options_in_one_line(tmp_path: Path, line: str) -> None:
    found = read_requirements(write(tmp_path, f"{line}\na"))
    assert found.indexes == (IndexRoute("https://one.test/s"),)
    assert found.extra_indexes == (Wanted("https://two.test/s", "requirements.txt:1"),)
    assert found.prereleases == frozenset({ALL})


def test_what_is_quoted_is_one_word_of_an_option(tmp_path: Path) -> None:
    write(tmp_path, "a", "sub/which -c is.txt")
    assert read_requirements(write(tmp_path, '-r "sub/which -c is.txt" --pre')).wanted[0].requirement == "a"
    assert faults(tmp_path, "--pre --find-links x --trusted-host y")[1].startswith("requirements.txt:1: --trusted-host")


def test_the_default_environment_is_this_processs(tmp_path: Path) -> None:
    found = read_requirements(write(tmp_path, "a ; os_name == '$HOME ${path}'"))
    assert found.wanted[0].requirement == "a ; os_name == '$HOME ${path}'"


def test_hashes(tmp_path: Path) -> None:
    text = f"""--require-hashes
Some.Name==1.0 \\
    --hash=sha256:{ONE.upper()} \\
    --hash sha256:{TWO}
b==1 --hash=sha256:{ONE} --hash=sha512:00
b==1 --hash=sha256:{ONE} --hash=sha256:{TWO}
"""
    found = read_requirements(write(tmp_path, text))
    assert found.hashes == {"some-name": frozenset({ONE, TWO}), "b": frozenset({ONE})}
    assert found.wanted[0] == Wanted("Some.Name==1.0", "requirements.txt:2")


def test_faults_of_hashes(tmp_path: Path) -> None:
    assert faults(tmp_path, f"a==1 --hash=sha256:{ONE}\nb==1\nc==1 --hash=md5:00\nd==1 --hash=sha256:zz") == [
        "requirements.txt:3: c: its --hash must be sha256",
        "requirements.txt:4: d: sha256:zz is not a valid sha256",
        "requirements.txt:2: b has no --hash, though others have one: then all must",
    ]
    assert faults(tmp_path, "--require-hashes\na==1") == [
        "requirements.txt:2: a has no --hash, though others have one: then all must"
    ]


def test_a_requirement_without_a_hash_in_a_file_read_before_is_told_too(tmp_path: Path) -> None:
    write(tmp_path, "a==1", "plain.txt")
    assert faults(tmp_path, f"-r plain.txt\nb==1 --hash=sha256:{ONE}") == [
        "plain.txt:1: a has no --hash, though others have one: then all must"
    ]


def test_all_faults_at_once(tmp_path: Path) -> None:
    text = """a ==
--find-links ./wheels
-f./wheels
--no-index
--trusted-host x.test
--no-binary :all:
--only-binary a
--what
a --config-settings=x=y
a --unknown
-e ./nowhere
-e git+https://x.test/a
-r missing.txt
-r https://x.test/r.txt
${NO_SUCH}==1
./nowhere.tar.gz
https://x.test/thing.zip
-c limits.txt
"""
    write(tmp_path, "./path\n", "limits.txt")
    found = faults(tmp_path, text)
    places = [each.partition(": ")[0] for each in found]
    assert places == [f"requirements.txt:{number}" for number in range(1, 18)] + ["limits.txt:1"]
    for number, words in {
        1: "not a valid requirement",
        2: "[packages] indexes",
        3: "[packages] indexes",
        6: "[packages] build",
        7: "an unknown or unsupported option",
        10: "--unknown isn't taken",
        11: "not a project's folder",
        13: "missing.txt can't be read",
        14: "keep it beside",
        15: "NO_SUCH is not set",
        16: "leads to nothing on this host",
        17: "write NAME @",
    }.items():
        assert words in found[number - 1]


def test_projects_wheels_and_addresses_without_a_name(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        write(tmp_path, "", f"{name}/pyproject.toml")
    write(tmp_path, "", "demo-1.0-py3-none-any.whl")
    text = f"""./one
-e two[Some_Extra, b]
{(tmp_path / "three").as_uri()}
./demo-1.0-py3-none-any.whl ; os_name == "nt"
https://x.test/a_b-2.0-py3-none-any.whl#sha256={ONE}
https://x.test/archive.zip#egg=egg-name
"""
    found = read_requirements(write(tmp_path, text))
    assert found.projects == (
        LocalProject(tmp_path / "one"),
        LocalProject(tmp_path / "two", ("some-extra", "b")),
        LocalProject(tmp_path / "three"),
    )
    wheel = (tmp_path / "demo-1.0-py3-none-any.whl").as_uri()
    assert [each.requirement for each in found.wanted] == [
        f'demo @ {wheel} ; os_name == "nt"',
        f"a-b @ https://x.test/a_b-2.0-py3-none-any.whl#sha256={ONE}",
        "egg-name @ https://x.test/archive.zip#egg=egg-name",
    ]


def test_extras_and_hashes_of_what_has_no_name(tmp_path: Path) -> None:
    text = f"""-e git+https://x.test/a@main#egg=mine[one,two]&subdirectory=b
./demo-1.0-py3-none-any.whl[x] --hash=sha256:{ONE}
old_demo-1.0.tar.gz --hash=sha256:{TWO}
"""
    found = read_requirements(write(tmp_path, text))
    folder = tmp_path.as_uri()
    assert [each.requirement for each in found.wanted] == [
        "mine[one,two] @ git+https://x.test/a@main#egg=mine[one,two]&subdirectory=b",
        f"demo[x] @ {folder}/demo-1.0-py3-none-any.whl",
        f"old-demo @ {folder}/old_demo-1.0.tar.gz",
    ]
    assert found.hashes == {"demo": frozenset({ONE}), "old-demo": frozenset({TWO})}
    said = faults(tmp_path, f"a==1 --hash=sha256:{ONE}\n./demo-1.0-py3-none-any.whl")
    assert said == ["requirements.txt:2: demo has no --hash, though others have one: then all must"]


def test_a_file_of_constraints(tmp_path: Path) -> None:
    text = f"a<2\nb==1 --hash=sha256:{ONE}\n"
    found = read_requirements(write(tmp_path, text), constraints=True)
    assert (found.wanted, found.constraints) == (
        (),
        (Wanted("a<2", "requirements.txt:1"), Wanted("b==1", "requirements.txt:2")),
    )
    assert found.hashes == {"b": frozenset({ONE})}
    with pytest.raises(InputError) as caught:
        read_requirements(write(tmp_path, "-e ./x\n./a-1.0-py3-none-any.whl\n"), constraints=True)
    assert [each.where for each in caught.value.faults] == ["requirements.txt:1", "requirements.txt:2"]
    assert "never editable" in caught.value.faults[0].message
    with pytest.raises(InputError) as caught:
        read_requirements(tmp_path / "none.txt", constraints=True)
    assert "PIP_BUILD_CONSTRAINT" in caught.value.hint


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no pyproject.toml" in faults(tmp_path, "./empty")[0]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_requirements(tmp_path / "none.txt")
    assert caught.value.reference == "requirements-unreadable"
    assert caught.value.hint == "its path is relative to the recipe"
    for content in (b"\xff", "a\n".encode("utf-16-le")):
        (tmp_path / "latin.txt").write_bytes(content)
        with pytest.raises(InputError, match="can't be read") as caught:
            read_requirements(tmp_path / "latin.txt")
        assert not caught.value.hint, "it was found"


@pytest.mark.parametrize("name", ["wanted.txt", "pylock.toml"])
def test_a_folder_in_a_files_place(tmp_path: Path, name: str) -> None:
    """Windows says of it only that permission is denied."""
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="it is a folder"):
        read_requirements(tmp_path / name, selection=LockSelection(target=Target.of("3.11.9", "win_amd64")))
