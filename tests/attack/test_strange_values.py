"""Values of the right shape that no system call takes: zeros and halves of letters in texts, numbers that no file is long.

In the manifest of a bundle whose sums are right, and in the files that stay on the target.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import shutil
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import IntegrityError
from bundler.model.manifest_encoding import decode_manifest as decode_on_host
from bundler.target.bundle.manifest import decode_manifest
from bundler.target.compat import is_number, is_text
from bundler.target.errors import InstallError
from tests.support import only_linux
from tests.target.bundles import lay_bundle
from tests.target.interpreters import running
from tests.target.test_modes import ONE, PASSWORD, did, lay, run
from tests.target.test_services import lay_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED

STRANGE = ("a\0b", "a\ud800", "\udc00b", 10**400, -(2**63) - 1)


@pytest.mark.parametrize("value", STRANGE)
def test_none_of_them_is_a_value(value: object) -> None:
    assert not is_text(value)
    assert not is_number(value)


@pytest.mark.parametrize("value", ["", "a \u00e4 \U0001f600", "\udcff as Python has it in a path"])
def test_texts_that_the_system_takes(value: str) -> None:
    assert is_text(value)


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list):
        for number, each in enumerate(value[:2]):
            yield from leaves(each, (*path, number))
    elif not isinstance(value, bool) and path != ("format",):
        yield path, value


def with_value(content: bytes, path: Sequence[Any], value: str | int) -> bytes:
    """The JSON with another value at one place."""
    changed: Any = json.loads(content)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(changed).encode("ascii")


@pytest.mark.parametrize("strange", [*STRANGE, "a\udcffb"])
def test_the_target_names_each_of_them_in_a_manifest(tmp_path: Path, strange: str | int) -> None:
    content = (lay_server(tmp_path, running()).one.folder / "manifest.json").read_bytes()
    own = ("dlls", "shared", "origin", "made_from", "license", "startup", "source", "provides")
    for path, value in leaves(json.loads(content)):
        if isinstance(value, int) != isinstance(strange, int) or set(own) & {
            each for each in path if path[0] != "runtime"
        }:
            continue
        with pytest.raises(InstallError) as raised:
            decode_manifest(with_value(content, path, strange))
        assert str(path[-1] if isinstance(path[-1], str) else path[-2]) in "\n".join(raised.value.details), path


@pytest.mark.parametrize("strange", ["a\0b", "a\ud800", "a\udcffb", 10**400, 2**63])
def test_the_build_host_names_each_of_them_in_a_manifest(tmp_path: Path, strange: str | int) -> None:
    content = (lay_server(tmp_path, running()).one.folder / "manifest.json").read_bytes()
    for path, value in leaves(json.loads(content)):
        if isinstance(value, int) != isinstance(strange, int):
            continue
        with pytest.raises(IntegrityError) as raised:
            decode_on_host(with_value(content, path, strange))
        assert raised.value.reference == "manifest-malformed"


@pytest.mark.parametrize(("key", "value"), [("path", "/a\0b"), ("data", "/a\ud800b"), ("keep", 10**400)])
def test_a_bundle_with_right_sums_is_refused_in_words(tmp_path: Path, key: str, value: object) -> None:
    laid = lay_bundle(tmp_path)
    manifest, sums = laid.folder / "manifest.json", laid.folder / "SHA256SUMS"
    old = hashlib.sha256(manifest.read_bytes()).hexdigest()
    table = json.loads(manifest.read_bytes())
    table["environment"][key] = value
    manifest.write_text(json.dumps(table))
    sums.write_text(sums.read_text().replace(old, hashlib.sha256(manifest.read_bytes()).hexdigest()))
    ran = run(laid, "/plan", PASSWORD)
    assert ran.code == 1603
    assert f"- environment.{key} must be " in ran.err


CASES: dict[str, tuple[str, Callable[[Any], object]]] = {
    "receipt folders": ("receipt.json", lambda t: t["folders"].append("/x\ud800y")),
    "receipt program": ("receipt.json", lambda t: t.update(program="a\ud800b")),
    "data": (f"releases/{ONE}/release.json", lambda t: t.update(data="/x\0y")),
    "runtime": (f"releases/{ONE}/release.json", lambda t: t.update(runtime="/x\ud800y")),
    "files": (f"releases/{ONE}/release.json", lambda t: t["files"].append(["a\ud800b", 1, "0" * 64])),
    "size": (f"releases/{ONE}/release.json", lambda t: t.update(size=10**400)),
    "site": (f"releases/{ONE}/site.json", lambda t: t["values"].update(port="a\0b")),
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Laid:
    one = lay(tmp_path_factory.mktemp("installed"), 1, running())
    did(one, PASSWORD)
    shutil.copytree(one.environment, one.root / "kept", symlinks=True)
    return one


@pytest.mark.parametrize("mode", ["/verify", "/repair"])
@pytest.mark.parametrize("case", CASES)
def test_what_lies_on_the_target_is_refused_in_words(installed: Laid, case: str, mode: str) -> None:
    shutil.rmtree(installed.environment)
    shutil.copytree(installed.root / "kept", installed.environment, symlinks=True)
    name, change = CASES[case]
    table = json.loads((installed.environment / name).read_bytes())
    change(table)
    (installed.environment / name).write_text(json.dumps(table))
    ran = run(installed, mode)
    assert ran.code in (0, 1603), ran
    assert "Failed: " not in ran.err
    assert "Traceback" not in installed.log()


@pytest.mark.parametrize("strange", [["C:\\Python311"], [], 7, "C:\\a\0b", "C:\\a\ud800", "", None])
def test_what_others_registered_is_a_text_or_nothing(monkeypatch: pytest.MonkeyPatch, strange: object) -> None:
    """Each account writes its own part of the registry, in any of its types."""
    names = ("HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER", "KEY_WOW64_64KEY", "KEY_WOW64_32KEY", "KEY_READ")
    fake: Any = SimpleNamespace(
        **dict.fromkeys(names, 0), OpenKey=lambda *_: contextlib.nullcontext(), QueryValueEx=lambda *_: (strange, 1)
    )
    name = "bundler.target.machine.windows.registry"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "winreg", fake)
    monkeypatch.delitem(sys.modules, name, raising=False)
    module = importlib.import_module(name)
    monkeypatch.delitem(sys.modules, name)
    registry = module.WindowsRegistry(SimpleNamespace(bits=lambda: 64))
    assert registry.pythons("3.11") == []
    assert registry.remembered("user", "key") is None
    assert registry.listed("user", "key", "InstallLocation") is None
    fake.QueryValueEx = lambda *_: ("C:\\Python311", 1)
    assert {each.directory for each in registry.pythons("3.11")} == {"C:\\Python311"}
