"""Real installers of the real index, fetched by the product's own client and known by their hashes."""

from __future__ import annotations

import dataclasses
import os
import shutil
from typing import TYPE_CHECKING

from bundler.model.source import parse_source
from bundler.pipeline.pinning import artifact_of
from bundler.pipeline.session import Options, open_session
from bundler.report import Reporter
from bundler.resolve import IndexRoute

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Real:
    """One file of a release, and the tag that its wheel must get."""

    release: str
    filename: str
    sha256: str
    tag: str


REAL = tuple(
    Real(release=release, filename=filename, sha256=sha256, tag=tag)
    for release, filename, tag, sha256 in (
        (
            "pyserial==2.7",
            "pyserial-2.7.win32.exe",
            "py2-none-any",
            "c9417776e46bf15772601359a48fa1041612a5b7012fba1f5f331a08b9147c8d",
        ),
        (
            "pyserial==2.7",
            "pyserial-2.7.win32_py3k.exe",
            "py3-none-any",
            "6409e3c3aeb01fa30ddcac6834e880eec665ff088be86fdc472941e033f90b08",
        ),
        (
            "pyparsing==2.2.0",
            "pyparsing-2.2.0.win32-py2.7.exe",
            "cp27-none-any",
            "281683241b25fe9b80ec9d66017485f6deff1af5cde372469134b56ca8447a07",
        ),
        (
            "ipython==0.13",
            "ipython-0.13.py2-win32.exe",
            "py2-none-any",
            "4c9f88ca51ac945a39c386d823c3c9b2afb16ae2ae0d634484f4a430e7782703",
        ),
        (
            "pyreadline==2.1",
            "pyreadline-2.1.win-amd64.exe",
            "py2.py3-none-any",
            "9ce5fa65b8992dfa373bddc5b6e0864ead8f291c94fbfec05fbd5c836162e67b",
        ),
        (
            "greenlet==0.4.4",
            "greenlet-0.4.4.win32-py2.7.exe",
            "cp27-cp27m-win32",
            "8da3fd2db5a0e1fb30612bfb014a76a1d4a3337bfd723d0f8a2afea4d2049627",
        ),
        (
            "zope.interface==4.1.2",
            "zope.interface-4.1.2.win32-py2.7.exe",
            "cp27-cp27m-win32",
            "16647fb85228295eed4711bca7fa517dce0f9545cee94a2bfa4ff2d3e37b1f71",
        ),
        (
            "zope.interface==4.1.2",
            "zope.interface-4.1.2.win-amd64-py2.7.exe",
            "cp27-cp27m-win_amd64",
            "35767093a87274d2802f6945658851edfeb6d6a27535aa0eaa9c1e1a4f3419c4",
        ),
        (
            "Twisted==15.0.0",
            "Twisted-15.0.0.win32-py2.7.exe",
            "cp27-cp27m-win32",
            "c25f334c7f708d87edfc4301655a20a8d88975c92d4f61a83f7f751f5d215656",
        ),
        (
            "pypiwin32==219",
            "pypiwin32-219.win-amd64-py2.7.exe",
            "cp27-cp27m-win_amd64",
            "69f63942403f5a6262f05602106ef4921db582df83c59b1a3571995652a6c762",
        ),
        (
            "psutil==5.3.0",
            "psutil-5.3.0.win32-py3.6.exe",
            "cp36-cp36m-win32",
            "3d8d62f3da0b38dbfaf4756a32e18c866530b9066c298da3fc293cfefae22f0a",
        ),
        (
            "Twisted==14.0.2",
            "Twisted-14.0.2.win32-py2.7.msi",
            "cp27-cp27m-win32",
            "5d1c343229836b48cec558628d6e0b5944b2b84c546d57137b149c01988e0fd9",
        ),
        (
            "zope.interface==4.1.2",
            "zope.interface-4.1.2-py2.7-win32.egg",
            "cp27-cp27m-win32",
            "c6d3efbe840e989900307ed1cd2d06b1150a02a0bd88c8a01ad13ebeedb163a1",
        ),
        (
            "lxml==2.3",
            "lxml-2.3-py3.2-win-amd64.egg",
            "cp32-cp32m-win_amd64",
            "e7b0d4170859aa8ab2d24318f7f55df285c65fe86a9db33378d2b31c9967720b",
        ),
    )
)


def fetch(wanted: Iterable[Real], folder: Path) -> dict[str, Path]:
    """The files, checked against their hashes, in ``folder`` under their own names."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_session(Options(environ=dict(os.environ), store=folder / "store"), Reporter()) as session:
        routes = tuple(IndexRoute(each) for each in session.indexes)
        artifacts = [
            artifact_of(
                session,
                parse_source(f"index:{each.release}/{each.filename}"),
                folder=folder,
                routes=routes,
                sha256=each.sha256,
            )
            for each in wanted
        ]
        for artifact, stored in session.fetcher.fetch(artifacts, session.reporter).items():
            shutil.copyfile(stored.path, folder / artifact.filename)
    return {each.filename: folder / each.filename for each in artifacts}
