"""Answers of ``file:`` addresses, as if an HTTP server gave them."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path

from bundler.errors import NetworkError, reason_of
from bundler.model.ports import Response
from bundler.plain_file import open_plain


def read_local(path: str, url: str, *, byte_range: tuple[int, int] | None, suffix: int | None, limit: int) -> Response:
    """200 or 206 with the file's bytes, 404 without one, 416 beyond its end; more than ``limit`` bytes is a NetworkError."""
    file = Path(path)
    try:
        if file.is_dir():
            file /= "index.html"
            url = url.rstrip("/") + "/"
        with open_plain(file) as stream:
            size = os.fstat(stream.fileno()).st_size
            first, last = 0, size - 1
            if byte_range is not None:
                first, last = byte_range[0], min(byte_range[1], size - 1)
            elif suffix is not None:
                first = max(0, size - suffix)
            partial = byte_range is not None or suffix is not None
            if partial and first > last:
                return Response(url=url, status=416, headers={"content-range": f"bytes */{size}"}, content=b"")
            if last - first >= limit:
                raise NetworkError("network-too-large", f"the file has more than {limit} bytes", context=(str(file),))
            stream.seek(first)
            content = stream.read(last - first + 1)
    except (FileNotFoundError, NotADirectoryError):
        return Response(url=url, status=404, headers={}, content=b"")
    except OSError as error:
        raise NetworkError(
            "network-local-file", f"{file} can't be read: {reason_of(error)}", hint="check its permissions"
        ) from None
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    headers = {"content-type": kind, "content-length": str(len(content)), "accept-ranges": "bytes"}
    if partial:
        headers["content-range"] = f"bytes {first}-{last}/{size}"
    return Response(url=url, status=206 if partial else 200, headers=headers, content=content)
