"""The pages of the Simple API (PEP 503, 629, 658, 691, 700, 714, 792) for the local index."""

from __future__ import annotations

import hashlib
import html
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.index_data import Published


def json_root(names: Iterable[str]) -> bytes:
    return json.dumps({"meta": {"api-version": "1.1"}, "projects": [{"name": each} for each in names]}).encode()


def html_root(names: Iterable[str]) -> bytes:
    links = "".join(f'<a href="{each}/">{each}</a><br>\n' for each in names)
    return f"<!DOCTYPE html><html><body>\n{links}</body></html>".encode()


def json_page(project: str, files: Iterable[Published], base: str, status: tuple[str, str] | None) -> bytes:
    """The page of a project; ``base`` is what the files' addresses begin with, ``status`` as PEP 792 has it."""
    page: dict[str, Any] = {"meta": {"api-version": "1.1"}, "name": project, "files": [], "versions": []}
    if status:
        page["project-status"] = {"status": status[0], "reason": status[1]}
    for each in files:
        entry: dict[str, Any] = {
            "filename": each.filename,
            "url": f"{base}/{each.filename}{each.query}",
            "hashes": {"sha256": each.sha256} if each.sha256 else {},
            "yanked": each.yanked,
        }
        if each.size is not None:
            entry["size"] = each.size
        if each.requires_python is not None:
            entry["requires-python"] = each.requires_python
        if each.upload_time is not None:
            entry["upload-time"] = each.upload_time
        if each.metadata is not None:
            entry["core-metadata"] = entry["data-dist-info-metadata"] = {"sha256": _sha256(each.metadata)}
        if each.provenance is not None:
            entry["provenance"] = f"{base}/{each.filename}.provenance"
        page["files"].append(entry)
    return json.dumps(page).encode()


def html_page(project: str, files: Iterable[Published], base: str, status: tuple[str, str] | None) -> bytes:
    """The same in HTML, which has no place for sizes and upload times."""
    head = '<meta name="pypi:repository-version" content="1.1">'
    if status:
        head += f'<meta name="pypi:project-status" content="{html.escape(status[0])}">'
        head += f'<meta name="pypi:project-status-reason" content="{html.escape(status[1])}">'
    links = []
    for each in files:
        fragment = f"#sha256={each.sha256}" if each.sha256 else ""
        attributes = [f'href="{html.escape(f"{base}/{each.filename}{each.query}")}{fragment}"']
        if each.requires_python is not None:
            attributes.append(f'data-requires-python="{html.escape(each.requires_python)}"')
        if each.yanked is not False:
            attributes.append(f'data-yanked="{html.escape(each.yanked if isinstance(each.yanked, str) else "")}"')
        if each.metadata is not None:
            attributes += [f'{key}="sha256={_sha256(each.metadata)}"' for key in _METADATA_KEYS]
        if each.provenance is not None:
            attributes.append(f'data-provenance="{html.escape(f"{base}/{each.filename}.provenance")}"')
        links.append(f"<a {' '.join(attributes)}>{html.escape(each.filename)}</a><br>\n")
    return f"<!DOCTYPE html><html><head>{head}</head><body><h1>{project}</h1>\n{''.join(links)}</body></html>".encode()


_METADATA_KEYS = ("data-core-metadata", "data-dist-info-metadata")  # PEP 714


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
