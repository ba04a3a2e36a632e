"""What a program of strangers gets; how that is enforced is for ``sandbox`` to say."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path

_GIB = 2**30


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """``memory``: bytes of data of one process (None: half of this host's, 4 GiB at least); ``processes``: of all in the room, and threads;
    ``file_size``: bytes of one file; ``spare_disk``: bytes that stay free, ``spare_files``: how many more files can be made then (None:
    a twentieth of all, 100,000 and half of what is left at most), ``spare_memory``: bytes of this host's that stay free (None: an eighth, 1 GiB and half of what is free at most);
    ``seconds``: from the start to the end.
    """

    memory: int | None = None
    spare_memory: int | None = None
    spare_files: int | None = None
    processes: int = 4096
    file_size: int = 16 * _GIB
    spare_disk: int = _GIB // 4
    seconds: float = 6 * 3600.0

    def memory_of_one(self, whole: int) -> int:
        """``whole``: bytes of this host's memory."""
        return self.memory or max(whole // 2, 4 * _GIB)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """What a program sees of this host besides the operating system's own programs, and nothing else of it.

    ``read_only`` and ``writable`` are files and folders that exist, absolute, seen at their own paths; the longer path decides.
    ``environment``: its variables; HOME and the folders for temporary files are the room's own and gone afterwards (on Windows
    they stay as given). ``network``: it reaches what this host reaches; without, not even this host.
    """

    read_only: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    network: bool = False
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    limits: Limits = Limits()


def python_places(python: Path, variables: Mapping[str, str]) -> tuple[Path, ...]:
    """What of the disk a Python (its program, or a link to it) needs on POSIX: itself, its libraries, the links that lead to it.

    ``variables`` are those that it sees: the folders of LD_LIBRARY_PATH, but for those that hold a home.
    """
    places, here = [], python.absolute()
    while here.is_symlink() and here not in places:
        places.append(here)
        here = (here.parent / here.readlink()).absolute()
    # its prefix may be a home folder that holds more, and folders above it may be links
    prefixes = dict.fromkeys((here.parent.parent, here.resolve().parent.parent))
    places += [here, *(prefix / each for prefix in prefixes for each in ("bin", "lib", "lib64", "include"))]
    named = [Path(each) for each in variables.get("LD_LIBRARY_PATH", "").split(os.pathsep) if each]
    home = Path(os.path.expanduser("~")).resolve()  # noqa: PTH111 -- a user without a home is no error
    places += [each for each in named if each.is_absolute() and not home.is_relative_to(each.resolve())]
    return tuple(each for each in places if each.exists())
