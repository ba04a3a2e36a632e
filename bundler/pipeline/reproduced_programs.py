"""Our own programs in a bundle that is built again: where its builder signed them, the bundle's own take the place of the plain ones, and that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.pack.shipped import shipped, target_folder
from bundler.pipeline.reproduced_wheels import Unmade, signed_words
from bundler.pipeline.signatures_apart import signer_of
from bundler.pipeline.signed_programs import SignedProgram
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bundler.model.manifest import Manifest


def programs_signed_in(
    folder: Path, manifest: Manifest, said: Mapping[str, str], scratch: Path
) -> tuple[dict[str, SignedProgram], list[Unmade]]:
    """Of the bundle that is unpacked in ``folder``: its signed programs, by name, and what is to be told of them. ``said``: who signed which member, by its
    bill of materials. One that is another program isn't among them: it differs.

    Raises HostError (``shims-missing``, ``signature-library-missing``).
    """
    found, unmade = {}, []
    for each in shipped(target_folder(), manifest.target.platform, services=bool(manifest.services)):
        own, plain = folder / each.path, scratch / each.path.rpartition("/")[2]
        if not each.path.lower().endswith(".exe") or not own.is_file():
            continue
        with open_plain(own) as stream:
            content = stream.read()
        plain.write_bytes(each.content)
        by = signer_of(plain, own)
        if by is not None:
            found[plain.name] = SignedProgram(content=content, by=said.get(each.path, by))
            unmade.append(
                Unmade(path=each.path, how="not-made", why=signed_words([by], "a launcher or service host of ours"))
            )
    return found, unmade
