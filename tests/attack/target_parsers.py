"""The readers on the target: manifests, sums, lists in wheels, what an operator gives, what programs print, and state that others may have damaged."""

from __future__ import annotations

import contextlib
import json
import zipfile
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from bundler.target import masking
from bundler.target.archives import DAMAGED, unpack
from bundler.target.arguments import parse
from bundler.target.bundle.manifest import SUMS, decode_manifest
from bundler.target.bundle.verification import read_sums
from bundler.target.compat import output_text
from bundler.target.errors import InstallError
from bundler.target.state.additions import read_additions
from bundler.target.state.inventory import read_inventory, read_spare, spare_names
from bundler.target.state.journal import read_journal, read_lines
from bundler.target.state.kept_data import kept_data
from bundler.target.state.leftovers import read_leftovers
from bundler.target.state.receipt import Receipt, read_pointer, read_receipt
from bundler.target.state.release_services import read_services, services_file
from bundler.target.state.settings_list import in_place, settings_drift
from bundler.target.state.site_toml import read_site_toml
from bundler.target.state.site_types import fault_of
from bundler.target.state.site_values import read_stored
from bundler.target.steps.detection import version_of
from bundler.target.wheels.launchers import Launchers
from bundler.target.wheels.record import encode_record, recorded
from bundler.target.wheels.wheel_file import Wheel, entry_points, headers, record_rows
from tests.attack.parser import OutsideError, Parser
from tests.attack.text_parsers import ENTRY_POINTS, METADATA, both, json_values, manifests, only, pieces, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.attack.breaking import Breaker

SHA256 = "0" * 64
_RUN = {
    "mode": "install", "name": "example", "instance": None, "release": "1.0-0a1b2c3d", "before": None, "purge": False,
    "started": "now", "account": "me", "format": 2,
}  # fmt: skip
_SERVICE = {
    "name": "Example", "command": ["x.exe"], "directory": "C:\\x", "account": "LocalService", "password": None, "start": "automatic",
    "display_name": "x", "description": "x", "environment": {"a": "b"}, "dependencies": ["Tcpip"], "stop_timeout": 10, "restart": [1],
    "reset": 1, "log_directory": "C:\\x", "log_size": 1, "log_count": 1, "http": None, "tcp": "127.0.0.1:80", "timeout": 1, "settle": 1,
    "owner": True,
}  # fmt: skip
STATE: tuple[object, ...] = (
    json.loads(Receipt("example").encode()),
    {"name": "example", "instance": None, "left": [{"action": ["folder", "/x"], "why": "in use"}], "format": 1},
    {
        "files": [["a/b", 5, SHA256]],
        "in_place": [["x", 1, SHA256]],
        "size": 5,
        "release": "x",
        "version": "1",
        "format": 1,
    },
    {"services": [_SERVICE], "grants": [["C:\\x", "S-1-5-80-1", "modify"]], "format": 1},
    {"values": {"port": "8080", "\u00e9": "\U0001f40d"}, "note": "x"},
    {"name": "example", "data": "/", "folders": ["/x"], "files": ["/x/y"], "format": 1},
    {"run": _RUN},
    {"undo": [["folder", "/x"], ["renamed", "/x", "/y"]]},
)
LINES = b'{"run": %s}\n{"undo": [["folder", "/x"]]}\n{"begin": "switch"}\n{"receipt": %s}\n{"committed": true}\n' % (
    json.dumps(_RUN).encode(),
    Receipt("example").encode().replace(b"\n", b""),
)
RECORD = b'a/b.py,sha256=%s,12\r\n"a, ""b"".py",,\r\na/RECORD,,\r\n' % (b"A" * 43)
SITE = b'port = "8080" # x\ndsn=\'DRIVER={SQL Server};SERVER=a\'\ncount = 1_000\n"quoted" = "a\\tb \\u00e9 \\U0001F40D"\non = true\n'
ARGUMENTS = b"/set:port=8080\n--log=C:\\x.log\n/instance:two\n/uninstall\n/purge\n-set:secret\n/set:a=@file\n"
OUTPUTS = (
    b"said\r\nin words \xe9\n",
    "of Windows\r\n".encode("utf-16-le") + b"plain\n",
    "\ufefftold\n".encode("utf-16"),
    b"v14.38.33135.00",
)


def state_values(breaker: Breaker, wholes: Sequence[bytes]) -> bytes:
    """Lists of values, each a line of a journal, or one that is a file of its own."""
    if breaker.draw.random() < 0.3:
        return pieces(breaker, [LINES])
    lines = LINES.splitlines(keepends=True)
    if breaker.draw.random() < 0.4:
        at = breaker.draw.randrange(len(lines) - 1)
        lines[at] = json_values(breaker, [lines[at]]) + b"\n"
        return b"".join(lines)
    return json_values(breaker, wholes)


def _layout(path: Path, work: Path) -> Any:
    """In which each file is the one that is read."""
    (work / "services").mkdir()
    (work / "services" / "services.json").write_bytes(path.read_bytes())
    (work / "settings.json").write_bytes(path.read_bytes())
    places = dict.fromkeys(
        ("receipt", "journal", "leftovers", "inventory", "additions", "pointer", "spares"), str(path)
    )
    folders = dict.fromkeys(("environment", "release", "settings", "data"), str(work))
    return SimpleNamespace(**places, **folders, id="1.0-0a1b2c3d+2", release_id="1.0-0a1b2c3d", number=2, instance=None)


