"""A recipe's services and rights: what is taken, what is refused and with which words, and what becomes of it in the manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.model.recipe_file import load_recipe
from bundler.model.service import HealthInfo, PermissionInfo, ServiceInfo, permission_infos, service_infos
from bundler.target.machine.rights import is_sid
from tests.unit.model.recipe_head import HEAD

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = """
[[service]]
name = "web"
command = ["serve", "--port", "{site.port}"]
"""
FULL = r"""
[[service]]
name = "web"
command = ["serve", "--port", "{site.port}", "{package.my_app}"]
directory = "{package.my_app.parts}"
account = 'EXAMPLE\svc-web'
password = "{site.word}"
start = "delayed"
display-name = "The page"
description = "Serves it."
environment = { CONFIG = '{data}\web.ini', SECRET = "{site.word}" }
dependencies = ["MSSQLSERVER", "queue"]
stop-timeout = 5
recovery = { restart = [1, 2], reset = 60 }
log = { directory = 'D:\logs', size = 5000, count = 1 }
health = { http = "http://127.0.0.1:{site.port}/up", timeout = 10 }
[[service]]
name = "queue"
command = ["worker"]
account = 'EXAMPLE\gmsa$'
start = "manual"
[[permission]]
path = '{data}\inbox'
account = "QUEUE"
rights = "modify"
[[permission]]
path = 'D:\share'
account = 'S-1-5-32-545'
rights = "read"
"""


def faults(folder: Path, text: str) -> list[str]:
    path = folder / "r.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_recipe(path)
    return [str(each) for each in caught.value.faults]


def test_what_is_left_out_is_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text(HEAD + SERVICE, encoding="utf-8")
    (info,) = service_infos(load_recipe(path).service, data=True)
    assert info == ServiceInfo(
        name="web",
        command=("serve", "--port", "{site.port}"),
        directory="{release}",
        account="NT SERVICE\\web",
        password=None,
        start="automatic",
        display_name="web",
        description="",
        environment={"PYTHONSAFEPATH": "1"},
        dependencies=(),
        stop_timeout=30,
        restart=(10, 60, 300),
        reset=86_400,
        log_directory="{data}\\logs\\web",
        log_size=10_000_000,
        log_count=5,
        health=None,
    )
    (without,) = service_infos(load_recipe(path).service, data=False)
    assert (without.directory, without.log_directory) == ("{release}", "{environment}\\logs\\web")


@pytest.mark.parametrize(
    ("lines", "safe"),
    [
        ("", "1"),
        ("directory = '{data}'", "1"),
        ("directory = 'D:\\work'", "1"),
        ("directory = '{package.app}'", None),
        ("directory = '{release}\\etc'", None),
        ('environment = { PythonSafePath = "" }', ""),
    ],
)
def test_nothing_is_imported_from_a_folder_that_others_may_change(tmp_path: Path, lines: str, safe: str | None) -> None:
    path = tmp_path / "r.toml"
    path.write_text(HEAD + SERVICE + lines + "\n", encoding="utf-8")
    (info,) = service_infos(load_recipe(path).service, data=True)
    assert {name.upper(): value for name, value in info.environment.items()}.get("PYTHONSAFEPATH") == safe


@pytest.mark.parametrize(
    ("lines", "folder"),
    [
        ("account = 'localsystem'", "{environment}\\logs\\web"),
        ("account = 'LocalService'", "{data}\\logs\\web"),
        ("account = 'LocalSystem'\nlog = { directory = 'D:\\logs' }", "D:\\logs"),
    ],
)
def test_what_the_system_account_writes_no_other_service_leads_elsewhere(
    tmp_path: Path, lines: str, folder: str
) -> None:
    path = tmp_path / "r.toml"
    path.write_text(HEAD + SERVICE + lines + "\n", encoding="utf-8")
    (info,) = service_infos(load_recipe(path).service, data=True)
    assert info.log_directory == folder


def test_everything(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text(HEAD + FULL, encoding="utf-8")
    recipe = load_recipe(path)
    web, queue = service_infos(recipe.service, data=True)
    assert (web.account, web.password, web.start, web.display_name) == (
        "EXAMPLE\\svc-web",
        "word",
        "delayed",
        "The page",
    )
    assert (web.restart, web.reset, web.log_size, web.log_count) == ((1, 2), 60, 5000, 1)
    assert web.health == HealthInfo(http="http://127.0.0.1:{site.port}/up", tcp=None, timeout=10, settle=5, owner=True)
    assert (queue.account, queue.password) == ("EXAMPLE\\gmsa$", None)
    assert permission_infos(recipe.permission, recipe.service) == (
        PermissionInfo(path="{data}\\inbox", account="queue", service=True, rights="modify"),
        PermissionInfo(path="D:\\share", account="S-1-5-32-545", service=False, rights="read"),
    )


def test_a_service_that_answers_nothing_may_have_a_time_to_settle(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    text = HEAD + FULL.replace(
        'health = { http = "http://127.0.0.1:{site.port}/up", timeout = 10 }', "health = { settle = 60 }"
    )
    path.write_text(text, encoding="utf-8")
    (web, _) = service_infos(load_recipe(path).service, data=True)
    assert web.health == HealthInfo(http=None, tcp=None, timeout=30, settle=60, owner=True)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ('name = "a b"', "service[0].name: must be letters, digits, ., - and _, at most 80"),
        ("command = []", "service[0].command: must not be empty"),
        ('command = ["{sites}"]', "service[0].command[0]: {sites} is not defined; defined are {data}, {environment}, {release}, {site.port}, {site.word}"),
        ('command = ["a\\nb"]', "service[0].command[0]: must not hold line ends or control characters"),
        ('environment = { "a b" = "1" }', "service[0].environment: 'a b' is not a valid environment variable name"),
        ('environment = { A = "{nothing}" }', "service[0].environment.A: {nothing} is not defined"),
        ('directory = "relative"', "service[0].directory: must begin with {release}, {environment}, {data}, {package.NAME}, a drive or a site value"),
        ("directory = '{data}\\..\\up'", "service[0].directory: must begin with"),
        ('account = "somebody"', "service[0].account: 'somebody' is not a valid account"),
        ("account = 'NT SERVICE\\other'", "service[0].account: that account belongs to the service other: it would be web"),
        ("account = 'A\\b'", "service[0].password: A\\b needs one: name a secret site value, '{site.NAME}'"),
        ("account = 'A\\b'\npassword = \"plain\"", "service[0].password: is never written down: name a secret site value"),
        ("account = 'A\\b'\npassword = \"{site.port}\"", "service[0].password: site.port must be there and be secret = true"),
        ("account = 'A\\b$'\npassword = \"{site.word}\"", "service[0].password: this account has no password"),
        ('password = "{site.word}"', "service[0].password: this account has no password"),
        ("recovery = { restart = [1, 2, 3, 4] }", "service[0].recovery.restart: Windows has three"),
        ("stop-timeout = 0", "service[0].stop-timeout: "),
        ("stop-timeout = true", "service[0].stop-timeout: must be a whole number"),
        ('start = "sometimes"', "service[0].start: must be 'automatic', 'delayed', 'manual' or 'disabled'"),
        ("health = {}", "service[0].health: must have either http or tcp, or settle alone"),
        ("health = { owner = false }", "service[0].health: must have either http or tcp, or settle alone"),
        ('health = { tcp = "a:1", settle = 0 }', "service[0].health.settle: "),
        ('health = { http = "http://a/", tcp = "a:1" }', "service[0].health: must have either http or tcp"),
        ('health = { http = "https://a/" }', "service[0].health.http: must be an address like http://127.0.0.1:8080/"),
        ('health = { http = "http://[a/" }', "service[0].health.http: must be an address like http://127.0.0.1:8080/"),
        ('health = { http = "http://a:99999/" }', "service[0].health.http: must be an address like http://127.0.0.1:8080/"),
        ('health = { tcp = "8080" }', "service[0].health.tcp: must be HOST:PORT, such as 127.0.0.1:8080"),
        ('helth = { tcp = "a:1" }', "service[0].helth: unknown key; did you mean 'health'?"),
    ],
)  # fmt: skip
def test_a_service_that_is_wrong(tmp_path: Path, change: str, fault: str) -> None:
    key = change.partition(" =")[0]
    kept = [line for line in SERVICE.splitlines() if not line.startswith(key + " =")]
    found = faults(tmp_path, HEAD + "\n".join([*kept, change, ""]))
    assert any(each.startswith(fault) for each in found), found
    assert len(found) == 1


def test_one_name_for_two_services(tmp_path: Path) -> None:
    assert faults(tmp_path, HEAD + SERVICE + SERVICE.replace('"web"', '"WEB"')) == [
        "service[1].name: WEB is there twice"
    ]


@pytest.mark.parametrize("kind", ["msi", "exe"])
def test_a_service_can_not_use_one_users_python(tmp_path: Path, kind: str) -> None:
    runtime = f"{{ kind = \"{kind}\", directory = 'C:\\P', all-users = false }}"
    text = HEAD.replace('{ kind = "embed" }', runtime)
    assert faults(tmp_path, text + SERVICE) == [
        "target[0].runtime.all-users: must be true: a service's account can't use a Python that belongs to one user"
    ]


@pytest.mark.parametrize(
    ("path", "account", "fault"),
    [
        (
            "relative",
            "web",
            "permission[0].path: must begin with {release}, {environment}, {data}, a drive or a site value",
        ),
        ("{data}\\..", "web", "permission[0].path: must begin with"),
        ("{date}\\x", "web", "permission[0].path: "),
        ("{data}", "nobody", "permission[0].account: 'nobody' is not a valid account: write a service of this recipe"),
    ],
)
def test_a_right_that_is_wrong(tmp_path: Path, path: str, account: str, fault: str) -> None:
    table = f"[[permission]]\npath = '{path}'\naccount = '{account}'\nrights = 'read'\n"
    assert faults(tmp_path, HEAD + SERVICE + table)[0].startswith(fault)


@pytest.mark.parametrize(
    "path",
    [
        "{environment}",
        "{environment}\\",
        "{release}\\.",
        "{environment}\\Releases\\x",
        "{environment}\\uninstall",
        "{environment}\\Settings\\x",
        "{environment}\\site.json",
        "c:\\e\\Releases\\x",
        "C:\\E",
        "C:\\",
        "{release}\\LIB\\site-packages",
    ],
)
def test_what_runs_is_not_to_be_changed(tmp_path: Path, path: str) -> None:
    """Nobody would be refused more surely than by the next administrator's run: it asks who may change these."""
    words = "holds what administrators run: whoever may change it would be one"
    table = f"[[permission]]\npath = '{path}'\naccount = 'web'\nrights = '%s'\n"
    for rights in ("modify", "full"):
        assert faults(tmp_path, HEAD + SERVICE + table % rights)[0].startswith(f"permission[0].path: {words}")
    assert faults(tmp_path, HEAD + SERVICE + f"[service.log]\ndirectory = '{path}'\n")[0].startswith(
        f"service[0].log.directory: {words}"
    )


