"""Services and rights at the command line: built in, shown by ``inspect``, and a recipe's faults about them."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.commandline import Bench

SERVICE = """
[[service]]
name = "page"
command = ["page", "--port", "8080"]
start = "delayed"
health = { tcp = "127.0.0.1:8080", timeout = 9 }
[[permission]]
path = '{release}\\\\shared'
account = "page"
rights = "modify"
"""


def with_services(bench: Bench, text: str = SERVICE) -> None:
    bench.publish("alpha", "1.0", entry_points={"console_scripts": {"page": "alpha:main"}})
    bench.write(requirements=["alpha"])
    bench.recipe.write_text(bench.recipe.read_text("utf-8") + text.replace("\\\\", "\\"), encoding="utf-8")


def test_services_are_shown(bench: Bench) -> None:
    with_services(bench)
    done = bench.build()
    assert done.code == 0, done.err
    with zipfile.ZipFile(bench.bundle) as archive:
        assert archive.read("target/service.exe")[:2] == b"MZ"
    shown = bench.run("inspect", bench.bundle).out
    for words in (
        "page --port 8080",
        "127.0.0.1:8080, within 9 s",
        "delayed",
        "NT SERVICE",
        "needs admin rights",
        "modify",
    ):
        assert words in shown, shown
    data = bench.run("inspect", bench.bundle, "--json").json
    assert data["admin"]
    assert data["services"][0]["account"] == "NT SERVICE\\page"
    assert data["permissions"] == [
        {"path": "{release}\\shared", "account": "page", "service": True, "rights": "modify"}
    ]


def test_all_faults_at_once(bench: Bench) -> None:
    with_services(
        bench, SERVICE.replace('"page"', '"pa ge"', 1).replace('"delayed"', '"late"').replace("modify", "rule")
    )
    done = bench.run("lock", bench.recipe)
    assert done.code == 2
    for words in ("service[0].start: must be", "permission[0].rights: must be 'read', 'modify' or 'full'"):
        assert words in done.err, done.err
