"""Build the documentation as a site that works offline: build/out/docs/index.html.

python3 build/docs.py            build it; warnings are errors; then check every link inside it
python3 build/docs.py --write    first write the generated pages of docs/reference anew
"""

import hashlib
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from host import ROOT, ready, run, say, stop

SOURCE = ROOT / "docs"
OUTPUT = ROOT / "build" / "out" / "docs"


def main(arguments: list[str]) -> None:
    """Do what the module says."""
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return
    if unknown := set(arguments) - {"--write"}:
        stop(f"unknown arguments: {' '.join(sorted(unknown))}; `python3 build/docs.py --help` says what there is")
    python = _equipped()
    pages = [python, ROOT / "build" / "docs_pages.py"]
    if "--write" in arguments:
        run(*pages, "--write", cwd=ROOT)
    run(*pages, cwd=ROOT)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    trees = ROOT / "build" / "out" / "docs-doctrees"
    run(python, "-m", "sphinx", "-q", "-W", "--keep-going", "-E", "-d", trees, "-b", "html", SOURCE, OUTPUT, cwd=ROOT)
    faults = site_faults(OUTPUT)
    if faults:
        stop("\n".join([f"{len(faults)} broken links:", *faults]))
    say(f"{len(list(OUTPUT.rglob('*.html')))} pages, every link inside checked: {OUTPUT / 'index.html'}")


def _equipped() -> Path:
    """The Python of the checkout's environment, with the dependency group ``docs`` in it."""
    python = ready(tests=False)
    stamp = python.parent.parent / "docs.stamp"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        say("installing what the documentation is built with")
        group = f"{ROOT / 'pyproject.toml'}:docs"
        run(python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--group", group)
        stamp.write_text(wanted)
    return python


class _Page(HTMLParser):
    """The anchors of a page, where it leads, and what a browser fetches to show it."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.fetched: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what a tag says."""
        values = {name: value for name, value in attrs if value}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.add(values["href"])
        elif tag == "link" and values.get("rel") not in ("canonical", "alternate"):
            self.fetched.add(values.get("href", ""))
        elif "src" in values:
            self.fetched.add(values["src"])


def site_faults(folder: Path) -> list[str]:
    """Links into nothing, and what would be fetched from another server, one line each."""
    pages = {}
    for path in sorted(folder.rglob("*.html")):
        pages[path.resolve()] = page = _Page()
        page.feed(path.read_text(encoding="utf-8"))
    faults = []
    for path, page in pages.items():
        shown = path.relative_to(folder.resolve()).as_posix()
        for address in sorted(page.links | page.fetched):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                if address in page.fetched and parts.scheme != "data":
                    faults.append(f"{shown} fetches {address}")
                continue
            bare, anchor = urldefrag(address)
            place = (path.parent / unquote(urlsplit(bare).path)).resolve() if bare else path
            if not place.is_file():
                faults.append(f"{shown} leads to {address}, which isn't there")
            elif anchor and place in pages and unquote(anchor) not in pages[place].anchors:
                faults.append(f"{shown} leads to {address}: the page has no such anchor")
    return faults


if __name__ == "__main__":
    main(sys.argv[1:])
