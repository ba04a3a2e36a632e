"""What a bundle takes out of each wheel is read once: of the same bytes, for the same system and minor version of Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bundler.formats.core_metadata import CoreMetadata
from bundler.pack.environment_files import InstalledFile
from bundler.pack.wheels import WheelContent, wheel_content
from bundler.pipeline.derived import Derivation, remembered, rules_of

if TYPE_CHECKING:
    from bundler.model.artifact import WheelFile
    from bundler.model.target import Target
    from bundler.pack.wheels import ContentReader
    from bundler.pipeline.session import Session


def kept_contents(session: Session) -> ContentReader:
    """Reads wheels, and keeps what it read in the session's cache."""

    def content(wheel: WheelFile, target: Target) -> WheelContent:
        derivation = Derivation(
            kind="wheel-contents",
            inputs={
                "rules": rules_of("formats", "model", "pack"),
                "wheel": [wheel.file.sha256, wheel.filename],
                "target": [target.platform, target.minor_version],
            },
            encode=encode_content,
            decode=decode_content,
        )
        return remembered(
            derivation, lambda _: wheel_content(wheel, target), cache=session.cache, reporter=session.reporter
        )

    return content


def encode_content(content: WheelContent) -> dict[str, Any]:
    """A wheel's content as values of JSON."""
    files, faults = content.files
    return {
        "metadata": content.metadata.fields,
        "folder": content.folder,
        "licences": [(member, text.decode("latin-1")) for member, text in content.licences],
        "programs": sorted(content.programs),
        "files": [(each.path, each.key, each.content, each.member) for each in files],
        "faults": faults,
        "startup": content.startup,
        "size": content.size,
        "longest path": content.longest_path,
    }


def decode_content(kept: Any) -> WheelContent:
    """What ``encode_content`` gave."""
    files = tuple(
        InstalledFile(path=path, key=key, content=tuple(content), member=member)
        for path, key, content, member in kept["files"]
    )
    return WheelContent(
        metadata=CoreMetadata.of((name, value) for name, value in kept["metadata"]),
        folder=kept["folder"],
        licences=tuple((member, text.encode("latin-1")) for member, text in kept["licences"]),
        programs=frozenset(kept["programs"]),
        files=(files, tuple(kept["faults"])),
        startup=tuple(kept["startup"]),
        size=kept["size"],
        longest_path=kept["longest path"],
    )
