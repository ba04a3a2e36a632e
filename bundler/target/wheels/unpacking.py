"""A piece of a wheel becomes files: unpacked, checked against RECORD, scripts given their Python, modules compiled.

It runs in processes of its own (``worker``), under the Python of the release.
"""

from __future__ import absolute_import, unicode_literals

import base64
import errno
import hashlib
import io
import os
import struct
import zlib

from ..archives import LARGEST_SOURCE
from ..compat import to_text
from ..machine.links import leads_away
from ..machine.patience import Alone, patiently
from ..machine.raw_file import NEW_FILE, write_all
from .compiling import cache_tag, compiled, compiled_path, magic_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

EXECUTABLE = 1
SCRIPT = 2
MODULE = 4
"""Flags of an item: it may be executed; its first line may name a Python; it is compiled."""

STORED, DEFLATED = 0, 8
_KINDS = getattr(hashlib, str("algorithms_guaranteed"), ("sha512", "sha384", "sha256", "sha224", "sha1", "md5"))
"""Of hashes, those that every build of this Python has: not what its OpenSSL knows besides. Of 2.7 only later ones say which."""
_LOCAL = struct.Struct(str("<4s22xHH"))  # a member's own header: signature, lengths of name and extra field
WHOLE = 4 << 20
"""Members up to this size (bytes) are held in memory as a whole; a larger one is a piece of its own."""
_CHUNK = 1 << 20
_ANY_PYTHON = b"#!python"


class DamageError(Exception):
    """A member is not what the wheel says it is."""


class Unpacker(object):
    """``settings``: ``shebang``, the first line that a script gets in place of ``#!python``; ``compile``, whether modules are compiled;
    ``root``: the environment's folder, in which no other folder may lead elsewhere.
    """

    def __init__(self, settings):
        # type: (dict[str, Any]) -> None
        self._shebang = settings["shebang"].encode("utf-8")
        self._compile = settings["compile"]
        umask = os.umask(0)
        os.umask(umask)
        # as pip has it: everybody may execute what may be executed
        self._executable = (0o777 & ~umask | 0o111) if os.name == "posix" else None
        self._magic = magic_number()
        self._made = {settings["root"]} if settings.get("root") else set()  # type: set[str]

    def piece(self, piece):
        # type: (dict[str, Any]) -> dict[str, Any]
        """Unpack one piece: ``wheel``, ``start``, ``length`` (bytes of the wheel to read), ``folders``, and ``items``, each a list of
        folder's number, name, offset in the wheel, packed size, size, method, CRC, hash (as RECORD has it, or none), flags.

        The answer: ``failed``, the items that can't be compiled, with the reason; ``changed``, items whose content was changed, with
        their new hash and size; or ``refused``, why it can't be done, and nothing else.
        """
        try:
            return self._unpack(piece)
        except EnvironmentError as error:
            words = (to_text(error.filename or piece["wheel"]), to_text(error.strerror or ""))
            return {"refused": "%s can't be read or written: %s" % words}

    def _unpack(self, piece):
        # type: (dict[str, Any]) -> dict[str, Any]
        failed, changed = [], []  # type: list[list[Any]], list[list[Any]]
        folders = piece["folders"]
        with io.open(piece["wheel"], "rb", 0) as stream:
            for each in folders:
                self._make(each)
            # a large member is a piece of its own
            run = b"" if piece["items"][0][4] > WHOLE else _read(stream, piece["start"], piece["length"])
            for number, item in enumerate(piece["items"]):
                folder, name, offset, _, size, _, crc, digest, flags = item
                path = folders[folder] + os.sep + name
                try:
                    if size > WHOLE:
                        content = self._large(stream, path, item)
                    else:
                        content = _unpacked(run, offset - piece["start"], item)
                        _check(content, crc, digest)
                    named = flags & SCRIPT and content.startswith(_ANY_PYTHON)
                    if named:
                        content = self._shebang + content[_first_line(content) :]
                        changed.append([number, record_hash(content), len(content)])
                    if named or size <= WHOLE:
                        write(path, content)
                except (DamageError, zlib.error) as error:
                    return {"refused": "%s %s" % (name, error)}
                if flags & EXECUTABLE and self._executable is not None:
                    os.chmod(path, self._executable)
                if flags & MODULE and self._compile:
                    reason = self._compiled(folders[folder], name, path, content)
                    if reason is not None:
                        failed.append([number, reason])
        return {"failed": failed, "changed": changed}

    def _large(self, stream, path, item):
        # type: (Any, str, list[Any]) -> bytes
        """Members of any size, in bounded memory; a module or script of that size is read again, but for what is too large to be one."""
        _, _, offset, packed, size, method, crc, digest, flags = item
        algorithm, _, wanted = (digest or "").partition("=")
        hasher = _hasher(algorithm) if digest else None
        sum_, total = 0, 0
        with io.open(_created(path), "wb", 0) as sink:
            for chunk in _stream(stream, offset, packed, method):
                total += len(chunk)
                if total > size:
                    raise DamageError("is longer than the wheel says")
                if hasher is not None:
                    hasher.update(chunk)
                sum_ = zlib.crc32(chunk, sum_)
                view = memoryview(chunk)
                while view:
                    view = view[sink.write(view) :]
        if total != size or sum_ & 0xFFFFFFFF != crc:
            raise DamageError("is cut short or damaged")
        if hasher is not None and _encoded(hasher.digest()) != wanted.rstrip("="):
            raise DamageError("is not what RECORD says")
        if not flags & (MODULE | SCRIPT) or size > LARGEST_SOURCE:
            return b""
        with io.open(path, "rb") as source:
            head = source.read(len(_ANY_PYTHON))
            if not flags & MODULE and head != _ANY_PYTHON:
                return head  # a program, which stays as it is
            return head + source.read()

    def _compiled(self, folder, name, path, source):
        # type: (str, str, str, bytes) -> str | None
        """The reason, if the module can't be compiled: it is for another Python."""
        target = compiled_path(folder, name, cache_tag())
        try:
            content = compiled(self._magic, path, source)
            self._make(os.path.dirname(target))
            write(target, content)
        except Exception as error:  # a parser may raise anything, and pip goes on after any of it
            if os.path.isfile(target):
                patiently(Alone(), lambda: os.unlink(target))  # cut short, it would stop the program that imports it
            return "%s: %s" % (type(error).__name__, (str(error).splitlines() or [""])[0])
        return None

    def _make(self, folder):
        # type: (str) -> None
        """Without asking first whether it is there, as another worker may have made it: on Windows that costs more than to try."""
        if folder in self._made:
            return
        above = os.path.dirname(folder)
        if above != folder:
            self._make(above)
        try:
            os.mkdir(folder)
        except EnvironmentError as error:
            if leads_away(folder) or (error.errno != errno.EEXIST and not os.path.isdir(folder)):
                raise
        self._made.add(folder)