@pytest.mark.parametrize(
    "path",
    [
        "{environment}\\var",
        "{environment}\\logs",
        "{release}\\etc",
        "{data}",
        "{data}\\releases",
        "C:\\E\\var",
        "C:\\Ex",
        "D:\\x",
    ],
)
def test_other_folders_may_be_changed(tmp_path: Path, path: str) -> None:
    for rights in ("read", "modify"):
        table = f"[[permission]]\npath = '{path}'\naccount = 'web'\nrights = '{rights}'\n"
        recipe = tmp_path / "x.toml"
        recipe.write_text(HEAD + SERVICE + table, "utf-8")
        assert load_recipe(recipe).permission[0].path == path


@pytest.mark.parametrize(
    "account",
    ["S-1-5-18", "S-1-5-21-7-4294967295", "S-1-5-4294967296", "S-1-5-1\N{FULLWIDTH DIGIT EIGHT}", "S-1-281474976710656-1", "S-1-5-018"],
)  # fmt: skip
def test_a_sid_is_what_the_target_takes_for_one(tmp_path: Path, account: str) -> None:
    table = f"[[permission]]\npath = '{{data}}'\naccount = '{account}'\nrights = 'read'\n"
    recipe = tmp_path / "x.toml"
    recipe.write_text(HEAD + SERVICE + table, "utf-8")
    if is_sid(account):
        assert load_recipe(recipe).permission[0].account == account
    else:
        assert faults(tmp_path, HEAD + SERVICE + table)[0].startswith("permission[0].account: ")


