from __future__ import annotations

import pytest

from bundler.model.source import has_credentials
from bundler.model.vcs import beside, is_vcs, read_vcs, without_scheme

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("text", "url", "revision", "subdirectory"),
    [
        ("git+https://h.test/a/b.git", "https://h.test/a/b.git", "", ""),
        ("git+https://h.test/a/b@v1.0", "https://h.test/a/b", "v1.0", ""),
        ("git+https://h.test/a/b@feature/x#egg=b", "https://h.test/a/b", "feature/x", ""),
        ("git+https://h.test/a/b@main#subdirectory=p/q&egg=b", "https://h.test/a/b", "main", "p/q"),
        ("git+ssh://git@h.test:22/a/b.git@main", "ssh://git@h.test:22/a/b.git", "main", ""),
        ("git+ssh://git:pw@h.test/a/b", "ssh://git@h.test/a/b", "", ""),
        ("git+file:///srv/a@b", "file:///srv/a", "b", ""),
        ("git+https://h.test/a@core==1.0", "https://h.test/a", "core==1.0", ""),
        ("git+https://h.test/a@pkg%401.0", "https://h.test/a", "pkg@1.0", ""),
        ("git+https://h.test/a@fix/%23123", "https://h.test/a", "fix/#123", ""),
        ("git+https://h.test/a@größe", "https://h.test/a", "größe", ""),
        ("git+https://h.test/a@1.0+local", "https://h.test/a", "1.0+local", ""),
        ("git+https://me:tok@h.test/a", "https://h.test/a", "", ""),
        ("git+https://tok@h.test/a@v1", "https://h.test/a", "v1", ""),
    ],
)
def test_addresses(text: str, url: str, revision: str, subdirectory: str) -> None:
    found = read_vcs(text)
    assert (found.url, found.revision, found.subdirectory) == (url, revision, subdirectory)
    assert "tok" not in repr(found)
    assert read_vcs(found.at(COMMIT).text).url == url
    assert is_vcs(text)


def test_a_whole_commit_is_known() -> None:
    assert read_vcs(f"git+https://h.test/a@{COMMIT}").commit == COMMIT
    assert read_vcs("git+https://h.test/a@0123456").commit == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hg+https://h.test/a", "only git"),
        ("git+git://h.test/a", "write git+https"),
        ("git+ext::sh -c evil", "write git+https"),
        ("git+https://h.test", "names no repository"),
        ("git+https://h.test/a@--upload-pack=evil", "not a valid revision"),
        ("git+https://h.test/a@a..b", "not a valid revision"),
        ("git+https://h.test/a@%2D%2Doutput", "not a valid revision"),
        ("git+https://h.test/a@x^{/y}", "not a valid revision"),
        *(
            (f"git+https://h.test/a@{each}", "not a valid revision")
            for each in ("x:y", "x*", "x%40{1}", "+x", "x/", ".x", "x~1", "x%E2%80%AEy", "")
        ),
        ("git+git@h.test:a/b.git@v1", "write git+ssh://git@h.test/a/b.git@v1"),
        ("git+ssh://git@h.test:a/b.git", "write git+ssh://git@h.test/a/b.git"),
        ("git+ssh://-oProxyCommand=evil/a", "no valid host"),
        ("git+ssh://-oProxy@h.test/a", "no valid host"),
        ("git+https:///a", "no valid host"),
        ("git+https://h.test/a?x=1", "or a query"),
        ("git+https://h.test/a b", "letters"),
        ("git+file://other/a", "with the whole path"),
        ("git+https://h.test/a#subdirectory=../x", "stay inside"),
        ("git+https://h.test/a#subdirectory=a\\b", "stay inside"),
        ("git+https://h.test/a#subdirectory=", "stay inside"),
        ("git+https://[h.test/a", "fix the address"),
    ],
)
def test_addresses_that_are_none(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        read_vcs(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("url", "other", "found"),
    [
        ("https://h.test/a/b.git", "../c.git", "https://h.test/a/c.git"),
        ("https://h.test/a/b.git", "./c", "https://h.test/a/b.git/c"),
        ("https://h.test/a/b.git", "../../x/y", "https://h.test/x/y"),
        ("https://h.test/a/b.git", "https://o.test/c", "https://o.test/c"),
        ("ssh://git@h.test/a/b", "../c", "ssh://git@h.test/a/c"),
        ("https://h.test/a/b.git", "git@o.test:c/d.git", "ssh://git@o.test/c/d.git"),
        ("file:///srv/a", "file:///srv/b", "file:///srv/b"),
        ("file:///srv/a", "../b", "file:///srv/b"),
    ],
)
def test_addresses_of_submodules(url: str, other: str, found: str) -> None:
    assert beside(url, other).url == found


@pytest.mark.parametrize(
    "other",
    ["file:///etc", "../../../..", "ext::sh -c evil", "-oProxyCommand=evil", "/srv/x", "git@-x:a", "git://h.test/a"],
)
def test_addresses_of_submodules_that_are_refused(other: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        beside("https://h.test/a/b.git", other)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("git@h.test:a/b.git", "git+ssh://git@h.test/a/b.git"),
        ("git://h.test/a", "git+https://h.test/a"),
        ("https://h.test/a", ""),
        ("file:///srv/a", ""),
        ("C:/srv/a", ""),
    ],
)
def test_addresses_that_git_takes_and_no_requirement(text: str, written: str) -> None:
    assert without_scheme(text) == written


def test_a_recipe_holds_no_password_of_a_repository() -> None:
    assert has_credentials("x @ git+https://me:secret@h.test/x")
    assert has_credentials("x @ git+ssh://me:secret@h.test/x")
    assert has_credentials("x @ git+https://me:sec:ret@h.test/x")
    assert not has_credentials("x @ git+ssh://git@h.test:22/x@v1")


def test_an_address_of_colons_takes_no_longer_than_it_is() -> None:
    """Looked at once, and not from each colon on: that takes minutes."""
    assert not has_credentials("git+https://" + ":" * 400_000)