def record_hash(content):
    # type: (bytes) -> str
    """As RECORD writes it: ``sha256=`` and the digest in URL-safe base 64 without padding."""
    return "sha256=" + _encoded(hashlib.sha256(content).digest())


def _hasher(algorithm):
    # type: (str) -> Any
    if algorithm == "sha256":
        return hashlib.sha256()
    try:
        found = hashlib.new(algorithm) if algorithm in _KINDS else None
    except ValueError:  # this machine's policy
        found = None
    if found is None or not found.digest_size:  # of what has any length nobody can say how long it is to be
        raise DamageError("has a hash of an unknown kind in RECORD, %s" % algorithm)
    return found


def _encoded(digest):
    # type: (bytes) -> str
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def _first_line(content):
    # type: (bytes) -> int
    """Where the second line begins."""
    return content.find(b"\n") + 1 or len(content)


def _read(stream, start, length):
    # type: (Any, int, int) -> bytes
    stream.seek(start)
    parts = []
    while length > 0:
        part = stream.read(length)
        if not part:
            break
        parts.append(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _content_start(run, at):
    # type: (bytes, int) -> int
    if at < 0 or len(run) < at + _LOCAL.size:
        raise DamageError("can't be read: the wheel is cut short")
    signature, name, extra = _LOCAL.unpack_from(run, at)
    if signature != b"PK\3\4":
        raise DamageError("can't be read: the wheel is damaged")
    return at + _LOCAL.size + int(name) + int(extra)


def _unpacked(run, at, item):
    # type: (bytes, int, list[Any]) -> bytes
    packed, size, method = item[3:6]
    begin = _content_start(run, at)
    content = run[begin : begin + packed]
    if len(content) != packed:
        raise DamageError("can't be read: the wheel is cut short")
    if method == DEFLATED:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        content = inflater.decompress(content, size + 1)
    if len(content) != size:
        raise DamageError("has not the size that the wheel says")
    return content


def _stream(stream, offset, packed, method):
    # type: (Any, int, int, int) -> Iterator[bytes]
    begin = offset + _content_start(_read(stream, offset, _LOCAL.size), 0)
    stream.seek(begin)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if method == DEFLATED else None
    while packed > 0:
        chunk = stream.read(min(packed, _CHUNK))
        if not chunk:
            raise DamageError("can't be read: the wheel is cut short")
        packed -= len(chunk)
        if inflater is None:
            yield chunk
            continue
        while chunk:
            yield inflater.decompress(chunk, _CHUNK)
            chunk = inflater.unconsumed_tail
    if inflater is not None:
        yield inflater.flush()


def _check(content, crc, digest):
    # type: (bytes, int, str | None) -> None
    if not digest:
        if zlib.crc32(content) & 0xFFFFFFFF != crc:
            raise DamageError("is damaged")
        return
    algorithm, _, wanted = digest.partition("=")
    found = _hasher(algorithm)
    found.update(content)
    if _encoded(found.digest()) != wanted.rstrip("="):
        raise DamageError("is not what RECORD says")


def write(path, content):
    # type: (str, bytes) -> None
    """Without the buffers and questions of ``open``: there are thousands of files."""
    file = _created(path)
    try:
        write_all(file, content)
    finally:
        os.close(file)


def _created(path):
    # type: (str) -> int
    """A new file, whatever is there: what a link leads to isn't written to."""
    try:
        return os.open(path, NEW_FILE, 0o666)
    except EnvironmentError as error:
        if error.errno != errno.EEXIST:
            raise
    patiently(Alone(), lambda: os.unlink(path))
    return os.open(path, NEW_FILE, 0o666)