@pytest.mark.parametrize("text", ["service = 1", "service = [1]", "permission = ['a']"])
def test_what_is_no_table(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text + "\n" + HEAD)


CHOSEN = """
folder = { type = "path" }
who = { type = "account" }
pass = { secret = true, required = false }
maybe = { type = "path", required = false }
[[service]]
name = "web"
command = ["serve"]
account = "{site.who}"
password = "{site.pass}"
directory = '{site.folder}\\work'
log = { directory = "{site.folder}" }
[[permission]]
path = "{site.folder}"
account = "{site.who}"
rights = "modify"
"""


def test_accounts_and_places_may_be_site_values(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text(HEAD + CHOSEN, encoding="utf-8")
    recipe = load_recipe(path)
    (info,) = service_infos(recipe.service, data=True)
    assert (info.account, info.password) == ("{site.who}", "pass")
    assert (info.directory, info.log_directory) == ("{site.folder}\\work", "{site.folder}")
    assert permission_infos(recipe.permission, recipe.service) == (
        PermissionInfo(path="{site.folder}", account="{site.who}", service=False, rights="modify"),
    )


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            'account = "{site.who}"\npass',
            'account = "{site.port}"\npass',
            "service[0].account: site.port must have type = 'account'",
        ),
        (
            'account = "{site.who}"\npass',
            'account = "{site.whom}"\npass',
            "service[0].account: {site.whom} is not defined",
        ),
        (
            'account = "{site.who}"\npass',
            'account = "x{site.who}"\npass',
            "service[0].account: 'x{site.who}' is not a valid",
        ),
        ('"{site.pass}"', '"{site.word}"', "service[0].password: site.word must have required = false"),
        ('"{site.pass}"', '"{site.port}"', "service[0].password: site.port must be there and be secret"),
        ("'{site.folder}\\work'", "'{site.port}'", "service[0].directory: site.port must have type = 'path'"),
        ("'{site.folder}\\work'", "'{site.maybe}'", "service[0].directory: site.maybe must have type = 'path'"),
        ("'{site.folder}\\work'", "'{site.folder}\\..\\x'", "service[0].directory: must begin with"),
        ("'{site.folder}\\work'", "'{site.folder}work'", "service[0].directory: must begin with"),
        ('path = "{site.folder}"', 'path = "{site.word}"', "permission[0].path: site.word must have type = 'path'"),
        ("who = { type", "pass2 = { type", "service[0].account: {site.who} is not defined"),
        ('type = "account"', 'type = "text"', "service[0].account: site.who must have type = 'account'"),
    ],
)
def test_an_account_or_place_of_the_site_that_is_wrong(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in CHOSEN
    found = faults(tmp_path, HEAD + CHOSEN.replace(old, new, 1))
    assert any(each.startswith(fault) for each in found), found
