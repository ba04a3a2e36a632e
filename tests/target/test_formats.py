"""State on the machine has a format: an older one is read, a newer one is refused, and nothing of it is ever lost."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.errors import FAILED, OTHER_VERSION, InstallError
from bundler.target.state import formats
from bundler.target.state.formats import NEWEST, RECEIPT, checked, encode_table, read_table
from bundler.target.state.receipt import decode_receipt
from tests.target.interpreters import running
from tests.target.test_modes import ONE, PASSWORD, TWO, did, lay, pointer, receipt, refused, use

if TYPE_CHECKING:
    from tests.target.bundles import Laid


@pytest.fixture
def one(tmp_path: Path) -> Laid:
    return lay(tmp_path, 1, running())


@pytest.fixture
def two(one: Laid) -> Laid:
    return lay(one.root, 2, one.boot)


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **values}))


def folder_of(laid: Laid, name: str) -> Path:
    return laid.environment / "uninstall" / name


@pytest.mark.parametrize("kind", NEWEST)
def test_a_table_says_its_format_and_is_read_again(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "table.json"
    path.write_bytes(encode_table({"a": "b"}, kind))
    assert read_table(str(path), kind) == {"a": "b", "format": NEWEST[kind]}


@pytest.mark.parametrize(("written", "expected"), [({}, 1), ({"format": 1}, 1), ({"format": 2}, 2)])
def test_a_file_without_a_format_is_of_the_first(written: dict[str, Any], expected: int) -> None:
    assert checked("receipt.json", written, RECEIPT) == expected


@pytest.mark.parametrize("format", ["2", None, 0, True, 1.0])
def test_what_is_not_a_format(format: object) -> None:  # noqa: A002
    with pytest.raises(InstallError, match=r"receipt\.json is malformed: format") as caught:
        checked("receipt.json", {"format": format}, RECEIPT)
    assert caught.value.code == FAILED


def test_a_newer_format_is_refused_with_what_to_do() -> None:
    with pytest.raises(InstallError, match="was written by a newer bootstrap") as caught:
        checked("receipt.json", {"format": NEWEST[RECEIPT] + 1}, RECEIPT)
    assert caught.value.code == OTHER_VERSION
    assert caught.value.details == (
        "Use the bundle that was installed last, or a newer one; its program is also in the list of installed programs.",
    )


def test_a_field_that_would_be_lost_is_refused() -> None:
    with pytest.raises(InstallError, match=r"receipt\.json is malformed: unknown colour"):
        decode_receipt("receipt.json", {"format": 2, "name": "example", "colour": "red"})


def test_what_a_newer_program_wrote_is_left_as_it_is(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    did(two)
    places = {
        "receipt.json": ["", "/rollback", "/uninstall", "/repair", "/verify"],
        "leftovers.json": ["", "/rollback"],
        "journal": ["/uninstall", "/verify"],
        f"releases/{ONE}/release.json": ["/rollback"],
        f"releases/{TWO}/release.json": ["/uninstall", "/repair", "/verify"],
    }
    for name, modes in places.items():
        path = one.environment / name
        before = path.read_bytes() if path.exists() else None
        if name == "journal":
            path.write_text(json.dumps({"run": {"format": 9, "mode": "install", "name": "example"}}) + "\n")
        elif before is None:
            path.write_text(json.dumps({"format": 9, "name": "example", "instance": None, "left": []}))
        else:
            change(path, format=9, more="of it")
        for mode in modes:
            words = refused(two, *([mode] if mode else []), code=1638)
            assert f"{path} was written by a newer bootstrap.bat: it has format " in words
            assert "Use the bundle that was installed last" in words
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)
    did(two, "/rollback")


def older(laid: Laid, *names: str) -> None:
    """What there is of a program that wrote the first formats."""
    content = receipt(laid)
    del content["program"]
    (laid.environment / "receipt.json").write_text(json.dumps({**content, "format": 1}))
    for name in names:
        kept = folder_of(laid, name) / "kept.json"
        data = json.loads(kept.read_bytes())
        kept.write_text(json.dumps({key: data[key] for key in ("environment", "instance")} | {"format": 1}))


def test_an_older_receipt_is_read_and_written_anew(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    older(one, ONE)
    assert did(one, "/verify").out.count("are as they were installed") == 1
    did(two)
    found = receipt(one)
    assert (found["format"], found["program"], found["previous"]) == (2, TWO, ONE)
    assert [path.name for path in (one.environment / "uninstall").iterdir() if path.is_dir()] == [TWO]


def test_an_older_program_that_is_kept_is_replaced_by_a_rollback_too(one: Laid, two: Laid) -> None:
    """What it would find afterwards it couldn't read."""
    did(one, PASSWORD)
    did(two)
    older(one, TWO)
    did(two, "/rollback")
    assert pointer(one) == ONE
    kept = json.loads((folder_of(one, TWO) / "kept.json").read_bytes())
    assert (kept["format"], kept["formats"]) == (2, NEWEST)


def test_a_rollback_keeps_the_newest_program(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    did(two)
    did(two, "/rollback")
    assert (use(one), receipt(one)["program"]) == ("1.0", TWO)
    assert (one.environment / "uninstall" / "program").read_text("ascii").strip() == TWO
    kept = dataclasses.replace(one, folder=folder_of(one, TWO))
    did(kept, "/rollback")
    assert use(one) == "2.0"
    did(kept, "/rollback")
    did(kept, "/uninstall", "/purge")
    assert list(one.environment.parent.iterdir()) == []


def test_an_older_bundle_leaves_the_newer_program(one: Laid, two: Laid) -> None:
    """By what it knows, or by when its bundle was made; its own release is in use all the same."""
    later = dataclasses.replace(two.manifest, created="2026-12-01T00:00:00Z")
    two.rewrite(later)
    did(two, PASSWORD)
    did(one)
    assert (use(one), receipt(one)["program"]) == ("1.0", TWO)
    assert [path.name for path in (one.environment / "uninstall").iterdir() if path.is_dir()] == [TWO]
    kept = dataclasses.replace(one, folder=folder_of(one, TWO))
    did(kept, "/verify")
    did(kept, "/uninstall", "/purge")
    assert list(one.environment.parent.iterdir()) == []


def test_a_kept_program_in_use_goes_another_time(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    stuck = str(folder_of(one, ONE) / "boot")
    did(two, stuck=[stuck])
    assert sorted(path.name for path in (one.environment / "uninstall").iterdir() if path.is_dir()) == [ONE, TWO]
    assert (folder_of(one, ONE) / "kept.json").exists()
    assert receipt(one)["program"] == TWO
    did(two, "/rollback")
    assert [path.name for path in (one.environment / "uninstall").iterdir() if path.is_dir()] == [TWO]


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="only Linux has files that hold more than they say")
def test_of_a_file_that_grows_while_it_is_read_no_more_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_LARGEST", 100)
    with pytest.raises(InstallError) as caught:
        formats.read_bytes("/proc/self/status")
    assert "it has more than 100 bytes" in caught.value.message
