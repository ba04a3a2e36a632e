"""What a site itself gave to an account on a path stays there when a bundle takes back what it gave: after uninstallations, upgrades that give
something else, ways back, and values that lead elsewhere.
"""

from __future__ import annotations

import dataclasses
import json
import struct
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.machine.own_entries import (
    OwnEntry,
    covers,
    entries_text,
    entries_words,
    is_entries_text,
    own_entries,
    read_entries,
    staying,
    with_entries,
    with_one_more,
)
from bundler.target.machine.rights import packed_sid
from tests.support import only_linux
from tests.target.interpreters import interpreters, running
from tests.target.test_services import PASSWORD, WEB, Server, lay_server

if TYPE_CHECKING:
    from pathlib import Path

READERS, OTHER = "S-1-5-21-7", "S-1-5-21-8"
READ, MODIFY, FULL = 0x1200A9, 0x1301BF, 0x1F01FF
BELOW, BELOW_ONLY, INHERITED = 3, 11, 16
IN_IT = 0x1200A9 | 2 | 4 | 0x10 | 0x100
"""What a folder itself gives to who may change what is in it."""


def entry(sid: str, mask: int, flags: int = 0, kind: int = 0) -> bytes:
    return struct.pack("<BBHI", kind, flags, 8 + len(packed_sid(sid)), mask) + packed_sid(sid)


def listed(*entries: bytes) -> bytes:
    return struct.pack("<BBHHH", 2, 0, 8 + sum(map(len, entries)), len(entries), 0) + b"".join(entries)


def own(*pairs: tuple[int, int]) -> list[OwnEntry]:
    return [OwnEntry(*each) for each in pairs]


def test_what_a_list_gives_to_one_account_by_itself() -> None:
    refused = entry(READERS, FULL, BELOW, kind=1)
    inherited = entry(READERS, FULL, BELOW | INHERITED)
    others = entry(OTHER, FULL, BELOW)
    before = listed(refused, others, entry(READERS, READ, BELOW), entry(READERS, MODIFY), inherited)
    assert own_entries(before, READERS) == own((BELOW, READ), (0, MODIFY))
    assert own_entries(b"", READERS) == []
    left = with_entries(before, READERS, own((BELOW, READ)))
    assert left == listed(refused, others, entry(READERS, READ, BELOW), inherited)
    assert with_entries(left, READERS, own((BELOW, READ))) == left
    assert with_entries(before, READERS, []) == listed(refused, others, inherited)
    assert with_entries(b"", READERS, []) == b""
    more = with_one_more(left, READERS, OwnEntry(0, 0x80))
    assert own_entries(more, READERS) == own((0, 0x80), (BELOW, READ))
    assert with_entries(more, READERS, own((BELOW, READ))) != left
    assert with_one_more(b"", READERS, OwnEntry(0, 0x80)) == b""


@pytest.mark.parametrize(
    ("current", "before", "given", "stays"),
    [
        # nothing of the site's: all goes
        ([(BELOW, READ)], [], READ, []),
        ([(BELOW_ONLY, MODIFY), (0, IN_IT)], [], MODIFY, []),
        ([(BELOW, MODIFY)], [], MODIFY, []),  # as earlier versions gave it
        # the very same right
        ([(BELOW, READ)], [(BELOW, READ)], READ, [(BELOW, READ)]),
        # less or more than the bundle's, for the folder alone, or only what is below
        ([(BELOW, READ), (BELOW_ONLY, MODIFY), (0, IN_IT)], [(BELOW, READ)], MODIFY, [(BELOW, READ)]),
        ([(BELOW, FULL)], [(BELOW, FULL)], READ, [(BELOW, FULL)]),
        ([(0, READ), (BELOW, READ)], [(0, READ)], READ, [(0, READ)]),
        # one entry that Windows made of two
        ([(BELOW, MODIFY)], [(BELOW, READ)], MODIFY, [(BELOW, READ)]),
        # the site took it all away since, or a part
        ([], [(BELOW, READ)], READ, []),
        ([(0, READ)], [(BELOW, READ)], MODIFY, [(0, READ)]),
        # and gave more since
        ([(BELOW, READ), (BELOW, FULL)], [], READ, [(BELOW, FULL)]),
        ([(BELOW, FULL)], [(BELOW, READ)], MODIFY, [(BELOW, READ), (BELOW, FULL)]),
        # only what lies directly in a folder is less than all that lies below
        ([(BELOW | 4, READ)], [(BELOW | 4, READ)], READ, [(BELOW | 4, READ)]),
        ([(BELOW, READ)], [(BELOW | 4, READ)], READ, [(BELOW | 4, READ)]),
        ([(BELOW | 4, READ)], [(BELOW, READ)], READ, [(0, READ)]),
    ],
)
def test_what_stays(
    current: list[tuple[int, int]], before: list[tuple[int, int]], given: int, stays: list[tuple[int, int]]
) -> None:
    found = staying(own(*current), own(*before), given)
    assert found == sorted(own(*stays))
    for each in found:  # whatever was noted, nobody gets what they haven't got
        assert staying(own(*current), [each], 0xFFFFFFFF) == [each]


def test_what_is_noted_is_a_text() -> None:
    entries = own((0, MODIFY), (BELOW, READ))
    assert entries_text(reversed(entries)) == "0:1245631 3:1179817"
    assert read_entries(entries_text(entries)) == entries
    assert read_entries("") == []
    assert entries_words([*entries, OwnEntry(15, 1)]) == "M, (OI)(CI)RX, (OI)(CI)(NP)(IO)0x1"
    assert covers(entries, 0x10000)
    assert not covers(own((BELOW_ONLY, FULL)), 0x10000)
    assert is_entries_text("")
    assert is_entries_text(entries_text(entries))
    for wrong in ("3", "3:", "16:1", "3:0", "3:4294967296", "3:1 ", " 3:1", "a:1", "3:1\n", "٣:1", "3:1 " * 65 + "3:1"):
        assert not is_entries_text(wrong)


