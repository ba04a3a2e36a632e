"""The documents of the project, taken apart: code blocks with their language and caption, links, anchors."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
)
_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)[ \t]*$", re.DOTALL | re.MULTILINE)
_DIRECTIVE = re.compile(r"\{code-block\}\s*(?P<language>\S+)")
_UNPACK = re.compile(r"^% unpack: (?P<archive>.+?) -> (?P<folder>.+)$", re.MULTILINE)
_PROMPT = re.compile(r"(?P<prompt>\$ |[A-Z]:\\[^>\n]*>)(?P<command>.*)")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One fenced block: ``caption`` names the file that it is the content of; ``line`` is that of its fence."""

    path: Path
    line: int
    language: str
    caption: str | None
    text: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One command of a transcript and what the page says that it prints; ``prompt`` is ``$ `` or ``C:\\Disk>``."""

    block: Block
    prompt: str
    text: str
    output: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Unpacked:
    """A remark of a page, not shown: the archive that the reader unpacks here, and the folder on the target."""

    archive: str
    folder: str


def blocks(path: Path) -> Iterator[Block]:
    """Every fenced block of a document."""
    content = path.read_text(encoding="utf-8")
    for found in _FENCE.finditer(content):
        line = content.count("\n", 0, found.start()) + 1
        info, body, caption = found["info"].strip(), found["body"], None
        if directive := _DIRECTIVE.fullmatch(info):
            info = directive["language"]
            while body.startswith(":"):
                option, _, body = body.partition("\n")
                if option.startswith(":caption:"):
                    caption = option.removeprefix(":caption:").strip(" `")
            body = body.removeprefix("\n")
        yield Block(path=path, line=line, language=info, caption=caption, text=body)


def commands(block: Block) -> Iterator[Command]:
    """The commands of a transcript (``console``: a POSIX shell; ``doscon``: Windows')."""
    current: list[str] | None = None
    prompt = command = ""
    for line in block.text.splitlines():
        found = _PROMPT.fullmatch(line)
        if found is None:
            if current is not None:
                current.append(line)
            continue
        if current is not None:
            yield Command(block=block, prompt=prompt, text=command, output="\n".join(current))
        prompt, command, current = found["prompt"], found["command"], []
    if current is not None:
        yield Command(block=block, prompt=prompt, text=command, output="\n".join(current))


def acts(path: Path) -> Iterator[Block | Command | Unpacked]:
    """What the reader of a tutorial does, in order: write a file (a block with a caption), run a command, unpack an archive."""
    content = path.read_text(encoding="utf-8")
    found: list[tuple[int, list[Block | Command | Unpacked]]] = [
        (content.count("\n", 0, each.start()) + 1, [Unpacked(archive=each["archive"], folder=each["folder"])])
        for each in _UNPACK.finditer(content)
    ]
    for block in blocks(path):
        if block.language in ("console", "doscon"):
            found.append((block.line, list(commands(block))))
        elif block.caption is not None:
            found.append((block.line, [block]))
    for _, each in sorted(found, key=lambda pair: pair[0]):
        yield from each


_VARYING = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"\b[0-9a-f]{8}(?:…|\b)"), "HASH"),
    (re.compile(r"\b\d+(?:\.\d+)? (?:bytes|kB|MB|GB)\b"), "SIZE"),
    (re.compile(r"\b\d+(?:\.\d+)? s\b"), "TIME"),
    (re.compile(r"\b\d+ (files?|packages?|wheels?)\b"), r"N \1"),
    (re.compile(r"\b\d+(?:\.\d+)+\w*\b"), "VERSION"),
    (re.compile(r"[ \t]+"), " "),
)


def comparable(text: str) -> str:
    """A program's output without what differs from run to run: sizes, times, hashes, versions, counts of files, columns."""
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return "\n".join(line.strip() for line in text.strip().splitlines() if line.strip())


def matches(said: str, printed: str) -> bool:
    """Whether a program printed what a page says; ``…`` stands for anything, several lines too."""
    pattern = ".*".join(re.escape(part.strip("\n")) for part in comparable(said).split("…"))
    return re.fullmatch(pattern, comparable(printed), re.DOTALL) is not None