def state(path: Path, work: Path) -> None:
    """As each of the files that stay on the machine."""
    layout, text = _layout(path, work), text_of(path)
    registry = SimpleNamespace(remembered=lambda *_: text)
    host: Any = SimpleNamespace(registry=registry, rights=SimpleNamespace(is_admin=lambda: True))
    refused: list[InstallError] = []
    readers: tuple[Callable[[], object], ...] = (
        lambda: read_receipt(layout.receipt),
        lambda: read_journal(layout.journal),
        lambda: read_leftovers(layout, "example"),
        lambda: read_inventory(layout),
        lambda: read_additions(layout),
        lambda: read_services(services_file(layout)),
        lambda: read_stored(layout.receipt),
        lambda: read_pointer(layout.pointer),
        lambda: in_place(layout),
        lambda: settings_drift(layout),
        lambda: kept_data(host, layout, "example"),
    )
    for reader in readers:
        try:
            reader()
        except InstallError as error:
            refused.append(error)
    found = read_lines(layout.journal)
    if found.receipt is not None:
        found.receipt.copy()
    if len(refused) == len(readers):
        raise refused[0]


def manifest(path: Path, _: Path) -> None:
    found = decode_manifest(path.read_bytes())
    for each in found.site:
        for value in ("", "8080", "x" * 999):
            fault_of(each, value)


def sums(path: Path, work: Path) -> None:
    (work / SUMS).write_bytes(path.read_bytes())
    read_sums(str(work))


def lists_of_wheels(path: Path, _: Path) -> None:
    """RECORD, entry points and METADATA; what is read of RECORD can be written, and is read again."""
    content, text = path.read_bytes(), text_of(path)
    headers(text)
    points = entry_points(text, "x.whl")
    wheel = Wheel(
        "x.whl", "x", "x-1.dist-info", [], [], points.get("console_scripts", {}), points.get("gui_scripts", {})
    )
    for stub in (None, "64"):
        launchers = Launchers("C:\\x\\python.exe", ("24.0", "x"), "3.11.9", stub, (1980, 1, 1, 0, 0, 0), (b"1", b"2"))
        for name, program in launchers.programs(wheel):
            launchers.make(program)
            launchers.beside(name, program)
    with contextlib.suppress(*DAMAGED):
        recorded(content)
        rows = sorted((each[0], "x", "1") for each in record_rows(text))
        if (again := sorted(map(tuple, record_rows(encode_record(rows).decode())))) != rows:
            raise OutsideError(f"{rows} became {again}")


def given(path: Path, _: Path) -> None:
    """By an operator: no fault repeats what may be a secret."""
    refused: list[InstallError] = []
    for reader in (lambda: read_site_toml(str(path)), lambda: parse(text_of(path).split("\n"))):
        try:
            reader()
        except InstallError as error:
            refused.append(error)
    if len(refused) > 1:
        raise refused[0]


def printed(path: Path, _: Path) -> None:
    content, text = path.read_bytes(), text_of(path)
    for encoding in ("cp850", "none", "utf-8"):
        output_text(content, encoding)
    version_of(text)
    if text not in (found := masking.forms(text)) or len(found) > 1000 + 20 * text.count("\n"):
        raise OutsideError("forms of a secret")


def zips(folder: Path) -> Sequence[bytes]:
    found = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(folder / "x.zip", "w", method) as archive:
            archive.writestr("folder/", b"")
            archive.writestr("folder/a.txt", b"words " * 50)
            archive.writestr(SHA256, b"spare")
        found.append((folder / "x.zip").read_bytes())
    return found


def zipped(path: Path, work: Path) -> None:
    """A runtime that is unpacked, and what a release keeps: nothing lies elsewhere, whatever the names."""
    layout = SimpleNamespace(spares=str(path))
    for each in spare_names(layout):  # type: ignore[arg-type]
        read_spare(layout, each)  # type: ignore[arg-type]
    unpack(str(path), str(work / "out"))


AT_THE_TARGET = (
    Parser(
        name="manifests on the target",
        filename="manifest.json",
        whole=manifests,
        broken=json_values,
        read=manifest,
        edge=(InstallError,),
        few=100,
        share=60,
    ),
    Parser(
        name="sums on the target",
        filename="SHA256SUMS",
        whole=only(b"%s *a/b\n%s *manifest.json\n" % ((SHA256.encode(),) * 2)),
        broken=both,
        read=sums,
        edge=(InstallError,),
        few=100,
        share=60,
    ),
    Parser(
        name="state on the target",
        filename="state.json",
        whole=only(*(json.dumps(each).encode() for each in STATE), LINES.splitlines()[3]),
        broken=state_values,
        read=state,
        edge=(InstallError,),
        few=200,
        share=200,
    ),
    Parser(
        name="lists of wheels on the target",
        filename="RECORD",
        whole=only(RECORD, ENTRY_POINTS, METADATA),
        broken=both,
        read=lists_of_wheels,
        edge=(InstallError,),
        few=200,
        share=200,
    ),
    Parser(
        name="values and arguments of operators",
        filename="site.toml",
        whole=only(SITE, ARGUMENTS),
        broken=both,
        read=given,
        edge=(InstallError,),
        few=200,
        share=200,
    ),
    Parser(
        name="outputs of programs on the target",
        filename="output",
        whole=only(*OUTPUTS),
        broken=both,
        read=printed,
        few=200,
        share=100,
    ),
    Parser(
        name="archives on the target",
        filename="runtime.zip",
        whole=zips,
        broken=lambda b, w: b.zip(b.draw.choice(w)) if b.draw.random() < 0.6 else b.plain(b.draw.choice(w)),
        read=zipped,
        edge=(InstallError, OSError, *DAMAGED),  # a file in the place of a folder
        few=200,
        share=100,
    ),
)