pytestmark = only_linux.SIMULATED


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    return lay_server(tmp_path, request.param, one=(WEB,), two=(WEB,))


def rights(server: Server) -> dict[str, list[str]]:
    """Of the readers, by path, of what is there."""
    found: dict[str, dict[str, list[str]]] = json.loads((server.one.temporary / "rights.json").read_bytes())
    data = str(server.one.data)
    return {path: each[READERS] for path, each in found.items() if READERS in each and path == data}


def give(server: Server, *words: str) -> None:
    """What an administrator does."""
    path, data = server.one.temporary / "rights.json", str(server.one.data)
    server.one.data.mkdir(exist_ok=True)
    table = json.loads(path.read_bytes()) if path.exists() else {}
    table.setdefault(data, {})[READERS] = list(words)
    path.write_text(json.dumps(table))


def did(server: Server, *arguments: str, two: bool = False, **machine: Any) -> str:
    ran = server.run(server.two if two else server.one, *arguments, **machine)
    assert ran.code == 0, ran
    return ran.out


@pytest.mark.parametrize("words", ["(OI)(CI)RX", "(OI)(CI)M", "RX"])
def test_an_uninstallation_leaves_what_the_site_gave(server: Server, words: str) -> None:
    give(server, words)
    did(server, PASSWORD)
    data = str(server.one.data)
    assert set(rights(server)[data]) == {words, "(OI)(CI)RX"}
    assert [each[:2] for each in server.receipt()["site_rights"]] == [[data, READERS]]
    assert server.receipt()["format"] == 5
    plan = did(server, "/uninstall", "/plan")
    assert f"take the right of {READERS} on {data} back, but for what it had there before\n" in plan
    did(server, "/uninstall")
    assert f"{READERS} keeps on {data} what no bundle gave it: {words}\n" in server.one.log()
    assert rights(server) == {data: [words]}
    did(server, PASSWORD)  # and once more
    did(server, "/uninstall", "/purge")
    assert rights(server) == {data: [words]}


def test_more_entries_than_anybody_writes_by_hand(server: Server) -> None:
    """Tools leave one for each right and each kind of inheritance: what is noted of them is what a later run takes."""
    words = [f"{flags}:{1 << bit}" for flags in (0, 3, 11) for bit in range(20)] + [f"1:{1 << bit}" for bit in range(9)]
    give(server, *words)
    did(server, PASSWORD)
    did(server, "/verify")
    did(server, "/uninstall")
    given = {way: sum(1 << bit for bit in range(20)) for way in (0, 3, 11)}
    kept = [each.split(":") for each in rights(server)[str(server.one.data)]]
    assert all(int(mask) & ~given.get(int(flags), 511) == 0 for flags, mask in kept)
    assert {int(flags) for flags, _ in kept} >= {0, 11}


def test_what_the_bundle_gave_alone_goes(server: Server) -> None:
    did(server, PASSWORD)
    assert rights(server) == {str(server.one.data): ["(OI)(CI)RX"]}
    assert "site_rights" not in server.receipt()
    assert server.receipt()["format"] == 2  # older programs may read it
    did(server, "/uninstall")
    assert rights(server) == {}


def test_what_the_site_gave_since_stays_and_what_it_took_stays_taken(server: Server) -> None:
    data = str(server.one.data)
    did(server, PASSWORD)
    give(server, "(OI)(CI)RX", "(OI)(CI)F")
    did(server, "/uninstall")
    assert rights(server) == {data: ["(OI)(CI)F"]}
    did(server, PASSWORD)
    give(server)
    did(server, "/uninstall")
    assert rights(server) == {}


def test_an_upgrade_that_gives_something_else_and_the_way_back(server: Server) -> None:
    more = tuple(dataclasses.replace(each, rights="modify") for each in server.one.manifest.permissions)
    server.two.rewrite(dataclasses.replace(server.two.manifest, permissions=more))
    data = str(server.one.data)
    give(server, "RX")
    did(server, PASSWORD)
    both = set(rights(server)[data])
    failed = server.run(server.two, ends={"web": ["2.0-0a1b2c3d", 3]})
    assert failed.code == 1603, failed
    assert set(rights(server)[data]) == both
    did(server, two=True)
    changed = set(rights(server)[data])
    assert changed == {"RX", "(OI)(CI)(IO)M", "(RX,WD,AD,WEA,WA)"}
    did(server, "/rollback", two=True)
    assert set(rights(server)[data]) == both
    without = tuple(each for each in server.one.manifest.permissions if each.account == "web")
    server.two.rewrite(dataclasses.replace(server.two.manifest, permissions=without))
    did(server, "/uninstall", two=True)
    assert rights(server) == {data: ["RX"]}


def test_a_bundle_that_gives_an_account_nothing_any_more(server: Server) -> None:
    """The right that an earlier release gave goes with the switch, the site's own doesn't."""
    without = tuple(each for each in server.one.manifest.permissions if each.account == "web")
    server.two.rewrite(dataclasses.replace(server.two.manifest, permissions=without))
    data = str(server.one.data)
    give(server, "(OI)(CI)M")
    did(server, PASSWORD)
    did(server, two=True)
    assert rights(server) == {data: ["(OI)(CI)M"]}
    assert "site_rights" not in server.receipt()
    did(server, "/rollback", two=True)
    assert set(rights(server)[data]) == {"(OI)(CI)M", "(OI)(CI)RX"}
    assert "site_rights" in server.receipt()
    did(server, "/uninstall", two=True)
    assert rights(server) == {data: ["(OI)(CI)M"]}
