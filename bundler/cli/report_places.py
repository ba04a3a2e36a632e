"""Where reports go, looked at before the work whose end they are: it takes minutes."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def demand_outside(bundle: Path, place: Path) -> None:
    """Raises InputError (``output-in-bundle``)."""
    whole, inner = Path(os.path.realpath(bundle)), Path(os.path.realpath(place))
    if inner == whole or (whole.is_dir() and inner.is_relative_to(whole)):
        raise InputError(
            "output-in-bundle",
            f"{place} is the bundle, or lies in it: nothing may be added to a bundle",
            hint="name another place, such as one beside it",
        )


def demand_apart(*places: Path) -> None:
    """Raises InputError (``output-occupied``) where two reports would have one name."""
    seen = set[str]()
    for each in places:
        real = os.path.realpath(each)
        if real in seen:
            raise InputError(
                "output-occupied",
                f"{each} was named for two reports, and the second would replace the first",
                hint="name another file for one of them",
            )
        seen.add(real)


def demand_file(report: Path, read: Iterable[Path]) -> None:
    """See that a report can be written there, and replaces none of the files that are ``read``.

    Raises InputError (``output-occupied``), HostError (``output-unwritable``, ``disk-full``).
    """
    from bundler.pack.writing import demand_report

    if os.path.realpath(report) in set(map(os.path.realpath, read)):
        raise InputError(
            "output-occupied",
            f"{report} is a file that is read too, and the report would replace it",
            hint="name another file for the report",
        )
    demand_report(report)


@contextlib.contextmanager
def taken(folder: Path) -> Iterator[None]:
    """The folder for the logs of one rehearsal, made if need be: a second one at the same time would remove them, and put its own in their place.

    Raises InputError (``output-occupied``), HostError (``output-unwritable``, ``disk-full``). Where a file system knows no locks that moment stays.
    """
    from bundler.pack.writing import lock_folder, report_error

    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY) if sys.platform != "win32" else None
    except OSError as error:
        raise report_error(error, folder) from None
    if handle is None:  # a folder can't be locked there, and one machine plays one rehearsal at a time
        yield
        return
    try:
        if not lock_folder(handle):  # the system lets go of it however this process ends
            raise InputError(
                "output-occupied",
                f"another rehearsal writes its logs into {folder}",
                hint="wait for its end, or name another folder with --logs",
            )
        yield
    finally:
        os.close(handle)
