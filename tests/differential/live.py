"""The real index as a snapshot's origin, read by other means than our resolver's, so that a fault of its readers shows as a difference."""

from __future__ import annotations

import email.parser
import functools
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from pypi_simple import ProjectPage

from tests.differential.snapshot import Listed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from bundler.model.ports import Transport

_HEADERS = ("Metadata-Version", "Name", "Version", "Requires-Python", "Requires-Dist", "Provides-Extra")
_TAIL = 64 * 1024
_BLOCK = 16 * 1024
_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"


class LiveIndex:
    """Implements ``tests.differential.snapshot.Origin``."""

    def __init__(self, transport: Transport, root: str) -> None:
        self._transport = transport
        self._root = root
        self._page = functools.cache(self._load)

    def _load(self, project: str) -> ProjectPage | None:
        response = self._transport.get(f"{self._root.rstrip('/')}/{project}/", accept=_ACCEPT, cache=True)
        if response.status != 200:
            return None
        if "json" in response.headers.get("content-type", ""):
            return ProjectPage.from_json_data(json.loads(response.content), response.url)
        return ProjectPage.from_html(project, response.content, response.url)

    def listing(self, project: str) -> tuple[Listed, ...] | None:
        page = self._page(project)
        if page is None:
            return None
        return tuple(
            Listed(filename=each.filename, requires_python=each.requires_python, yanked=each.is_yanked)
            for each in page.packages
        )

    def metadata(self, project: str, filename: str) -> str | None:
        page = self._page(project)
        url = next(each.url for each in page.packages if each.filename == filename) if page else ""
        response = self._transport.get(url.partition("#")[0] + ".metadata")
        content = response.content if response.status == 200 else self._from_wheel(url)
        if content is None:
            return None
        told = email.parser.BytesHeaderParser().parsebytes(content)
        # a folded line is one value
        lines = [f"{name}: {' '.join(str(each).split())}" for name in _HEADERS for each in told.get_all(name, ())]
        assert canonicalize_name(str(told["Name"])) == project, filename
        return "\n".join((*lines, "", ""))

    def _from_wheel(self, url: str) -> bytes | None:
        remote = io.BufferedReader(_Ranges(self._transport, url.partition("#")[0]), _BLOCK)
        try:
            with zipfile.ZipFile(remote) as wheel:
                found = [each for each in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", each)]
                return wheel.read(found[0]) if len(found) == 1 else None
        except zipfile.BadZipFile:
            return None


class _Ranges(io.RawIOBase):
    """A file on a server, for ``zipfile``: the tail is asked for once, the rest by ranges."""

    def __init__(self, transport: Transport, url: str) -> None:
        self._transport, self._url = transport, url
        self._position = 0
        response = transport.get(url, suffix=_TAIL)
        self._tail = response.content
        told = response.headers.get("content-range", "")
        self._size = int(told.rpartition("/")[2]) if response.status == 206 else len(self._tail)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        length = min(len(view), self._size - self._position)
        if length <= 0:
            return 0
        begin = self._position - (self._size - len(self._tail))
        if begin >= 0:
            content = self._tail[begin : begin + length]
        else:
            last = self._position + length - 1
            content = self._transport.get(self._url, byte_range=(self._position, last)).content
            assert len(content) == length, self._url
        view[: len(content)] = content
        self._position += len(content)
        return len(content)
