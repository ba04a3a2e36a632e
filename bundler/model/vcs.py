"""Sources in version control: addresses as requirements have them (``git+https://host/repo@REVISION#subdirectory=x``), and what a lock holds of one."""

from __future__ import annotations

import dataclasses
import re
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

VCS = ("git+", "hg+", "svn+", "bzr+")
_SCHEMES = ("https", "http", "ssh", "file")
_REVISION = re.compile(r"(?![-+/.])(?!.*(?:\.\.|@\{|//))[^\x00-\x20\x7f~^:?*\[\\\"']{1,255}(?<![/.])")
"""Names of branches and tags (git-check-ref-format) but for quotes; none of them is an option, a range or another place."""
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_HOST = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_PORT = re.compile(r"[0-9]{1,5}(?:/|$)")
_SCP = re.compile(r"(?:(?P<user>[A-Za-z0-9_.-]+)@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]+):(?P<path>(?!//)\S+)")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class VcsOrigin:
    """A state of a repository: ``url`` without credentials, the whole ``commit``, the ``revision`` that was asked for (empty: none), the
    folder inside it that is the project (empty: the repository itself).
    """

    url: str
    commit: str
    revision: str = ""
    subdirectory: str = ""

    @property
    def text(self) -> str:
        """As a requirement has it."""
        return f"git+{self.url}@{self.commit}" + (f"#subdirectory={self.subdirectory}" if self.subdirectory else "")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class VcsAddress:
    """What somebody asked for; ``secret``: the address as git needs it where it holds credentials, which go nowhere else."""

    url: str
    revision: str = ""
    subdirectory: str = ""
    secret: str = dataclasses.field(default="", repr=False)

    @property
    def commit(self) -> str:
        """The revision, if it is a whole commit; else empty."""
        return self.revision if _COMMIT.fullmatch(self.revision) else ""

    def at(self, commit: str) -> VcsOrigin:
        return VcsOrigin(url=self.url, commit=commit, revision=self.revision, subdirectory=self.subdirectory)


def is_vcs(text: str) -> bool:
    """Whether an address leads into version control."""
    return text.lower().startswith(VCS)


def read_vcs(text: str) -> VcsAddress:
    """Read an address of git; raises ValueError with what is wrong and what to do."""
    if not text.lower().startswith("git+"):
        raise ValueError("only git is supported; check it out and name the folder, or give an archive")
    bare, _, fragment = text[len("git+") :].partition("#")
    parts = _split(bare)
    path, at, revision = parts.path.rpartition("@")
    if not at:
        path, revision = parts.path, ""
    revision = unquote(revision)
    if at and not (_REVISION.fullmatch(revision) and revision.isprintable()):
        raise ValueError(f"{revision!r} is not a valid revision")
    if not path.strip("/"):
        raise ValueError("it names no repository")
    url, secret = _without_secret(parts._replace(path=path))
    subdirectory = ""
    for each in fragment.split("&"):
        key, _, value = each.partition("=")
        if key == "subdirectory":
            subdirectory = _inside(unquote(value))
    return VcsAddress(url=url, revision=revision, subdirectory=subdirectory, secret=secret)


def beside(url: str, other: str) -> VcsAddress:
    """The address of a submodule, which may be relative to that of the repository (``../other.git``). Raises ValueError.

    Only a repository on this disk may have one there.
    """
    if other.startswith(("./", "../")):
        parts = urlsplit(url)
        steps = parts.path.rstrip("/").split("/")
        for each in other.rstrip("/").split("/"):
            if each == "..":
                if len(steps) <= 1:
                    raise ValueError(f"its address {other} leads out of the host")
                steps.pop()
            elif each != ".":
                steps.append(each)
        return read_vcs("git+" + urlunsplit(parts._replace(path="/".join(steps))))
    scp = _SCP.fullmatch(other)
    if scp is not None and "://" not in other:
        return read_vcs(f"git+{_of_scp(scp)}")
    if urlsplit(other).scheme == "file" and urlsplit(url).scheme != "file":
        raise ValueError(f"its address {other} is a place on this host")
    return read_vcs("git+" + other)


def without_scheme(text: str) -> str:
    """What to write for an address that git takes and no requirement does (``git@host:path``, ``git://host/path``); empty: it is none."""
    if text.startswith("git://"):
        return f"git+https{text.removeprefix('git')}"
    scp = _SCP.fullmatch(text)
    return f"git+{_of_scp(scp)}" if scp is not None and scp["user"] else ""


def _of_scp(scp: re.Match[str]) -> str:
    user = f"{scp['user']}@" if scp["user"] else ""
    return f"ssh://{user}{scp['host']}/{scp['path'].lstrip('/')}"


def _split(bare: str) -> SplitResult:
    scp = _SCP.fullmatch(bare.removeprefix("ssh://"))
    if scp is not None and scp["user"] and not _PORT.match(scp["path"]):
        raise ValueError(f"write git+{_of_scp(scp)}")
    try:
        parts = urlsplit(bare)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"fix the address: {error}") from None
    if parts.scheme not in _SCHEMES:
        raise ValueError("write git+https://…, git+ssh://USER@HOST/… or git+file:///…")
    if any(ord(letter) <= ord(" ") or letter in "\\\"'" for letter in bare):
        raise ValueError("its address holds letters that can't be there")
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise ValueError("write git+file:///… with the whole path")
    elif not _HOST.fullmatch(parts.netloc.rpartition("@")[2]) or parts.query:
        raise ValueError("its address has no valid host, or a query")
    return parts


def _without_secret(parts: SplitResult) -> tuple[str, str]:
    """The address without credentials, and the whole one if it had some; a name alone is no secret of SSH."""
    user, at, host = parts.netloc.rpartition("@")
    whole = urlunsplit(parts._replace(query="", fragment=""))
    if not at:
        return whole, ""
    if parts.scheme == "ssh":
        name = user.partition(":")[0]
        if not _USER.fullmatch(name):
            raise ValueError("its address has no valid host, or a query")
        return urlunsplit(parts._replace(netloc=f"{name}@{host}", query="", fragment="")), ""
    return urlunsplit(parts._replace(netloc=host, query="", fragment="")), whole


def _inside(path: str) -> str:
    parts = path.strip("/").split("/")
    if "\\" in path or "\0" in path or any(each in ("", ".", "..") for each in parts):
        raise ValueError(f"#subdirectory={path} doesn't stay inside the repository")
    return "/".join(parts)
