"""What is in a bundle, as parts of the review page: sizes as a picture, origins, licences, what was made by the builder, all packages."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from bundler.foreign import parts_of
from bundler.pack.machine_changes import signed_words
from bundler.present.bundle_words import MADE, dll_cells
from bundler.present.html_page import BAD, GOOD, LOOK, MOST_ROWS, code, heading, row, stacked, table, text
from bundler.report import count_text, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bundler.pack.inspection import PackageLine
    from bundler.pipeline.review import Review

_BARS = 20
"""Packages that have a bar of their own."""
_NAMED = 40
"""Packages of one licence that are named. Those without are named all."""
FOLDERS = {
    "": "starter, operator's README, recipe, lock, bill of materials",
    "boot": "the Python that starts on the bare machine, and is copied into a release where none is installed",
    "runtime": "the Python's installer",
    "wheels": "packages",
    "attestations": "who published packages, as their indexes say it",
    "licenses": "texts of licences",
    "files": "extra files",
    "prerequisites": "installers of others",
    "target": "the program that installs",
}


def contents_sections(found: Review) -> Iterator[str]:
    """All of these, in the page's order."""
    yield from _sizes(found)
    yield from _origins(found)
    yield from _publishers(found)
    yield from _licences(found)
    yield from _made(found)
    yield from _startup(found)
    yield from _lacking(found)
    yield from _files(found)
    yield from _packages(found)


def _sizes(found: Review) -> Iterator[str]:
    contents = found.contents
    sizes = [(f"{each.name} {each.version}", each.size) for each in contents.packages]
    sizes.sort(key=lambda each: (-each[1], each[0]))
    shown, rest = [("Python itself", contents.runtime.size), *sizes[:_BARS]], sizes[_BARS:]
    together = sum(size for _, size in rest)
    largest = max(1, *(size for _, size in shown))
    yield heading("sizes", "Sizes")
    yield (
        f"<p>Once installed, about {size_text(together + sum(size for _, size in shown))}; "
        f"the bundle itself has {size_text(found.size)}.</p>"
    )
    rows = [_sized(name, _bar(size / largest), size) for name, size in shown]
    if rest:
        rows.append(_sized(count_text(len(rest), "smaller package"), "together", together))
    yield from table(("What", "Share", "Size"), rows, counts=True)


def _sized(name: str, picture: str, size: int) -> str:
    return f'<tr><td>{text(name)}</td><td class="picture">{picture}</td><td class="number">{size_text(size)}</td></tr>'


def _bar(share: float) -> str:
    """The number stands beside it: a picture for eyes alone."""
    return (
        '<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f'<rect width="{round(max(share, 0) * 1000)}" height="10"/></svg>'
    )


def _origins(found: Review) -> Iterator[str]:
    runtime = found.contents.runtime
    yield heading("origins", "Origins")
    yield "<p>Each file has its address and its hash in the list of all packages. By host:</p>"
    hosts: dict[str, list[int]] = collections.defaultdict(list)
    for each in found.contents.all_packages:
        hosts[_host(each.origin)].append(each.packed)
    rows = [
        f"<tr><td>{code(host) or 'files and folders of the build host'}</td>"
        f'<td>{len(sizes)}</td><td class="number">{size_text(sum(sizes))}</td></tr>'
        for host, sizes in sorted(hosts.items())
    ]
    yield from table(("Packages from", "Packages", "Size"), rows, counts=True)
    if indexes := sorted(set(found.indexes.values())):
        yield f"<p>Indexes that were asked: {', '.join(map(code, indexes))}.</p>"
    if runtime.sha256:
        cells = [("the Python", runtime.source, signed_words(runtime.signer), runtime.sha256)]
    else:
        cells = [("the Python", f"{runtime.directory or 'registered on the machine'}: it is there already", "", "")]
    sums = {each.path: each.sha256 for each in found.members}
    cells += [
        (each.name, each.source, signed_words(each.signer), sums.get(each.file, ""))
        for each in found.contents.prerequisites
    ]
    yield from stacked(
        ("What", "From", "Authenticode", "SHA-256"),
        [(text(name), code(source), text(signed), code(sha256)) for name, source, signed, sha256 in cells],
    )
    if any(signed for _, _, signed, _ in cells):
        yield "<p>Where these came from, and who signed them, is what whoever made the bundle says; no Authenticode signature was checked for this page.</p>"


def _host(origin: str) -> str:
    parts = parts_of(origin)
    return parts.netloc.rpartition("@")[2] if parts is not None else ""


def _publishers(found: Review) -> Iterator[str]:
    yield heading("publishers", "Publishers")
    packages = found.contents.all_packages
    named = [each for each in packages if each.published_by]
    if not named:
        yield "<p>Unknown: no index had an attestation of who published a package (PEP 740).</p>"
        return
    verdicts = {each.document: each for each in found.publishers or ()}
    if found.publishers is None:
        yield (
            "<p>As the indexes said it when the packages were locked; not verified here. <code>bundle verify --attestations</code> "
            "verifies the documents in <code>attestations/</code>, offline.</p>"
        )
    rows = []
    for each in named:
        verdict = verdicts.get(each.attestation)
        if verdict is None:
            mark = f'<span class="mark look">{LOOK} not verified</span>'
        elif verdict.why:
            mark = f'<span class="mark bad">{BAD} not valid</span> {text(verdict.why)}'
        else:
            mark = f'<span class="mark good">{GOOD} verified</span>'
        rows.append((text(f"{each.name} {each.version}"), text(verdict.words if verdict else each.published_by), mark))
    yield from stacked(("Package", "Published by", "Verdict"), rows)
    if others := len(packages) - len(named):
        yield f"<p>Of {count_text(others, 'other package')} nobody says who published {'it' if others == 1 else 'them'}.</p>"


