"""Which major version of Python a pure package can be for, as far as its sources themselves prove it.

An old installer that names no Python can be installed into each: its author left the choice to whoever fetched it. Sources prove one
side by what the other can't read (a ``print`` statement; ``nonlocal``) or doesn't have (``import ConfigParser``; ``import queue``).
"""

from __future__ import annotations

import ast
import dataclasses
import re
import warnings
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LARGEST = 1 << 20  # a tree takes up to a thousand times as much memory as its source
_ENOUGH = 8 << 20
"""Bytes of sources; a megabyte of the shortest statements takes seconds, and is a kilobyte in a zip."""
_ONLY_2 = frozenset(
    (
        "ConfigParser",
        "Queue",
        "StringIO",
        "cStringIO",
        "cPickle",
        "urllib2",
        "urlparse",
        "httplib",
        "Cookie",
        "cookielib",
        "HTMLParser",
        "Tkinter",
        "tkMessageBox",
        "SocketServer",
        "BaseHTTPServer",
        "SimpleHTTPServer",
        "xmlrpclib",
        "commands",
        "__builtin__",
        "thread",
        "copy_reg",
        "dummy_thread",
        "exceptions",
        "sets",
        "md5",
        "sha",
        "popen2",
        "new",
        "anydbm",
        "_winreg",
        "UserDict",
        "UserList",
        "UserString",
    )
)
_ONLY_3 = frozenset(
    (
        "configparser",
        "queue",
        "builtins",
        "tkinter",
        "socketserver",
        "copyreg",
        "_thread",
        "winreg",
        "html.parser",
        "http.client",
        "http.server",
        "http.cookies",
        "urllib.request",
        "urllib.parse",
        "urllib.error",
        "xmlrpc.client",
        "asyncio",
        "pathlib",
        "enum",
        "ipaddress",
        "statistics",
        "contextvars",
    )
)
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """Where the sources prove one side, each in words; empty: nothing does."""

    only_2: str = ""
    only_3: str = ""


def examine(sources: Iterable[tuple[str, Path]]) -> Proof:
    """Look through the sources (name, file). More than are looked at prove nothing: one of the others may be what has a module for one side.

    Tests don't count, since they may hold anything; neither does a module that another one imports only under a condition or
    where a failure is caught: such a pair is how one package is for both.
    """
    proofs: dict[str, Proof] = {}
    optional: set[str] = set()
    left = _ENOUGH
    for name, file in sources:
        size = file.stat().st_size
        if re.search(r"(^|/)tests?(/|$)|(^|/)test_[^/]*$", name) or size > _LARGEST:
            continue
        left -= size
        if left < 0:
            return Proof()
        content = file.read_bytes()
        tree = _parse(content)
        proofs[name] = _look(name, content, tree)
        optional |= set(_optional(tree)) if tree is not None else set()
    counting = [proof for name, proof in proofs.items() if _module(name) not in optional]
    return Proof(
        only_2=next((each.only_2 for each in counting if each.only_2), ""),
        only_3=next((each.only_3 for each in counting if each.only_3), ""),
    )


def _module(name: str) -> str:
    """``serial/rfc2217.py`` -> ``rfc2217``, ``serial/__init__.py`` -> ``serial``"""
    path = PurePosixPath(name)
    return path.parent.name if path.stem == "__init__" else path.stem


def _optional(tree: ast.Module) -> Iterator[str]:
    """The last parts of what is imported in a function, after a condition, or where a failure is caught."""
    always = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if id(node) in always or not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.rpartition(".")[2]
        yield from (each.name.rpartition(".")[2] for each in node.names)


def _look(name: str, content: bytes, tree: ast.Module | None) -> Proof:
    if tree is None:
        return Proof(only_2=f"{name} is not valid Python 3")
    cookie = any(_COOKIE.match(line) for line in content.split(b"\n", 2)[:2])
    if not content.isascii() and not cookie and not content.startswith(b"\xef\xbb\xbf"):
        return Proof(only_3=f"{name} holds UTF-8 without saying so")
    two = next((f"{name} imports {each}" for each in _imported(tree) if each in _ONLY_2), "")
    three = next((f"{name} imports {each}" for each in _imported(tree) if each in _ONLY_3), "")
    if not three and (line := next(_lines_of_3(tree), 0)):
        three = f"line {line} of {name} is not valid Python 2"
    return Proof(only_2=two, only_3=three)


def _parse(content: bytes) -> ast.Module | None:
    """The sources as this host's Python reads them; None: no Python 3 can."""
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    # async and await were names like others before 3.7
    for each in (content, re.sub(rb"\b(async|await)\b", rb"\1_", content)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # 3.14 takes `except A, B:` again, which meant something else in Python 2
                return ast.parse(each, feature_version=(3, 13))
        except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
            continue
    return None


def _imported(tree: ast.Module) -> Iterator[str]:
    """Modules that are imported always: not in a function, not after a condition, not where a failure is caught."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _lines_of_3(tree: ast.Module) -> Iterator[int]:
    """Lines with something that Python 2.7 can't read."""
    function = any(
        isinstance(each, ast.ImportFrom)
        and each.module == "__future__"
        and any(n.name == "print_function" for n in each.names)
        for each in tree.body
    )
    for node in ast.walk(tree):
        if (
            isinstance(
                node,
                ast.Nonlocal | ast.AnnAssign | ast.JoinedStr | ast.YieldFrom | ast.AsyncFunctionDef | ast.NamedExpr,
            )
            or (isinstance(node, ast.Raise) and node.cause is not None)
            or (isinstance(node, ast.ClassDef) and node.keywords)
            or (isinstance(node, ast.arguments) and node.kwonlyargs)
            or (isinstance(node, ast.arg) and node.annotation is not None)
            or (isinstance(node, ast.FunctionDef) and node.returns is not None)
            or (isinstance(node, ast.Starred) and isinstance(node.ctx, ast.Store))
            or (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "print"
                and node.keywords
                and not function
            )
        ):
            yield getattr(node, "lineno", 1) or 1
