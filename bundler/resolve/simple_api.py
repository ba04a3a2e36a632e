"""Pages of the Simple API: PEP 691 JSON and PEP 503 HTML, decoded to the same thing.

An own reader: a popular project has thousands of files of which a resolution looks at few. So a page is taken in by the parser in C
that pydantic brings, and a file is decoded when somebody asks for it; pypi-simple builds every object (and for HTML a whole
tree) at once, several times what the whole resolution may take.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin

from pydantic_core import from_json

from bundler.errors import NetworkError
from bundler.foreign import LONGEST, one_line, split_address
from bundler.model.artifact import Artifact
from bundler.model.moments import in_utc
from bundler.resolve.index_addresses import clean_url, shown_url
from bundler.resolve.page_bounds import PageTooLargeError, check_bytes, check_files, check_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bundler.model.ports import Response
    from bundler.resolve.html_tags import Tag
    from bundler.resolve.page_bounds import PagesTaken

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
"""What this reads, with JSON first (PEP 691); an index that knows of no JSON sends HTML."""

_LARGEST = 2**63 - 1
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_FIRST_INDEX = datetime.datetime(2003, 1, 1, tzinfo=datetime.UTC)
_LONGEST_TIME = 64
_CHARSETS = {
    **dict.fromkeys(("utf-8", "utf8"), "utf-8"),
    **dict.fromkeys(("us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252"), "cp1252"),
}
"""Python knows more encodings: some take quadratic time, some make characters that no file name can have."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ProjectFile:
    """One file on a page; ``upload_time`` in UTC, None where nothing sensible is said.

    ``url`` is absolute, without credentials and fragment; ``sha256`` lower-case, None where the index gives none; ``yanked`` the reason (maybe
    empty), None: not yanked; ``metadata``: it has a metadata file (PEP 658), ``metadata_sha256`` of that; ``provenance``: where it says who
    published the file (PEP 740), None: nowhere.
    """

    filename: str
    url: str
    sha256: str | None = None
    size: int | None = None
    requires_python: str | None = None
    yanked: str | None = None
    metadata: bool = False
    metadata_sha256: str | None = None
    upload_time: datetime.datetime | None = None
    provenance: str | None = None

    def artifact(self) -> Artifact:
        """The same as a thing to fetch."""
        return Artifact(filename=self.filename, url=self.url, size=self.size, sha256=self.sha256)


class Page:
    """What one index says of one project. ``status`` and ``status_reason`` are PEP 792's; ``filenames`` in the page's order.

    ``base``: what addresses on it are relative to; ``origin``: its own address.
    """

    def __init__(
        self,
        base: str,
        files: Sequence[Mapping[str, Any]],
        *,
        origin: str,
        status: str = "active",
        status_reason: str = "",
    ) -> None:
        self._base = base
        self._schemes = ("http", "https", "file") if origin.startswith("file:") else ("http", "https")
        self._files = files
        self.status = status.strip().lower()
        self.status_reason = one_line(status_reason)
        self.filenames = tuple(_name(each.get("filename")) for each in files)

    def file(self, number: int) -> ProjectFile:
        """Decode one file; raises NetworkError (``index-malformed``) where it makes no sense."""
        raw = self._files[number]
        try:
            return _file(raw, self._base, self._schemes)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise NetworkError(
                "index-malformed",
                f"the index says something of {one_line(self.filenames[number])!r} that can't be read: {one_line(str(error))}",
                context=(shown_url(self._base),),
            ) from None


def read_page(response: Response, name: str, taken: PagesTaken | None = None) -> Page:
    """Decode the page of project ``name`` (normalized), which stays with those that were ``taken``; raises NetworkError
    (``index-malformed``, ``index-too-large``).
    """
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        check_bytes(response.content)
        if kind.endswith("json") or (not kind and response.content.lstrip()[:1] == b"{"):
            page = _json_page(response, name)
        elif kind in ("", "text/html", "application/vnd.pypi.simple.v1+html"):
            page = _html_page(response)
        else:
            raise ValueError(f"it is {kind}, and neither JSON nor HTML")  # noqa: TRY301 - as what isn't one inside
        if taken is not None:
            taken.take(response.content, len(page.filenames))
    except PageTooLargeError as error:
        raise NetworkError(
            "index-too-large",
            f"the page of {name} has {error}",
            context=(shown_url(response.url),),
            hint="no project has so much: the index is broken, or means harm",
        ) from None
    except ValueError as error:
        raise NetworkError(
            "index-malformed",
            f"the page of {name} is not a page of a package index: {one_line(str(error))}",
            context=(shown_url(response.url),),
            hint="is the address that of a Simple API's root (often ending in /simple/)?",
        ) from None
    return page


def _json_page(response: Response, name: str) -> Page:
    check_values(response.content)
    data = from_json(response.content, cache_strings="keys")
    if not isinstance(data, dict) or not isinstance(files := data.get("files"), list):
        raise ValueError("its JSON has no list of files")  # noqa: TRY004
    check_files(len(files))
    meta = data.get("meta")
    _check_version(str(meta.get("api-version", "1.0")) if isinstance(meta, dict) else "1.0")
    stated = data.get("name")
    if isinstance(stated, str) and _normal(stated) != name:
        raise ValueError(f"it is the page of {stated}")
    if not all(isinstance(each, dict) for each in files):
        raise ValueError("its list of files holds something else")
    status = data.get("project-status")
    status = status if isinstance(status, dict) else {"status": status}
    said, reason = status.get("status"), status.get("reason")
    return Page(
        response.url,
        files,
        origin=response.url,
        status=said if isinstance(said, str) else "active",
        status_reason=reason if isinstance(reason, str) else "",
    )


