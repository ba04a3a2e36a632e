"""What installing a bundle changes, told from its manifest."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from bundler.model.manifest import ChecksInfo, Manifest, SiteInfo
from bundler.model.service import HealthInfo, PermissionInfo, ServiceInfo
from bundler.pack.machine_changes import WHOLE_MACHINE, MachineChange, machine_changes, registry_key
from bundler.target.state.uninstall_entry import key_of
from tests.support.samples import sample

if TYPE_CHECKING:
    from bundler.model.service import Start


def manifest(**changes: Any) -> Manifest:
    whole: Manifest = sample(Manifest)
    bare = {
        "services": (),
        "permissions": (),
        "prerequisites": (),
        "post_install": (),
        "files": (),
        "site": (),
    }
    runtime = dataclasses.replace(whole.runtime, kind="embed", prepend_path=False, file=None)
    environment = dataclasses.replace(whole.environment, path="C:\\Envs\\Example", data=None)
    bundle = dataclasses.replace(whole.bundle, sequence=None)
    return dataclasses.replace(
        whole, **{"runtime": runtime, "environment": environment, "bundle": bundle, **bare, **changes}
    )


def of_kind(found: tuple[MachineChange, ...], kind: str) -> list[str]:
    return [f"{each.name}: {each.words}" for each in found if each.kind == kind]


def service(account: str = "NT SERVICE\\web", start: Start = "automatic", **changes: Any) -> ServiceInfo:
    whole: ServiceInfo = sample(ServiceInfo)
    found = dataclasses.replace(
        whole,
        name="web",
        command=("serve", "--port", "{site.port}"),
        account=account,
        start=start,
        log_directory="{environment}\\logs\\web",
    )
    return dataclasses.replace(found, **changes)


@pytest.mark.parametrize("folder", ["C:\\Envs\\Example", "D:\\Ünïcode Folder\\x"])
def test_the_registry_key_is_the_targets(folder: str) -> None:
    assert registry_key(folder) == key_of(folder)
    assert registry_key(folder + "\\") == key_of(folder)


def test_a_bundle_without_services_makes_a_folder_and_an_entry() -> None:
    found = machine_changes(manifest(checks=ChecksInfo(imports=(), commands=())))
    assert [each.kind for each in found] == ["folder", "registry", "right"]
    assert not any(each.stays for each in found)


def test_what_an_uninstallation_leaves() -> None:
    whole = manifest()
    with_data = dataclasses.replace(
        whole,
        environment=dataclasses.replace(whole.environment, data="C:\\Data"),
        bundle=dataclasses.replace(whole.bundle, name="Example", sequence=7),
    )
    left = [each.name for each in machine_changes(with_data) if each.stays]
    assert left == [
        "C:\\Data",
        "%ProgramData%\\bundle\\seen-example.json",
        "HKLM\\Software\\offline-bundle\\" + registry_key("C:\\Envs\\Example"),
    ]


def test_a_service_with_its_account_rights_and_port() -> None:
    health = HealthInfo(http="http://127.0.0.1:{site.port}/x:1", tcp=None, timeout=1)
    found = machine_changes(manifest(services=(service(health=health),)))
    assert of_kind(found, "service")[0].startswith(
        "web: runs serve --port {site.port} as NT SERVICE\\web, start: automatic"
    )
    assert of_kind(found, "right")[:2] == [
        "C:\\Envs\\Example: read, for NT SERVICE\\web",
        "{environment}\\logs\\web: modify, for NT SERVICE\\web",
    ]
    assert of_kind(found, "port") == ["{site.port}: web must answer at http://127.0.0.1:{site.port}/x:1"]
    assert "HKLM\\SYSTEM\\CurrentControlSet\\Services\\web: the service, by Windows itself" in of_kind(
        found, "registry"
    )


@pytest.mark.parametrize("account", ["LocalSystem", "localsystem", "NT AUTHORITY\\SYSTEM", "{site.account}"])
def test_localsystem_is_said_to_be_everything(account: str) -> None:
    whole: SiteInfo = sample(SiteInfo)
    chosen = dataclasses.replace(whole, name="account", type="account", default="LocalSystem")
    found = machine_changes(manifest(services=(service(account=account, health=None),), site=(chosen,)))
    assert of_kind(found, "right")[0] == f"{WHOLE_MACHINE}: web runs as LocalSystem, which may do everything"


def test_a_log_elsewhere_is_a_folder_of_its_own() -> None:
    health = HealthInfo(http=None, tcp="127.0.0.1:5000", timeout=1)
    found = machine_changes(manifest(services=(service(log_directory="D:\\Logs", health=health),)))
    assert "D:\\Logs: made unless it is there: logs of web" in of_kind(found, "folder")
    assert of_kind(found, "port") == ["5000: web must answer at 127.0.0.1:5000"]


def test_everything_else_that_a_manifest_can_ask_for() -> None:
    whole: Manifest = sample(Manifest)
    runtime = dataclasses.replace(whole.runtime, kind="exe", all_users=True, prepend_path=True, signer=None)
    found = machine_changes(dataclasses.replace(whole, runtime=runtime))
    kinds = {"folder", "file", "registry", "variable", "service", "right", "port", "installer", "command", "check"}
    assert {each.kind for each in found} == kinds
    assert "UNSIGNED" in of_kind(found, "installer")[0]
    permission = PermissionInfo(path="D:\\x", account="a", service=True, rights="full")
    assert "D:\\x: full, for the service a" in of_kind(machine_changes(manifest(permissions=(permission,))), "right")
