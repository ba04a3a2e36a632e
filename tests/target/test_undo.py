"""Changes that are taken back: each kind is one record, whose form in the journal is the same for every version that reads it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from bundler.target.console import Log
from bundler.target.errors import FAILED, InstallError
from bundler.target.state.receipt import Receipt
from bundler.target.steps import undo_kinds
from bundler.target.steps.undo import described, take_back
from bundler.target.steps.undo_action import Action
from bundler.target.steps.undo_files import FileReplaced, FileWritten, FolderMade
from bundler.target.steps.undo_kinds import KINDS, decode
from bundler.target.steps.undo_releases import PointerMoved
from bundler.target.steps.undo_services import ServiceMade, ServiceStarted
from tests.target.own_host import own_host

WORDS = {
    ("file", "/x"): "remove /x",
    ("renamed", "/x", "/x.1.old"): "put /x back",
    ("folder", "/x"): "remove the folder /x",
    ("tree", "/x"): "remove /x",
    ("release", "/x"): "remove /x",
    ("pointer", "/x", "1.0"): "make 1.0 current",
    ("pointer", "/x", None): "make nothing current",
    ("claim", "/python", "/x", "/python/python.exe"): "give up the claim on the Python in /python",
    ("runtime", "/python", "/x"): "uninstall the Python in /python",
    ("service", "web", "/x/service.exe"): "remove the service web",
    ("service-settings", "web", "/x", "/y"): "give the service web its settings back",
    ("service-before", "web", "/x", "/y", None, "manual", "1 60", 5): "give the service web its settings back",
    ("exchanged", "/x", "/x.0.old"): "put /x back",
    ("service-start", "web"): "start the service web",
    ("service-stop", "web"): "stop the service web",
    ("grant", "/x", "S-1-5-20"): "take the right of S-1-5-20 on /x back",
    ("grant", "/x", ""): "leave /x closed",
    ("grant-added", "/x", "S-1-5-20", "read", "3:1179817"): "take the right of S-1-5-20 on /x back",
    ("grant-before", "/x", "S-1-5-20", "modify read"): "give S-1-5-20 its rights on /x back",
    ("logon", "S-1-5-21-7"): "take the right of S-1-5-21-7 to log on as a service back",
    ("post-install", "/releases/1.0", "undo", 0): "run command 0 (of 1.0)",
}
"""As journals of installed bundles hold them: these never change, and a new kind is a new format of the journal."""


@pytest.mark.parametrize(("data", "words"), WORDS.items(), ids=lambda each: each[0] if isinstance(each, tuple) else "")
def test_the_form_and_the_words_of_each_kind(data: tuple[object, ...], words: str) -> None:
    action = decode(list(data))
    assert action.encode() == list(data)
    assert action.shown() == words


def test_every_kind_is_in_the_table() -> None:
    paths = sorted(Path(undo_kinds.__file__).parent.glob("undo_*.py"))
    made = {
        each.kind: each
        for path in paths
        for each in vars(import_module(f"{undo_kinds.__package__}.{path.stem}")).values()
        if isinstance(each, type) and issubclass(each, Action) and each.kind
    }
    assert made == KINDS
    assert set(KINDS) == {data[0] for data in WORDS}


@pytest.mark.parametrize("data", [data for data in WORDS if data[0] not in ("release", "post-install")])
def test_each_kind_says_whether_a_switch_settles_it(data: tuple[object, ...]) -> None:
    decided_anew = (
        "renamed",
        "exchanged",
        "pointer",
        "service-settings",
        "service-before",
        "service-start",
        "service-stop",
    )
    empty = type("Layout", (), {"shims": "/shims", "services": "/services"})()
    assert decode(list(data)).is_settled(empty, Receipt("example")) is (data[0] in decided_anew)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InstallError, match="Unknown kind of change: mount") as caught:
        decode(["mount", "/x"])
    assert caught.value.code == FAILED


class Failing(FileWritten):
    def take_back(self, *_: object) -> None:
        raise OSError(13, "in use")


def test_what_can_not_be_taken_back_is_left_and_its_folders_with_it(tmp_path: Path) -> None:
    host, log = own_host(), Log(str(tmp_path / "log"))
    folder, file, other = tmp_path / "folder", tmp_path / "folder" / "file", tmp_path / "other"
    folder.mkdir()
    file.write_text("x")
    other.write_text("x")
    left = take_back([FolderMade(str(folder)), Failing(str(file)), FileWritten(str(other))], host, log)
    assert [(each.action, bool(each.why)) for each in left] == [
        (["folder", str(folder)], False),
        (["file", str(file)], True),
    ]
    assert not other.exists()
    assert described(left) == [f"remove {file}: [Errno 13] in use"]
    log.close()


def test_actions_on_one_service_follow_each_other() -> None:
    made, other = ServiceMade("web", "/x"), ServiceMade("queue", "/x")
    assert ServiceStarted("web").follows(made)
    assert not ServiceStarted("web").follows(other)
    assert not FileReplaced("web", "y").follows(made)


def test_a_pointer_that_can_not_be_put_back_stops_everything(tmp_path: Path) -> None:
    log = Log(str(tmp_path / "log"))
    kept = tmp_path / "kept"
    kept.write_text("x")
    with pytest.raises(OSError, match="absent"):
        take_back([FileWritten(str(kept)), Pointer(str(tmp_path / "absent" / "current"), None)], own_host(), log)
    assert kept.exists()
    log.close()


class Pointer(PointerMoved):
    def take_back(self, *_: object) -> None:
        raise OSError(2, "absent")