def _check_version(version: str) -> None:
    if version.partition(".")[0] != "1":
        raise ValueError(f"it has version {version} of the Simple API; this reads version 1")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _name(said: object) -> str:
    """Empty for what no file is called: a page may be one name, which to take apart by its tags takes gigabytes."""
    return said if isinstance(said, str) and len(said) <= LONGEST else ""


def _file(raw: Mapping[str, Any], base: str, schemes: Sequence[str]) -> ProjectFile:
    """``schemes``: of addresses that may be on the page; what lies on this host is nothing that an index elsewhere may name."""
    url = _address(raw["url"], base, schemes)
    filename, requires_python = raw["filename"], raw.get("requires-python") or None
    if not isinstance(filename, str) or not isinstance(requires_python, str | None):
        raise TypeError("its name and its Requires-Python must be texts")
    if len(filename) > LONGEST:
        raise ValueError(f"its name has {len(filename)} characters")
    hashes = raw.get("hashes") or {}
    metadata = raw.get("core-metadata")
    if metadata is None:
        metadata = raw.get("dist-info-metadata", raw.get("data-dist-info-metadata"))
    yanked = raw.get("yanked", False)
    size, provenance = raw.get("size"), raw.get("provenance")
    return ProjectFile(
        filename=filename,
        url=clean_url(url),
        sha256=_sha256(hashes),
        size=size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size <= _LARGEST else None,
        requires_python=requires_python,
        yanked=(one_line(yanked) if isinstance(yanked, str) else "") if yanked not in (False, None) else None,
        metadata=bool(metadata),
        metadata_sha256=_sha256(metadata) if isinstance(metadata, dict) else None,
        upload_time=_time(raw.get("upload-time")),
        provenance=clean_url(_address(provenance, base, schemes)) if provenance else None,
    )


def _address(said: str, base: str, schemes: Sequence[str]) -> str:
    said = said.partition("#")[0]
    if len(said) > LONGEST:  # to join it takes memory by its parts, thirty times the page
        raise ValueError(f"its address has {len(said)} characters")
    url = urljoin(base, said)
    if (scheme := split_address(url).scheme) not in schemes:
        raise ValueError(f"its address begins with {scheme}:")
    return url


def _sha256(hashes: Mapping[str, Any]) -> str | None:
    value = hashes.get("sha256")
    if value is None:
        return None
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise ValueError(f"its sha256 is {value!r}")
    return value.lower()


def _time(text: object) -> datetime.datetime | None:
    """None for what is not a time, or one before there was an index: some give the beginning of time for one that they don't know."""
    if not isinstance(text, str) or len(text) > _LONGEST_TIME:
        return None
    try:
        moment = in_utc(datetime.datetime.fromisoformat(text))
    except ValueError:
        return None
    return moment if moment >= _FIRST_INDEX else None


def _html_page(response: Response) -> Page:
    charset = re.search(r"charset=[\"']?([\w-]{1,40})", response.headers.get("content-type", ""))
    encoding = charset[1].lower() if charset else "utf-8"
    if encoding not in _CHARSETS:
        raise ValueError(f"its HTML is in {encoding}")
    try:
        text = response.content.decode(_CHARSETS[encoding])
    except UnicodeDecodeError as error:
        raise ValueError(f"its HTML can't be decoded: {error}") from None
    reader = _Anchors(response.url)
    from bundler.resolve.html_tags import read_html  # late: most indexes have JSON

    for each in read_html(text):
        reader.take(each)
    _check_version(reader.meta.get("pypi:repository-version", "1.0"))
    return Page(
        reader.base or response.url,
        reader.files,
        origin=response.url,
        status=reader.meta.get("pypi:project-status", "active"),
        status_reason=reader.meta.get("pypi:project-status-reason", ""),
    )


class _Anchors:
    """Collects the anchors in the form that the JSON has."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.base = ""
        self.meta: dict[str, str] = {}
        self.files: list[dict[str, Any]] = []
        self._open: Mapping[str, str | None] | None = None
        self._texts: list[str] = []

    def take(self, each: Tag | str) -> None:
        if isinstance(each, str):
            if self._open is not None:
                self._texts.append(each)
            return
        name, found = each
        if name == "a":
            self._finish()  # an anchor in an anchor ends it
            self._open, self._texts = found, []
        elif name == "/a":
            self._finish()
        elif name == "base" and (href := found.get("href")) and not self.base:
            self.base = urljoin(self._url, href[:LONGEST])
        elif name == "meta" and found.get("name"):
            self.meta[str(found["name"]).lower()] = found.get("content") or ""

    def _finish(self) -> None:
        if self._open is None:
            return
        check_files(len(self.files) + 1)
        attributes, self._open = self._open, None
        url, _, fragment = (attributes.get("href") or "").partition("#")
        filename = "".join(self._texts).strip() or unquote(url.partition("?")[0].rpartition("/")[2])
        algorithm, _, digest = fragment.partition("=")
        metadata = attributes.get("data-core-metadata", attributes.get("data-dist-info-metadata"))
        self.files.append(
            {
                "filename": filename,
                "url": url,
                "hashes": {"sha256": digest} if algorithm == "sha256" else {},
                "requires-python": attributes.get("data-requires-python"),
                "yanked": (attributes["data-yanked"] or True) if "data-yanked" in attributes else False,
                "core-metadata": _metadata_attribute(metadata),
                "provenance": attributes.get("data-provenance"),
            }
        )


def _metadata_attribute(value: str | None) -> bool | dict[str, str]:
    algorithm, _, digest = (value or "").partition("=")
    if algorithm == "sha256":
        return {"sha256": digest}
    return bool(value) and value != "false"
