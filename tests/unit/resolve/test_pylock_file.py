"""Locks of other tools (PEP 751): what is installed from them, by the standard's rules for installers, and from where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.model.target import Target
from bundler.resolve import IndexRoute, LockSelection, RequirementsFile, Wanted, read_requirements

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO, THREE = "1" * 64, "2" * 64, "3" * 64
HEAD = 'lock-version = "1.0"\ncreated-by = "someone"\n'
WINDOWS = Target.of("3.11.9", "win_amd64")

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def wheel(name: str, tag: str = "py3-none-any", *, sha256: str = ONE, where: str = "url") -> str:
    file = f"{name}-1.0-{tag}.whl"
    place = f"https://x.test/{file}" if where == "url" else f"./wheels/{file}"
    return f'{{ name = "{file}", {where} = "{place}", hashes = {{ sha256 = "{sha256}" }} }}'


def package(name: str, *wheels: str, more: str = "", version: str = 'version = "1.0"\n') -> str:
    return f'[[packages]]\nname = "{name}"\n{version}{more}' + (f"wheels = [{', '.join(wheels)}]\n" if wheels else "")


def sdist(name: str, sha256: str = TWO) -> str:
    return f'sdist = {{ name = "{name}-1.0.tar.gz", url = "https://x.test/{name}-1.0.tar.gz", hashes = {{ sha256 = "{sha256}" }} }}\n'


def read(
    folder: Path,
    text: str,
    *,
    target: Target = WINDOWS,
    extras: tuple[str, ...] = (),
    groups: tuple[str, ...] | None = None,
    from_source: frozenset[str] | None = frozenset(),
) -> RequirementsFile:
    path = folder / "pylock.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return read_requirements(
        path, selection=LockSelection(target=target, extras=extras, groups=groups, from_source=from_source)
    )


def wanted(found: RequirementsFile) -> list[str]:
    return [each.requirement for each in found.wanted]


def refusal(folder: Path, text: str, **selection: object) -> InputError:
    with pytest.raises(InputError) as caught:
        read(folder, text, **selection)  # type: ignore[arg-type]
    return caught.value


def test_the_file_that_is_taken_is_the_targets_from_where_the_lock_has_it(tmp_path: Path) -> None:
    text = package(
        "a", wheel("a", "cp311-cp311-manylinux_2_17_x86_64", sha256=THREE), wheel("a", "cp311-cp311-win_amd64")
    )
    text += package("b", wheel("b", where="path"), version="") + package("c", more=sdist("c"))
    found = read(tmp_path, text)
    assert found.wanted == (
        Wanted(f"a @ https://x.test/a-1.0-cp311-cp311-win_amd64.whl#sha256={ONE}", "pylock.toml (a)"),
        Wanted(f"b @ {(tmp_path / 'wheels' / 'b-1.0-py3-none-any.whl').as_uri()}#sha256={ONE}", "pylock.toml (b)"),
        Wanted(f"c @ https://x.test/c-1.0.tar.gz#sha256={TWO}", "pylock.toml (c)"),
    )
    assert found.hashes == {"a": frozenset({ONE}), "b": frozenset({ONE}), "c": frozenset({TWO})}


# the cases of packaging's own tests of Pylock.select (26.4), whose 29 selections and 64 files were run beside this reader
@pytest.mark.parametrize(
    ("fits", "has_sdist", "from_source", "taken"),
    [
        (True, True, frozenset(), "whl"),
        (True, True, frozenset({"other"}), "whl"),
        (True, True, frozenset({"foo"}), "tar.gz"),
        (True, True, None, "tar.gz"),
        (False, True, frozenset({"foo"}), "tar.gz"),
        (False, True, frozenset(), "tar.gz"),
        (True, False, frozenset({"foo"}), "whl"),
        (True, False, None, "whl"),
        (None, True, frozenset(), "tar.gz"),
    ],
)
def test_wheel_or_sdist(
    tmp_path: Path, fits: bool | None, has_sdist: bool, from_source: frozenset[str] | None, taken: str
) -> None:
    wheels = [] if fits is None else [wheel("foo", "py3-none-any" if fits else "py5-none-any")]
    text = package("foo", *wheels, more=sdist("foo") if has_sdist else "")
    (found,) = wanted(read(tmp_path, text, from_source=from_source))
    assert found.partition("#")[0].endswith(f".{taken}")


@pytest.mark.parametrize(
    ("extras", "groups", "expected"),
    [
        ((), None, ["foo", "foo-dev"]),
        ((), ("dev",), ["foo", "foo-dev"]),
        ((), (), ["foo"]),
        ((), ("docs",), ["foo", "foo-docs"]),
        ((), ("dev", "docs"), ["foo", "foo-dev", "foo-docs"]),
        (("feat1",), None, ["foo", "foo-dev", "foo-feat1"]),
        (("feat1", "feat2"), None, ["foo", "foo-dev", "foo-feat1", "foo-feat2"]),
        (("feat1", "feat2"), ("docs",), ["foo", "foo-docs", "foo-feat1", "foo-feat2"]),
    ],
)
def test_which_extras_and_groups_are_taken(
    tmp_path: Path, extras: tuple[str, ...], groups: tuple[str, ...] | None, expected: list[str]
) -> None:
    text = 'extras = ["feat1", "feat2"]\ndependency-groups = ["dev", "docs"]\ndefault-groups = ["dev"]\n'
    text += package("foo", wheel("foo"))
    for name, where in [
        *(("dev", "dependency_groups"), ("docs", "dependency_groups")),
        *(("feat1", "extras"), ("feat2", "extras")),
    ]:
        text += package(f"foo-{name}", wheel(f"foo_{name}"), more=f"marker = \"'{name}' in {where}\"\n")
    found = wanted(read(tmp_path, text, extras=extras, groups=groups))
    assert [each.partition(" @")[0] for each in found] == expected


def test_an_empty_list_of_environments_is_for_none(tmp_path: Path) -> None:
    assert refusal(tmp_path, "environments = []\n" + package("a", wheel("a"))).reference == "lock-not-for-target"


def test_an_index_that_the_lock_names_is_the_packages_own(tmp_path: Path) -> None:
    index = 'index = "https://inside.test/simple"\n'
    found = read(tmp_path, package("ours", wheel("ours"), more=index + sdist("ours"), version=""))
    assert wanted(found) == ["ours==1.0"]
    assert found.pins == (IndexRoute("https://inside.test/simple", ("ours",)),)
    assert found.hashes == {"ours": frozenset({ONE, TWO})}


def test_folders_archives_and_version_control(tmp_path: Path) -> None:
    text = (
        '[[packages]]\nname = "app"\ndirectory = { path = "../app", editable = true, subdirectory = "src" }\n'
        f'[[packages]]\nname = "arch"\narchive = {{ url = "https://x.test/arch.zip", hashes = {{ sha256 = "{ONE}" }} }}\n'
        '[[packages]]\nname = "vc"\nvcs = { type = "git", url = "https://g.test/vc", requested-revision = "main", '
        f'commit-id = "{COMMIT}", subdirectory = "py" }}\n'
    )
    assert wanted(read(tmp_path, text)) == [
        f"app @ {(tmp_path.parent / 'app' / 'src').as_uri()}",
        f"arch @ https://x.test/arch.zip#sha256={ONE}",
        f"vc @ git+https://g.test/vc@{COMMIT}#subdirectory=py",
    ]


@pytest.mark.parametrize(
    ("vcs", "words"),
    [
        ('type = "git", url = "https://g.test/vc", commit-id = "main"', "'main', which is not a whole commit"),
        ('type = "git", url = "https://g.test/vc", commit-id = "--output=x"', "is not a valid revision"),
        (f'type = "hg", url = "https://g.test/vc", commit-id = "{"0" * 40}"', "only git is supported"),
    ],
)
def test_a_commit_that_is_none(tmp_path: Path, vcs: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, f'[[packages]]\nname = "vc"\nvcs = {{ {vcs} }}\n')
    assert words in str(caught.value.faults[0])


def test_markers_with_extras_and_groups(tmp_path: Path) -> None:
    text = 'extras = ["gui"]\ndependency-groups = ["dev", "docs"]\ndefault-groups = ["dev"]\n'
    for name, marker in (
        ("base", "sys_platform == 'win32'"),
        ("other", "sys_platform == 'linux'"),
        ("qt", "'gui' in extras"),
        ("pytest", "'dev' in dependency_groups"),
        ("sphinx", "'docs' in dependency_groups"),
    ):
        text += package(name, wheel(name), more=f'marker = "{marker}"\n')

    def names(**selection: object) -> list[str]:
        return [each.partition(" @")[0] for each in wanted(read(tmp_path, text, **selection))]  # type: ignore[arg-type]

    assert names() == ["base", "pytest"]
    assert names(extras=("gui",), groups=()) == ["base", "qt"]
    assert names(groups=("docs",)) == ["base", "sphinx"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('requires-python = ">=3.12"\n' + package("a", wheel("a")), ">=3.12"),
        (package("a", wheel("a"), more='requires-python = ">=3.12"\n'), "packages[0]"),
        ("environments = [\"sys_platform == 'linux'\"]\n" + package("a", wheel("a")), "environments"),
        (package("a", wheel("a", "cp311-cp311-manylinux_2_17_x86_64")), "No wheel found"),
        (package("a", wheel("a")) + package("a", wheel("a")), "Multiple packages"),
        (package("a", wheel("a"), more="marker = \"platform_release == '10'\"\n"), "platform_release"),
    ],
)
def test_a_lock_that_isnt_for_the_target(tmp_path: Path, text: str, words: str) -> None:
    error = refusal(tmp_path, text)
    assert error.reference == "lock-not-for-target"
    assert words in "".join(error.context)


def test_a_marker_is_answered_by_what_the_target_states_and_never_by_this_host(tmp_path: Path) -> None:
    text = package("a", wheel("a"), more="marker = \"platform_release == '10'\"\n")
    stated = Target.of("3.11.9", "win_amd64", markers={"platform_release": "10"})
    assert len(read(tmp_path, text, target=stated).wanted) == 1


def test_a_file_without_sha256(tmp_path: Path) -> None:
    weak = f'sdist = {{ name = "weak-1.0.tar.gz", url = "https://x.test/weak-1.0.tar.gz", hashes = {{ sha512 = "{ONE}" }} }}\n'
    error = refusal(tmp_path, package("fine", wheel("fine")) + package("weak", more=weak))
    assert [str(each) for each in error.faults] == ["pylock.toml:packages[1]: weak has no sha256"]


@pytest.mark.parametrize("text", ["", "x =", "lock-version = 1", HEAD + "packages = 3"])
def test_what_is_no_lock(tmp_path: Path, text: str) -> None:
    (tmp_path / "pylock.other.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_requirements(tmp_path / "pylock.other.toml", selection=LockSelection(target=WINDOWS))
    assert caught.value.reference == "requirements-invalid"


def test_a_lock_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_requirements(tmp_path / "pylock.toml", selection=LockSelection(target=WINDOWS))
    assert caught.value.reference == "requirements-unreadable"
