"""State that was damaged: words and no traceback, whatever the shape, and what can be done without it is done."""

from __future__ import annotations

import dataclasses
import json
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.model.prerequisite import PostInstallInfo
from tests.support import only_linux
from tests.support.cases import cases
from tests.target import test_change_settings
from tests.target.bundles import lay_bundle
from tests.target.interpreters import running
from tests.target.test_modes import ONE, PASSWORD, TWO, did, installer, lay, programs, run
from tests.target.test_services import lay_server

if TYPE_CHECKING:
    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED

WRONG: list[Any] = [None, True, 5, -1.5, "", "text", "\0", [], [[]], [5], {}, {"a": 1}, [None], ["x", ["y"]]]
TABLES = ("receipt.json", "leftovers.json", f"releases/{ONE}/release.json", f"releases/{ONE}/site.json")
DEEP = "[" * 100_000


@pytest.fixture
def one(tmp_path: Path) -> Laid:
    laid = lay(tmp_path, 1, running())
    did(laid, PASSWORD)
    left = [{"action": ["folder", str(laid.environment / "x")], "why": "in use"}]
    table = {"name": "example", "instance": None, "left": left, "format": 1}
    (laid.environment / "leftovers.json").write_text(json.dumps(table))
    return laid


def in_words(laid: Laid, *arguments: str) -> str:
    """One of the documented codes, and no traceback on the screen; what can't be told is said."""
    ran = run(laid, *arguments)
    assert ran.code in (0, 1603, 1638, 1639), ran.out + ran.err
    assert "Traceback" not in ran.out + ran.err
    assert "Failed: " not in ran.err  # how what nobody expected ends
    return ran.err


@pytest.mark.parametrize("name", TABLES)
def test_tables_that_are_none(one: Laid, name: str) -> None:
    path = one.environment / name
    whole = path.read_bytes()
    for content in ("", "{", "[]", "5", '{"format": "x"}', '{"format": []}', DEEP, "\x00\xff"):
        path.write_bytes(content.encode("latin-1"))
        in_words(one, "/verify")
        in_words(one, "/repair")
        path.write_bytes(whole)
    path.write_bytes(b"{")
    in_words(one, "/uninstall")