def _licences(found: Review) -> Iterator[str]:
    packages = found.contents.all_packages
    by_licence: dict[str, list[PackageLine]] = collections.defaultdict(list)
    for each in packages:
        by_licence[each.license].append(each)
    yield heading("licences", "Licences")
    yield "<p>As the packages state them; nobody has compared that with the texts, which lie in <code>licenses/</code> of the bundle.</p>"
    rows = [
        (
            text(licence) if licence else "<strong>not stated</strong>",
            str(len(lines)),
            _names(lines, all_of_them=not licence),
        )
        for licence, lines in sorted(by_licence.items(), key=lambda each: (each[0] != "", each[0].lower(), each[0]))
    ]
    yield from stacked(("Licence", "Packages", "Which"), rows)
    if without := [each for each in packages if not each.license_files]:
        yield f"<p>{count_text(len(without), 'package')} without the text of a licence: {_names(without, all_of_them=True)}.</p>"


def _names(lines: list[PackageLine], *, all_of_them: bool) -> str:
    most = MOST_ROWS if all_of_them else _NAMED
    more = len(lines) - most
    return ", ".join(text(each.name) for each in lines[:most]) + (
        f" and {more} more: see all packages" if more > 0 else ""
    )


def _made(found: Review) -> Iterator[str]:
    yield heading("made", "Built or converted")
    made = [each for each in found.contents.all_packages if each.made_from is not None]
    if not made:
        yield "<p>Nothing: each package is a wheel as its makers published it.</p>"
        return
    yield (
        "<p>These wheels were made by whoever made the bundle. The bill of materials, <code>sbom.cdx.json</code> in the bundle, has "
        "their sources with hashes, and what they were built with.</p>"
    )
    yield from stacked(
        ("Package", "How", "From"),
        [
            (text(f"{each.name} {each.version}"), text(MADE[each.made_from or ""].rstrip(": ")), code(each.origin))
            for each in made
        ],
    )


def _startup(found: Review) -> Iterator[str]:
    yield heading("startup", "Code at Python's start")
    rows = [
        row(text(f"{each.name} {each.version}"), code(file))
        for each in found.contents.all_packages
        for file in each.startup
    ]
    if rows:
        yield "<p>This decides what code runs whenever the environment's Python starts: <code>sitecustomize</code>, <code>usercustomize</code>, and <code>.pth</code> files that hold code or lead to other places, where it may lie.</p>"
        yield from table(("Package", "File"), rows)
    else:
        yield "<p>None: no package brings a <code>.pth</code> file that holds code or leads to other places, a <code>sitecustomize</code> or a <code>usercustomize</code>.</p>"


def _lacking(found: Review) -> Iterator[str]:
    yield heading("lacking", "What the server must have")
    rows = [dll_cells(each) for each in found.contents.dlls]
    if rows:
        yield "<p>DLLs that packages want and that neither the bundle nor every Windows brings.</p>"
        yield from stacked(
            ("DLL", "Comes with", "From", "Wanted by"), [(code(a), text(b), text(c), text(d)) for a, b, c, d in rows]
        )
    else:
        yield "<p>Nothing besides Windows, as far as the packages tell.</p>"


def _files(found: Review) -> Iterator[str]:
    yield heading("files", "Files of the bundle")
    yield "<p>Nothing else is in it. <code>manifest.json</code> and <code>SHA256SUMS</code> have the hash of each.</p>"
    folders: Mapping[str, tuple[int, int]] = found.folders
    rows = [
        (
            code(f"{folder}/") if folder else "(in no folder)",
            text(FOLDERS.get(folder, "")),
            str(count),
            size_text(size),
        )
        for folder, (count, size) in sorted(folders.items())
    ]
    yield from stacked(("Folder", "What", "Files", "Size"), rows)


def _packages(found: Review) -> Iterator[str]:
    yield heading("packages", "All packages")
    yield "<p>* asked for by the recipe; the others are needed by these.</p>"
    yield from stacked(_COLUMNS, [_package(each, found.indexes) for each in found.contents.packages])
    if found.contents.seeds:
        yield "<h3>For making the environment only</h3>"
        yield from stacked(_COLUMNS, [_package(each, found.indexes) for each in found.contents.seeds])


_COLUMNS = ("Package", "Licence", "Size", "Origin and SHA-256")


def _package(each: PackageLine, indexes: Mapping[str, str]) -> tuple[str, ...]:
    index = indexes.get(canonicalize_name(each.name), "")
    made = text(MADE[each.made_from]) if each.made_from is not None else ""
    origin = f"<div>{made}{code(each.origin)}</div>"
    asked = f"<div>index {code(index)}</div>" if index else ""
    return (
        f"{text(each.name)}{' *' if each.requested else ''} {text(each.version)}",
        text(each.license) or "not stated",
        size_text(each.packed),
        f'{origin}{asked}<div class="hash">{code(each.sha256)}</div>',
    )
