"""The names of files in a bundle, and beside it."""

from __future__ import annotations

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
LOCK = "pylock.toml"
README = "README.txt"
"""The operator's."""
BILL = "sbom.cdx.json"
"""The bill of materials: it tells of all other members, and the target has no use for it."""
RECIPE = "recipe.toml"
"""What the bundle was built from, besides the lock; the target has no use for it."""
STATEMENT_ENDING = ".intoto.jsonl"
"""Of the file beside an archive that says how it was built: as in-toto's specification of bundles of attestations has it."""
ATTESTATIONS = "attestations/"
"""The folder of what indexes say of who published the packages (PEP 740)."""
TELLING = frozenset({BILL, RECIPE})
"""Members that tell of the others: the same content is the same release, whatever they say."""
UNLISTED = frozenset({MANIFEST, SUMS})
"""Members that the manifest can't list; SHA256SUMS lists the manifest."""