@pytest.mark.parametrize("seed", range(cases(12)))
def test_values_of_the_wrong_shape(one: Laid, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    for name in TABLES:
        path = one.environment / name
        if not path.exists():
            continue
        table = json.loads(path.read_bytes())
        for _ in range(chance.randrange(1, 3)):
            _spoil(table, chance)
        path.write_text(json.dumps(table))
        in_words(one, chance.choice(["/verify", "/repair", "/rollback", PASSWORD, "/uninstall"]))


def _spoil(value: Any, chance: random.Random) -> None:
    """Put something else in the place of one value, somewhere."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = chance.choice(keys)
    if isinstance(value[key], dict | list) and value[key] and chance.random() < 0.6:
        _spoil(value[key], chance)
    else:
        value[key] = chance.choice(WRONG)


@pytest.mark.parametrize("seed", range(cases(10)))
def test_a_journal_of_the_wrong_shape(one: Laid, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    run_of: dict[str, Any] = {
        "mode": "install", "name": "example", "instance": None, "release": "2", "before": ONE, "purge": False, "started": "now",
        "account": "me", "format": 2,
    }  # fmt: skip
    receipt = json.loads((one.environment / "receipt.json").read_bytes())
    lines = [
        {"run": run_of},
        {"undo": [["folder", str(one.environment / "x")]]},
        {"begin": "switch"},
        {"receipt": receipt},
    ]
    for _ in range(chance.randrange(1, 4)):
        _spoil(chance.choice(lines), chance)
    (one.environment / "journal").write_text("".join(json.dumps(each) + "\n" for each in lines))
    in_words(one, chance.choice(["/verify", "/repair", "/rollback", PASSWORD, "/uninstall"]))


@pytest.mark.parametrize("name", ["journal", "leftovers.json"])
def test_what_can_not_be_understood_is_set_aside(one: Laid, name: str) -> None:
    path = one.environment / name
    path.write_bytes(b'{"run": 5}\n{"x\n\n')
    content = path.read_bytes()
    said = in_words(one, "/verify")
    assert path.read_bytes() == content
    said = in_words(one, "/repair")
    assert f"It is kept as {path}.unreadable" in said
    assert (one.environment / f"{name}.unreadable").read_bytes() == content
    assert "unreadable" not in did(one, "/repair").err
    did(one, "/uninstall", "/purge")
    assert not one.environment.exists()


@pytest.mark.parametrize("name", ["journal", "leftovers.json"])
def test_what_is_not_even_a_file_is_set_aside_too(one: Laid, name: str) -> None:
    """And what was set aside before stays."""
    path, aside = one.environment / name, one.environment / f"{name}.unreadable"
    for number in ("", ".2"):
        path.unlink(missing_ok=True)
        path.mkdir()
        (path / "x").write_text("x")
        said = in_words(one, "/repair")
        assert f"It is kept as {path}{number}.unreadable" in said
    aside.with_name(f"{name}.evidence").write_text("theirs")
    did(one, "/uninstall", "/purge")
    assert [each.name for each in one.environment.iterdir()] == [f"{name}.evidence"]


@pytest.mark.parametrize("name", ["site.json", "current", "uninstall/bootstrap.bat", "uninstall/program"])
def test_a_folder_in_the_place_of_a_file_that_is_written_at_the_end(one: Laid, name: str) -> None:
    """Found out after the switch, no run would ever be over."""
    path = one.environment / name
    path.unlink()
    path.mkdir()
    (path / "x").write_text("theirs")
    said = did(one, PASSWORD if name == "current" else "/repair").err
    assert f"{path} is a folder, where a file belongs\nIt is kept as {path}.unreadable." in said
    assert (one.environment / f"{name}.unreadable" / "x").read_text() == "theirs"
    did(one, PASSWORD)
    did(one, "/verify")
    assert "is a folder" not in did(one, "/repair").err


@pytest.mark.parametrize("name", ["releases", "bin", "uninstall", "settings", "logs"])
@pytest.mark.parametrize(
    "mode", ["/set:password=other-words", "/repair", PASSWORD, "/verify", "/rollback", "/uninstall"]
)
def test_a_file_in_the_place_of_a_folder(one: Laid, name: str, mode: str) -> None:
    path = one.environment / name
    if path.is_dir():
        path.rename(one.root / "moved")
    path.write_text("theirs")
    said = in_words(one, mode)
    if mode == "/verify":
        assert path.read_text() == "theirs"
    else:
        assert f"{path} is a file, where a folder belongs\nIt is kept as {path}.unreadable." in said
        assert (one.environment / f"{name}.unreadable").read_text() == "theirs"


def test_a_table_that_is_larger_than_any_is_not_read(one: Laid) -> None:
    with (one.environment / "receipt.json").open("r+b") as stream:
        stream.truncate(1 << 40)
    assert "receipt.json is malformed: it has more than" in in_words(one, "/verify")


def test_a_data_folder_that_is_no_text(one: Laid) -> None:
    """Post-install commands are given it."""
    path = one.release / "release.json"
    table = json.loads(path.read_bytes())
    path.write_text(json.dumps({**table, "data": 5, "post_install": [[["demo", "x"], ["demo", "{data}"]]]}))
    in_words(one, "/uninstall")


def test_a_release_that_can_not_be_told_is_made_anew(one: Laid) -> None:
    (one.release / "release.json").write_bytes(b"{")
    did(one, PASSWORD)
    assert json.loads((one.release / "release.json").read_bytes())["release"] == ONE
    did(one, "/verify")


@pytest.mark.parametrize("mode", ["/repair", PASSWORD, "/set:password=other-words"])
def test_repair_of_a_release_in_which_folders_and_files_have_changed_places(one: Laid, mode: str) -> None:
    """What stands there is kept, as all is that no bundle brought."""
    packages = next(one.release.glob("lib/*/site-packages"))
    info = next(packages.glob("demo-*.dist-info"))
    helper = next(packages.glob("helper-*.dist-info"))
    (info / "RECORD").unlink()
    (info / "RECORD").mkdir()
    shutil.rmtree(helper)
    helper.write_text("theirs")
    in_words(one, "/verify")
    if mode != "/repair":
        in_words(one, mode)
    did(one, "/repair")
    assert (info / "RECORD").is_file()
    assert (helper / "RECORD").is_file()
    (kept,) = one.environment.glob(f"quarantine/*/lib/*/site-packages/{helper.name}")
    assert kept.read_text() == "theirs"
    did(one, "/verify")


@pytest.mark.parametrize("size", [None, -5, 2**62, 0])
def test_a_size_that_no_release_has(one: Laid, size: int | None) -> None:
    """Found out after the switch, no run would ever be over."""
    path = one.release / "release.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "size": size}))
    in_words(one, "/repair")
    did(one, "/verify")
    (listed,) = programs(one)
    assert listed["EstimatedSize"] in (0, 2**32 - 1)


def test_a_site_value_that_is_half_a_character(one: Laid) -> None:
    for place in (one.environment / "site.json", one.release / "site.json"):
        place.write_text(json.dumps({"format": 1, "values": {"password": "\udc80", "\ud800": "x"}}))
    for mode in (["/verify"], ["/repair"], ["/set:password=other-words"], [PASSWORD], ["/uninstall"]):
        in_words(one, *mode)


@pytest.mark.parametrize("gone", [ONE, TWO])
def test_a_release_whose_folder_is_gone(one: Laid, gone: str) -> None:
    two = lay(one.root, 2, running())
    did(two)
    shutil.rmtree(one.environment / "releases" / gone)
    for mode in (
        ["/verify"],
        ["/status"],
        ["/rollback"],
        ["/set:password=other-words"],
        ["/start"],
        ["/stop"],
        ["/repair"],
    ):
        in_words(two, *mode)
    did(two)
    did(two, "/verify")
    did(two, "/uninstall")


@pytest.mark.parametrize("name", ["inbox", "logs", "logs/web"])
def test_a_file_where_a_service_has_a_folder(tmp_path: Path, name: str) -> None:
    """A service that was broken into may put it there."""
    server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD).code == 0
    place = server.one.data / name
    if place.is_dir():
        shutil.rmtree(place)
    place.write_text("theirs")
    ran = server.run(server.two)
    assert ran.code in (0, 1603), ran
    assert "Failed: " not in ran.err
    assert ran.code == 0 or f"{place} is a file, where a folder belongs" in ran.err, ran.err
    assert place.read_text() == "theirs"
    place.unlink()
    assert server.run(server.two).code == 0


@pytest.mark.parametrize("grant", [["/", "S-1-5-18", "own"], ["/", "/remove", "read"], ["/", "", "guard"]])
@pytest.mark.parametrize("mode", ["/verify", "/repair", "/rollback", "/set:password=other-words", "/uninstall"])
def test_a_right_that_there_is_not(tmp_path: Path, grant: list[str], mode: str) -> None:
    server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD).code == 0
    assert server.run(server.two).code == 0
    for path in server.one.environment.glob("*/*/services/services.json"):
        table = json.loads(path.read_bytes())
        table["grants"].append(grant)
        path.write_text(json.dumps(table))
    for plan in ([], ["/plan"]) if mode != "/verify" else ([],):
        ran = server.run(server.two, mode, *plan)
        assert "Failed: " not in ran.err
        assert "Traceback" not in ran.out + ran.err
    assert server.run(server.two, "/repair").code in (0, 1603)
    rights = (server.one.temporary / "rights.json").read_text()
    assert "own" not in rights
    assert '"/"' not in rights


@pytest.mark.parametrize("key", ["grants", "site_rights", "logons"])
@pytest.mark.parametrize("mode", ["/repair", "/uninstall"])
def test_a_receipt_with_an_account_that_there_can_not_be_is_made_anew(tmp_path: Path, key: str, mode: str) -> None:
    """One wrong letter: every run was refused, the uninstallation too."""
    server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD).code == 0
    before, path = server.receipt(), server.one.environment / "receipt.json"
    *others, (where, sid, right) = sorted(before["grants"], key=lambda each: str(each[1]))
    wrong = sid.replace("-", "_", 1)
    planted = {
        "grants": [[where, wrong, right], *others],
        "site_rights": [[where, wrong, "3:1179817"]],
        "logons": [wrong],
    }
    path.write_text(json.dumps({**before, key: planted[key], "format": 5}))
    ran = server.run(server.one, mode)
    assert ran.code == 0, ran
    assert f"{path} is malformed: a SID\nIt is kept as {path}.unreadable." in ran.err
    if mode == "/repair":
        assert sorted(server.receipt()["grants"]) == sorted(each for each in before["grants"] if each[1])
        assert server.run(server.one, "/verify").code == 0


@pytest.mark.parametrize(
    ("content", "mode"),
    [
        (b"", PASSWORD), (b"\0" * 16, "/repair"), (b"\xff\xfe1\0", "/uninstall"), (b"../../victim", "/rollback"),
        (ONE.encode()[:-3], "/repair"), (b"x" * 300, "/set:password=other-words"),
    ],
)  # fmt: skip
def test_a_pointer_that_names_no_release(one: Laid, content: bytes, mode: str) -> None:
    """Programs and services find nothing by it. The receipt says which release it was."""
    path = one.environment / "current"
    (one.environment / "leftovers.json").unlink()
    path.write_bytes(content)
    in_words(one, "/verify")
    assert path.read_bytes() == content
    said = in_words(one, mode)
    assert (
        f"It is kept as {path}.unreadable. {ONE} is in use again, as {one.environment / 'receipt.json'} says." in said
    )
    if mode != "/uninstall":
        assert path.read_text().partition("+")[0].strip() == ONE
        assert (one.environment / "current.unreadable").read_bytes() == content
        did(one, "/verify")
        did(one, "/uninstall", "/purge")
    assert [each for each in one.environment.parent.glob("Example/*") if each.name != "logs"] == []


def test_a_pointer_is_not_guessed_where_a_run_was_interrupted_or_the_receipt_is_gone(one: Laid) -> None:
    for gone in ("receipt.json", f"releases/{ONE}/release.json"):
        (one.environment / "current").write_bytes(b"")
        (one.environment / gone).unlink()
        said = in_words(one, "/repair")
        assert f"{one.environment / 'current'} names no release\nIt is kept as " in said
        assert "is in use again" not in said
        did(one, "/verify")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"releases/{ONE}/release.json", b"{"), (f"releases/{ONE}/release.json", "runtime"), (f"releases/{ONE}/release.json", "post_install"),
        (f"releases/{ONE}/additions.json", b"[]"), (f"releases/{ONE}/services/services.json", b""),
        (f"settings/{ONE}+2/services/services.json", b"\0"), (f"settings/{ONE}+2/settings.json", "files"),
        (f"settings/{ONE}+2/site.json", b'{"values": 5}'), ("site.json", b"\xff"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["", "/repair", "/uninstall"])
def test_what_says_what_is_in_a_release_stops_no_run(
    tmp_path: Path, name: str, content: bytes | str, mode: str
) -> None:
    """Without it something can be done; with one that can't be understood nothing could, not even an upgrade or an uninstallation."""
    server = test_change_settings.lay(tmp_path, running())
    assert server.run(server.one, PASSWORD).code == 0
    assert server.run(server.one, "/set:port=9999").code == 0
    path = server.one.environment / name
    if isinstance(content, str):  # this key has another value
        content = json.dumps({**json.loads(path.read_bytes()), content: "../elsewhere"}).encode()
    path.write_bytes(content)
    assert server.run(server.one, "/verify").code in (0, 1603)
    assert path.read_bytes() == content
    ran = server.run(server.one if mode else server.two, *([mode] if mode else []))
    assert ran.code == 0, ran
    assert f"It is kept as {path}.unreadable, and this run goes on as if it weren't there." in ran.err
    if mode == "/uninstall":
        assert list(server.one.environment.glob("**/*.unreadable")) == []
    else:
        laid = server.one if mode else server.two
        assert server.run(laid, "/repair").code == 0
        assert server.run(laid, "/verify").code == 0


@pytest.mark.parametrize("name", ["services/services.json", "services/web.conf", "site.json", "settings.json"])
def test_settings_that_lack_something_are_not_rolled_back_to(tmp_path: Path, name: str) -> None:
    """Services were found healthy, and removed in the same run, which ended with 0: nothing said that the release has some."""
    server = test_change_settings.lay(tmp_path, running())
    assert server.run(server.one, PASSWORD).code == 0
    assert server.run(server.one, "/set:port=9999").code == 0
    assert server.run(server.two).code == 0
    path = server.one.environment / "settings" / f"{ONE}+2" / name
    if name.endswith(".json"):
        path.write_bytes(b"{")
    else:
        path.unlink()
    before = server.running()
    ran = server.run(server.two, "/rollback")
    assert ran.code == 1603, ran
    assert f"The settings {ONE}+2 are no longer as they were made:" in ran.err
    assert f"- {path} is missing" in ran.err
    assert server.running() == before == {"web": TWO, "queue": TWO}
    assert server.run(server.one).code == 0  # its own bundle, as the message says
    assert server.running() == {"web": f"{ONE}+3", "queue": f"{ONE}+3"}
    assert server.run(server.one, "/verify").code == 0


def test_a_list_of_services_that_is_lost(tmp_path: Path) -> None:
    """What /stop stopped was forgotten, the next run started it; /start started nothing and ended with 0; a second /repair was needed."""
    server = test_change_settings.lay(tmp_path, running())
    assert server.run(server.one, PASSWORD).code == 0
    path = server.one.release / "services" / "services.json"
    path.write_bytes(b"{")
    assert "Until bootstrap.bat /start no run starts web, queue." in server.run(server.one, "/stop").out
    assert server.receipt()["stopped"] == ["web", "queue"]
    ran = server.run(server.one, "/start")
    assert ran.code == 1603
    assert f"{path} is missing, which says what the services are" in ran.err
    services = server.one.temporary / "services.json"
    services.write_text(json.dumps({name: each for name, each in server.services().items() if name != "queue"}))
    assert server.run(server.one, "/repair").code == 0
    assert sorted(server.services()) == ["queue", "web"]
    assert server.running() == {}
    assert server.run(server.one, "/verify").code == 0
    assert server.run(server.one, "/start").code == 0
    assert server.running() == {"queue": ONE, "web": ONE}


@pytest.mark.parametrize("again", [False, True])
def test_a_release_that_lacks_the_list_of_its_services_gets_settings_that_have_one(
    tmp_path: Path, *, again: bool
) -> None:
    server = test_change_settings.lay(tmp_path, running())
    assert server.run(server.one, PASSWORD).code == 0
    assert server.run(server.two).code == 0
    path = server.one.release / "services" / "services.json"
    path.unlink()
    assert server.run(server.one, *(["/set:port=9999"] if again else [])).code == 0
    assert server.running() == {"web": f"{ONE}+2", "queue": f"{ONE}+2"}


@pytest.mark.parametrize("modes", [["/verify", "/repair", "/rollback"], ["/uninstall", "/uninstall"]])
def test_a_python_that_somebody_has_uninstalled(tmp_path: Path, modes: list[str]) -> None:
    """Whoever asks who may change what is in its folder looks into none that is gone."""
    laid = lay_bundle(tmp_path, kind="exe")
    command = PostInstallInfo(command=("demo", "enter"), undo=("demo", "leave"), needs_admin=False)
    laid.rewrite(dataclasses.replace(laid.manifest, post_install=(command,)))
    did(laid, PASSWORD, installer=installer(laid))
    shutil.rmtree(Path(laid.manifest.runtime.directory or ""))
    for mode in modes:
        ran = run(laid, mode, installer=installer(laid))
        assert ran.code in (0, 1603)
        assert "Failed: " not in ran.err, ran
    if "/uninstall" in modes:
        assert not (laid.environment / "current").exists()
        assert not (laid.environment / "journal").exists()


def test_a_leftover_of_a_kind_that_there_is_not(one: Laid) -> None:
    """Newer programs raise the format: nobody could ever take it back, and every run would end with it."""
    path = one.environment / "leftovers.json"
    table = json.loads(path.read_bytes())
    path.write_text(json.dumps({**table, "left": [{"action": ["mount", "/x"], "why": "in use"}]}))
    assert "It is ignored, because it isn't part of this installation: mount /x" in did(one, "/repair").err
    assert not path.exists()


def test_a_leftover_without_a_reason(one: Laid) -> None:
    path = one.environment / "leftovers.json"
    table = json.loads(path.read_bytes())
    path.write_text(json.dumps({**table, "left": [{"action": each["action"]} for each in table["left"]]}))
    did(one, "/repair")
    assert not path.exists()


@pytest.mark.parametrize(
    "arguments", [("/uninstall",), ("/uninstall", "/plan"), ("/rollback",), ("/stop",), ("/status",)]
)
def test_a_kept_copy_that_lost_whose_it_is_is_nobodys(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """It would be of the installation without an instance, and uninstalled that by the line of another one in the list of programs."""
    laid = lay(tmp_path, 1, running())
    did(laid, PASSWORD)
    did(laid, "/instance:Second", PASSWORD)
    (kept,) = Path(f"{laid.environment}-Second").rglob("kept.json")
    kept.unlink()
    before = laid.tree()
    ran = run(dataclasses.replace(laid, folder=kept.parent), *arguments)
    assert (ran.code, f"{kept} is missing: to which installation" in ran.err) == (1603, True), ran.err
    assert laid.tree() == before
    did(laid, "/repair", "/instance:Second")
    assert kept.exists()
