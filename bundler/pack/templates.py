"""Extra files that are filled in on the target: what would fail there, or be left in braces, is reported on the build host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bundler.errors import Fault, InputError
from bundler.foreign import TooLargeError, read_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from bundler.model.artifact import StoredFile
    from bundler.model.recipe import FileTable

_SITE_VALUE = re.compile(r"\{site\.([A-Za-z0-9_.]+)\}")  # other things use braces too


def check_templates(files: Sequence[tuple[FileTable, StoredFile]], site: Collection[str]) -> None:
    """``site``: the names of the recipe's site values. Raises InputError (``file-template``) with all faults."""
    faults = tuple(
        Fault(f"file[{i}].source", f"{table.source} {fault}")
        for i, (table, stored) in enumerate(files)
        if table.template
        for fault in _faults(stored, site)
    )
    if faults:
        raise InputError("file-template", "extra files can't be filled in", faults=faults)


def _faults(stored: StoredFile, site: Collection[str]) -> Iterator[str]:
    try:
        text = read_file(stored.path).decode("utf-8")
    except TooLargeError as error:
        yield f"can't be filled in: {error}"
        return
    except UnicodeDecodeError:
        yield "is not valid UTF-8: save it in that encoding"
        return
    for name in sorted(set(_SITE_VALUE.findall(text)) - set(site)):
        yield f"has {{site.{name}}}, which [site] doesn't define"
