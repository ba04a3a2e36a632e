"""Site values that somebody chose to harm: each is one value in one place, or is refused before anything is changed."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from bundler.target.bundle.manifest import SiteInfo
from bundler.target.state.site_types import fault_of
from tests.support import only_linux
from tests.target.interpreters import interpreters, running
from tests.target.test_change_settings import conf, data, lay
from tests.target.test_services import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.test_services import Server

pytestmark = only_linux.SIMULATED
WHOLE = [
    "{site.password} {release} {data} {site.port}",
    "100% %PATH% !x! ^ & | < > ( ) `x` $(x)",
    'a" --admin "b',
    "a' b",
    "back\\",
    'x\\" y',
    "\u202e\x1b[31m red",
    "\uffff\U0001f40d",
    "=x=",
    "\u2028program=evil\u0085program=evil",
]


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    return lay(tmp_path, request.param)


def given(server: Server, value: str) -> None:
    written = "".join(f"\\U{ord(each):08x}" for each in value)
    (server.one.folder / "site.toml").write_text(f'port = "{written}"\n', "utf-8")


@pytest.mark.parametrize("value", WHOLE)
def test_it_is_one_value(server: Server, value: str) -> None:
    """Nothing in it is filled in once more, and it is one argument of the service's program, in one line of its settings."""
    given(server, value)
    ran = server.run(server.one, PASSWORD)
    assert ran.code == 0, ran
    assert data(server, "web.ini").startswith(f"port={value}\nin=")
    lines = conf(server).split("\n")
    assert [each.partition("=")[0] for each in lines].count("program") == 1
    words = ["--port", value, "with space"]
    assert subprocess.list2cmdline(words) in next(each for each in lines if each.startswith("command="))
    assert value not in ran.out + ran.err or value.isprintable()
    assert server.run(server.one, "/verify").code == 0


@pytest.mark.parametrize("value", ['"\\ud800"', '"\\udcff"', '"\\ud83d\\ude00"', '"a\\u0000b"', '"\\U0011ffff"'])
def test_what_no_file_takes_is_refused_before_anything_is_changed(server: Server, value: str) -> None:
    (server.one.folder / "site.toml").write_text(f"port = {value}\n", "utf-8")
    ran = server.run(server.one, PASSWORD)
    assert ran.code == 1639, ran
    assert "Traceback" not in ran.err + server.one.log()
    assert not server.one.environment.exists()


def test_nor_from_the_command_line() -> None:
    """Where a byte that is no text, or half a character of Windows, comes as half a character."""
    site = SiteInfo("port", None, "", False, "text", (), None, True)
    for value in ("\udcff", "\ud800", "\ud83d\ude00", "a\0b"):
        assert fault_of(site, value) == "holds a zero, or half a character"


@pytest.mark.parametrize("value", ["a\nprogram=evil", "a\r\nenvironment=PATH=evil", "a\rb"])
def test_a_line_end_is_no_line_of_a_services_settings(server: Server, value: str) -> None:
    given(server, value)
    ran = server.run(server.one, PASSWORD)
    assert ran.code == 1603, ran
    assert "A value with line ends can't stand in the settings of a service" in ran.err
    assert not server.one.environment.exists()
    assert server.services() == {}
