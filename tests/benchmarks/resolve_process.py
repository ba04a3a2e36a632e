"""``python -m tests.benchmarks.resolve_process STORE REQUIREMENT…``: one resolution for a Windows target as a whole process.

What a command does and no more: pip's configuration, the product's transport and cache, the solve. Prints NAME==VERSION lines.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.__main__ import set_up
from bundler.fetch import DiskCache, HttpTransport, NetworkSettings, default_index, pip_settings
from bundler.fetch.settings import NetworkOptions
from bundler.model.target import Target
from bundler.report import Reporter
from bundler.resolve import IndexRoute, Request, Wanted

if TYPE_CHECKING:
    from bundler.model.artifact import Artifact
    from bundler.model.ports import SourceMetadata

PYTHON, PLATFORM = "3.11.9", "win_amd64"


def _no_sdist(source: Path, *, name: str) -> SourceMetadata:
    raise AssertionError(f"{name} ({source}) must not be built: the peer doesn't either")


def _no_source(artifact: Artifact) -> Path:
    raise AssertionError(f"{artifact.filename} must not be downloaded: the peer doesn't either")


def main(store: Path, requirements: list[str]) -> None:
    set_up()
    pip = pip_settings(os.environ)
    index = default_index(pip)
    settings = NetworkSettings.of(pip, os.environ, NetworkOptions(urls=(index,), ca_file=None, proxy=None))
    request = Request(
        target=Target.of(PYTHON, PLATFORM),
        wanted=tuple(Wanted(each, "command line") for each in requirements),
        indexes=(IndexRoute(index),),
        sdists="never",
    )
    with HttpTransport(settings, cache=store) as transport:
        transport.expect((index,))
        from bundler.resolve import ResolverPorts, resolve  # late, as commands do

        resolution = resolve(
            request,
            ResolverPorts(
                transport=transport,
                cache=DiskCache(store),
                inspect=_no_sdist,
                fetch_source=_no_source,
                reporter=Reporter(),
            ),
        )
    for package in resolution.packages:
        print(f"{package.name}=={package.version}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
