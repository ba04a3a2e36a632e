"""A recipe's ``[rehearse]``: what is taken, what is refused and with which words, what travels, and what a stranger's manifest may say."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import InputError, IntegrityError
from bundler.model.manifest_encoding import decode_manifest, encode_manifest
from bundler.model.recipe_file import load_recipe
from bundler.model.rehearsal import (
    RehearseCommandInfo,
    RehearseInfo,
    RehearseRequestInfo,
    loopback_fault,
    rehearse_info,
)
from tests.support.bundles import make_inputs
from tests.unit.model.recipe_head import HEAD

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.manifest import Manifest
    from bundler.model.recipe import Recipe

FULL = r"""
[rehearse]
timeout = 30
site = { port = "8123" }
files = ['{data}\app.ini', 'D:\share\{site.port}']
allow-connections = ["db.example:1433", "*.example.org", "[2001:db8::1]:53"]
[[rehearse.command]]
command = ["x", "--port", "{site.port}"]
exit-code = 3
output = "two\nlines"
timeout = 5
[[rehearse.command]]
command = ["show"]
window = true
[[rehearse.request]]
url = "http://127.0.0.1:{site.port}/up?a=1"
[[rehearse.request]]
url = "http://[::1]:80/"
status = 404
text = "not here"
screenshot = true
timeout = 600
"""


def load(folder: Path, text: str) -> Recipe:
    path = folder / "r.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return load_recipe(path)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(folder, text)
    return [str(each) for each in caught.value.faults]


def test_what_the_manifest_says(tmp_path: Path) -> None:
    assert rehearse_info(load(tmp_path, FULL).rehearse) == RehearseInfo(
        site={"port": "8123"},
        files=("{data}\\app.ini", "D:\\share\\{site.port}"),
        allow_connections=("db.example:1433", "*.example.org", "[2001:db8::1]:53"),
        commands=(
            RehearseCommandInfo(
                command=("x", "--port", "{site.port}"), exit_code=3, output="two\nlines", window=False, timeout=5
            ),
            RehearseCommandInfo(command=("show",), exit_code=0, output=None, window=True, timeout=30),
        ),
        requests=(
            RehearseRequestInfo(
                url="http://127.0.0.1:{site.port}/up?a=1", status=200, text=None, screenshot=False, timeout=30
            ),
            RehearseRequestInfo(url="http://[::1]:80/", status=404, text="not here", screenshot=True, timeout=600),
        ),
    )


def test_a_recipe_needs_none(tmp_path: Path) -> None:
    assert rehearse_info(load(tmp_path, "").rehearse) == RehearseInfo()


NOT_LOCAL = "is not a page of the machine itself, such as http://127.0.0.1:8080/"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[rehearse]\ntimeout = 0", "rehearse.timeout: Input should be greater than or equal to 1"),
        ("[rehearse]\ntimeout = 3601", "rehearse.timeout: Input should be less than or equal to 3600"),
        ("[rehearse]\ntimout = 1", "rehearse.timout: unknown key; did you mean 'timeout'?"),
        ('[rehearse]\nsite = { prot = "1" }', "rehearse.site.prot: [site] has no such value; known there: port, word"),
        ('[rehearse]\nsite = { word = "1" }', "rehearse.site.word: is secret, and a recipe and a bundle are shared"),
        ('[rehearse]\nsite = { port = "1\\n2" }', "rehearse.site.port: must not hold line ends or control characters"),
        ('[rehearse]\nfiles = ["app.ini"]', "rehearse.files[0]: must begin with {release}, {environment}, {data}"),
        ("[rehearse]\nfiles = ['{data}\\..\\x']", "rehearse.files[0]: must begin with {release}, {environment}, {data}"),
        ("[rehearse]\nfiles = ['C:\\%TEMP%\\x']", "rehearse.files[0]: 'C:\\%TEMP%\\x' has %TEMP%"),
        ("[rehearse]\nfiles = ['{data}\\{site.x}']", "rehearse.files[0]: {site.x} is not defined"),
        ('[rehearse]\nallow-connections = ["*"]', "rehearse.allow-connections[0]: '*' is not a valid address"),
        ('[rehearse]\nallow-connections = ["a:0"]', "rehearse.allow-connections[0]: 'a:0' is not a valid address"),
        ('[rehearse]\nallow-connections = ["http://a/"]', "rehearse.allow-connections[0]: 'http://a/' is not a valid"),
        ("[[rehearse.command]]\ncommand = []", "rehearse.command[0].command: must not be empty"),
        ('[[rehearse.command]]\ncommand = ["a", ""]', "rehearse.command[0].command[1]: must not be empty"),
        ('[[rehearse.command]]\ncommand = ["a", "{site.word}"]', "rehearse.command[0].command[1]: {site.word} is secret"),
        ('[[rehearse.command]]\ncommand = ["a"]\nexit-code = -1', "rehearse.command[0].exit-code: Input should be"),
        ('[[rehearse.command]]\ncommand = ["a"]\nwindow = true\noutput = "x"', "rehearse.command[0].output: goes with commands that end"),
        ('[[rehearse.command]]\ncommand = ["a"]\noutput = ""', "rehearse.command[0].output: must not be empty"),
        ('[[rehearse.request]]\nurl = "http://example.org/"', f"rehearse.request[0].url: 'http://example.org/' {NOT_LOCAL}"),
        ('[[rehearse.request]]\nurl = "http://localhost/{site.word}"', "rehearse.request[0].url: {site.word} is secret"),
        ('[[rehearse.request]]\nurl = "http://localhost/"\nstatus = 20', "rehearse.request[0].status: Input should be"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    assert [each for each in faults(tmp_path, text) if each.startswith(fault)], faults(tmp_path, text)


def test_lists_and_texts_have_bounds(tmp_path: Path) -> None:
    many = "[rehearse]\nfiles = [" + "'{data}\\x'," * 101 + "]"
    assert faults(tmp_path, many)[0].startswith("rehearse.files: must have at most 100 entries (files and folders")
    long = '[[rehearse.command]]\ncommand = ["' + "x" * 2001 + '"]'
    assert faults(tmp_path, long)[0].startswith("rehearse.command[0].command[0]: must have at most 2000 characters")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "file:///etc/passwd",
        "http://127.0.0.1:80@evil.example/",
        "http://evil.example\\@127.0.0.1/",
        "http://127.0.0.1 .evil.example/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
        "http://[::ffff:192.0.2.1]/",
        "http://[/",
        "http://0.0.0.0/",
        "http:///x",
        "//127.0.0.1/",
        "http://127.0.0.1.evil.example/",
    ],
)
def test_no_page_is_elsewhere(url: str) -> None:
    assert loopback_fault(url) is not None


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    folder = tmp_path_factory.mktemp("inputs")
    made = make_inputs(folder).lay_out().manifest
    return dataclasses.replace(made, rehearse=rehearse_info(load(folder, FULL).rehearse))


def test_a_manifest_is_read_as_it_was_written(manifest: Manifest) -> None:
    assert decode_manifest(encode_manifest(manifest)) == manifest


HOSTILE: dict[str, Any] = {
    "a page elsewhere": lambda r: r["requests"][0].update(url="http://192.0.2.1/"),
    "everywhere": lambda r: r.update(allow_connections=["*"]),
    "a line end in a word": lambda r: r["commands"][0]["command"].append("x\nformat c:"),
    "no word": lambda r: r["commands"][0].update(command=[]),
    "a year": lambda r: r["commands"][0].update(timeout=31_536_000),
    "for ever": lambda r: r["requests"][0].update(timeout=None),
    "a thousand pages": lambda r: r.update(requests=r["requests"] * 1000),
    "a thousand commands": lambda r: r.update(commands=r["commands"] * 1000),
    "a thousand words": lambda r: r["commands"][0].update(command=["x"] * 1000),
    "a long text": lambda r: r["commands"][0].update(output="x" * 100_000),
    "a thousand values": lambda r: r.update(site={f"a{i}": "" for i in range(1000)}),
    "an escape in a value": lambda r: r["site"].update(port="\x1b[2J"),
    "a surprise": lambda r: r.update(surprise=1),
}


@pytest.mark.parametrize("change", [pytest.param(each, id=name) for name, each in HOSTILE.items()])
def test_a_strangers_manifest_has_bounds(manifest: Manifest, change: Any) -> None:
    data = json.loads(encode_manifest(manifest))
    change(data["rehearse"])
    with pytest.raises(IntegrityError, match="malformed") as caught:
        decode_manifest(json.dumps(data).encode())
    assert all(each.startswith("rehearse.") for each in caught.value.context)
