"""Who signed a bundle is asked again by the bundle itself, where the site has a policy; with this host's own ssh-keygen."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import only_linux
from tests.support.ssh_keys import keygen, make_key, needs_ssh_keygen, public
from tests.target.bundles import Laid
from tests.target.test_adding import add, allowed, extra
from tests.target.test_modes import ONE, PASSWORD, TWO, did, lay, pointer, refused, run

if TYPE_CHECKING:
    from tests.target.interpreters import Interpreter

pytestmark = [only_linux.SIMULATED, needs_ssh_keygen]

NOT_PERMITTED = 1625
NAMESPACE = "bundle@offline-bundler"
OTHERS = [["S-1-5-32-545", 0x2, False]]


@dataclasses.dataclass(frozen=True)
class Site:
    """A bundle on a machine whose administrator placed a policy, and the keys of two who may sign."""

    laid: Laid
    build: Path
    review: Path

    @property
    def trust(self) -> Path:
        return self.laid.environment.parent / "ProgramData" / "bundle" / "trust"

    @property
    def stem(self) -> str:
        manifest = self.laid.manifest
        target = manifest.target
        return f"{manifest.bundle.name}-{manifest.bundle.version}-{target.python}-{target.platform}"

    @property
    def archive(self) -> Path:
        return self.laid.root / f"{self.stem}.zip"

    @property
    def machine(self) -> dict[str, object]:
        return {"ssh_keygens": [shutil.which("ssh-keygen")]}

    def policy(self, *lines: str) -> None:
        (self.trust / "policy").write_text("".join(f"{each}\r\n" for each in ("# ours", "", *lines)), newline="")

    def sign(self, file: Path, key: Path, who: str, beside: Path | None = None, namespace: str = NAMESPACE) -> Path:
        """What ssh-keygen writes beside it, under the name that it has beside a bundle."""
        keygen("-Y", "sign", "-n", namespace, "-f", key, file)
        place = (beside or file).with_name(f"{(beside or file).name}.{who}.sig")
        return file.with_name(f"{file.name}.sig").rename(place)

    def pack(self) -> Path:
        with zipfile.ZipFile(self.archive, "w") as opened:
            for path in sorted(self.laid.folder.rglob("*")):
                if path.is_file():
                    opened.write(path, path.relative_to(self.laid.folder).as_posix())
        return self.archive

    def sign_sums(self, key: Path, who: str) -> Path:
        beside = self.laid.root / f"{self.laid.folder.name}.SHA256SUMS"
        return self.sign(self.laid.folder / "SHA256SUMS", key, who, beside)

    def refused(self, *arguments: str, code: int = NOT_PERMITTED, **machine: object) -> str:
        return refused(self.laid, PASSWORD, *arguments, code=code, **{**self.machine, **machine})

    def did(self, *arguments: str, **machine: object) -> str:
        return did(self.laid, PASSWORD, *arguments, **{**self.machine, **machine}).out


@pytest.fixture
def site(tmp_path: Path, few: Interpreter) -> Site:
    laid = lay(tmp_path, 1, few)
    site = Site(laid=laid, build=make_key(tmp_path / "keys" / "build"), review=make_key(tmp_path / "keys" / "review"))
    site.trust.mkdir(parents=True)
    allowed = [f'build@x namespaces="{NAMESPACE}" {public(site.build)}', f"review@x {public(site.review)}"]
    (site.trust / "allowed_signers").write_text("\n".join([*allowed, ""]))
    site.policy(f"example 1 {NAMESPACE} build@x review@x")
    return site


def test_without_a_policy_nothing_is_asked(site: Site) -> None:
    (site.trust / "policy").unlink()
    assert "Signed by" not in site.did()


def test_an_unsigned_one_is_refused(site: Site) -> None:
    text = site.refused()
    assert "example must be signed by 1 of build@x, review@x" in text
    assert "no signature lies beside this folder" in text
    assert "example must be signed" in site.refused("/plan")


def test_one_whose_archive_is_signed_is_installed(site: Site) -> None:
    site.sign(site.pack(), site.build, "0123")
    assert "Signed by build@x, as this machine's policy asks" in site.did()


def test_one_whose_sums_are_signed_is_installed(site: Site) -> None:
    site.sign_sums(site.review, "ab")
    assert "Signed by review@x" in site.did()


def test_sums_may_be_signed_under_the_archives_name(site: Site) -> None:
    site.sign(site.laid.folder / "SHA256SUMS", site.build, "a", site.laid.root / f"{site.stem}.SHA256SUMS")
    assert "Signed by build@x" in site.did()


def test_a_threshold_counts_people(site: Site) -> None:
    site.policy(f"example 2 {NAMESPACE} build@x review@x")
    site.sign(site.pack(), site.build, "a")
    site.sign_sums(site.build, "b")
    assert "and is by 1:" in site.refused()
    site.sign_sums(site.review, "c")
    assert "Signed by build@x, review@x" in site.did()


def test_one_key_under_two_names_is_one_signer(site: Site) -> None:
    site.policy(f"example 2 {NAMESPACE} build@x again@x")
    with (site.trust / "allowed_signers").open("a") as stream:
        stream.write(f"again@x {public(site.build)}\n")
    site.sign_sums(site.build, "a")
    site.sign(site.pack(), site.build, "b")
    assert "and is by 1:" in site.refused()


def test_another_namespace_is_refused(site: Site) -> None:
    site.sign(site.pack(), site.review, "a", namespace="file")
    assert "and is by 0:" in site.refused()


def test_another_bundles_signer_is_refused(site: Site) -> None:
    site.policy(f"example 1 {NAMESPACE} review@x", f"* 1 {NAMESPACE} build@x")
    site.sign_sums(site.build, "a")
    assert "must be signed by 1 of review@x" in site.refused()


def test_one_that_has_expired_is_refused(site: Site) -> None:
    allowed = f'build@x valid-before="20200101" {public(site.build)}\n'
    (site.trust / "allowed_signers").write_text(allowed)
    site.sign_sums(site.build, "a")
    assert "and is by 0:" in site.refused()


def test_a_signature_over_other_bytes_is_refused(site: Site) -> None:
    site.sign(site.pack(), site.build, "a")
    site.archive.write_bytes(site.archive.read_bytes() + b"\0")
    assert "and is by 0:" in site.refused()


def test_the_archive_of_another_bundle_vouches_for_none(site: Site) -> None:
    """Its signature is good, and this folder isn't what it holds."""
    with zipfile.ZipFile(site.archive, "w") as opened:
        opened.writestr("SHA256SUMS", b"0" * 64 + b"  manifest.json\n")
    site.sign(site.archive, site.build, "a")
    assert "a.sig: good, but its archive is one of another bundle than this folder" in site.refused()


@pytest.mark.parametrize("content", [b"", b"PK\5\6" + b"\xff" * 18, b"PK\3\4" * 99])
def test_what_is_no_archive(site: Site, content: bytes) -> None:
    site.archive.write_bytes(content)
    site.sign(site.archive, site.build, "a")
    assert "a.sig: good, but its archive is one that can't be read" in site.refused()


def test_a_bundle_that_the_policy_does_not_know_is_refused(site: Site) -> None:
    site.policy(f"other 1 {NAMESPACE} build@x")
    assert "has no line for the bundle example, and none for all others (*)" in site.refused()
    site.policy("* 0 -")
    site.did()


@pytest.mark.parametrize(
    "line",
    [
        "example",
        "example 1",
        f"example 1 {NAMESPACE}",
        "example x n@x a@x",
        "exa&mple 1 n@x a@x",
        "example 1 n@x a;b",
        "a 1 n a@x\r\nA 1 n a@x",
        "example 100 n a@x",
        "example 08 n a@x",
        "example 00 n a@x",
    ],
)
def test_a_policy_that_is_malformed(site: Site, line: str) -> None:
    site.policy(line)
    assert "is malformed" in site.refused(code=1603)


@pytest.mark.parametrize("name", ["policy", "allowed_signers"])
def test_what_users_can_write_decides_nothing(site: Site, name: str) -> None:
    site.sign_sums(site.build, "a")
    path = str(site.trust / name)
    text = site.refused(access={path: ["S-1-5-32-544", OTHERS]})
    assert f"{path} can be changed by every user (Users)" in text


def test_a_folder_that_users_can_write_decides_nothing(site: Site) -> None:
    site.sign_sums(site.build, "a")
    assert "can be changed by every user" in site.refused(access={str(site.trust): ["S-1-5-32-544", OTHERS]})


def test_a_keygen_that_users_can_write_is_not_started(site: Site) -> None:
    site.sign_sums(site.build, "a")
    access = {str(shutil.which("ssh-keygen")): ["S-1-5-32-544", OTHERS]}
    assert "no ssh-keygen here can verify" in site.refused(access=access)


@pytest.mark.parametrize("name", ["", "libcrypto.DLL"])
def test_a_keygen_beside_which_users_can_write_is_not_started(site: Site, name: str) -> None:
    """It loads what lies there."""
    folder = site.laid.root / "OpenSSH"
    folder.mkdir()
    (folder / "libcrypto.DLL").write_bytes(b"")
    (folder / "ssh-keygen").symlink_to(str(shutil.which("ssh-keygen")))
    site.sign_sums(site.build, "a")
    machine: dict[str, Any] = {"ssh_keygens": [str(folder / "ssh-keygen")]}
    access = {str(folder / name if name else folder): ["S-1-5-32-544", OTHERS]}
    assert "no ssh-keygen here can verify" in site.refused(access=access, **machine)
    site.did(access={}, **machine)


def test_a_keygen_starts_where_nobody_planted_anything(site: Site) -> None:
    """A DLL that it lacks would be taken from the current folder, and TEMP may be everybody's."""
    folder = site.laid.root / "OpenSSH"
    folder.mkdir()
    keygen = folder / "ssh-keygen"
    keygen.write_text(f'#!/bin/sh\n(pwd; echo "$TMPDIR") >>{site.laid.root}/started\nexec ssh-keygen "$@"\n')
    keygen.chmod(0o755)
    site.sign_sums(site.build, "a")
    of_windows = site.laid.root / "Windows"
    of_windows.mkdir()
    moved = {str(site.laid.temporary): ["S-1-5-32-544", [["S-1-5-32-545", 0x10000, False]]]}
    site.did(ssh_keygens=[str(keygen)], access=moved, temporary_of_machine=str(of_windows))
    assert set((site.laid.root / "started").read_text().split()) == {str(folder), str(of_windows)}


def test_where_none_can_verify_the_sum_that_was_compared_decides(site: Site) -> None:
    old = site.laid.root / "ssh-keygen"
    old.write_text("#!/bin/sh\necho 'unknown option -- Y'\nexit 1\n")
    old.chmod(0o755)
    machine: dict[str, Any] = {"ssh_keygens": [str(site.laid.root / "none"), str(old)]}
    text = site.refused(**machine)
    assert f'bundle-check.cmd" {site.stem}.zip SHA256' in text
    digest = hashlib.sha256(site.pack().read_bytes()).hexdigest()
    (site.trust / "sums").write_bytes(f"{'0' * 64} a.zip\r\n".encode())
    site.refused(**machine)
    (site.trust / "sums").write_bytes(f"{digest.upper()} {site.stem}.zip\r\n".encode())
    assert "is one that was compared on this machine" in site.did(**machine)


def test_a_keygen_that_says_nothing_has_verified_nothing(site: Site) -> None:
    lazy = site.laid.root / "ssh-keygen"
    lazy.write_text("#!/bin/sh\nexit 0\n")
    lazy.chmod(0o755)
    site.sign_sums(site.build, "a")
    assert "ended with 0 and said nothing" in site.refused(ssh_keygens=[str(lazy)])


def test_what_lies_beside_is_anybodys(site: Site) -> None:
    """Strange names, links, a large one: they count for nothing, and harm nothing."""
    good = site.sign_sums(site.build, "a")
    before = good.name.removesuffix(".a.sig")
    (site.laid.root / f"{before}.big.sig").write_bytes(b"x" * 70000)
    (site.laid.root / f"{before}.link.sig").symlink_to(good)
    (site.laid.root / f"{before}.x&calc.sig").write_bytes(good.read_bytes())
    (site.laid.root / f"{before}.-f.sig").write_bytes(b"-----BEGIN SSH SIGNATURE-----\n")
    site.did()


def test_too_many_signatures(site: Site) -> None:
    good = site.sign_sums(site.build, "a")
    for number in range(32):
        shutil.copy(good, good.with_name(good.name.replace(".a.", f".b{number}.")))
    assert "More than 32 signatures" in site.refused()


def test_what_is_in_use_is_not_judged_again_and_the_next_one_is(site: Site) -> None:
    signature = site.sign_sums(site.build, "a")
    site.did()
    signature.unlink()
    assert "nothing to do" in site.did()
    did(site.laid, "/repair", **site.machine)
    two = dataclasses.replace(site, laid=lay(site.laid.root, 2, site.laid.boot))
    refused(two.laid, code=NOT_PERMITTED, **site.machine)
    two.sign_sums(site.review, "b")
    did(two.laid, **site.machine)
    assert pointer(site.laid) == TWO
    did(two.laid, "/rollback", **site.machine)
    assert pointer(site.laid) == ONE


def test_allow_older_is_not_for_this(site: Site) -> None:
    site.refused("/allow-older")


def test_other_rights_are_not_offered_where_they_change_nothing(site: Site) -> None:
    ran = run(site.laid, PASSWORD, admin=False, answers=["y"], elevated=0, **site.machine)
    assert ran.code == NOT_PERMITTED
    assert not (site.laid.temporary / "elevated").exists()


@pytest.fixture
def adding(site: Site) -> Site:
    """Its bundle takes more wheels, and is installed."""
    site = dataclasses.replace(site, laid=allowed(site.laid))
    site.sign_sums(site.build, "a")
    site.did()
    return site


def test_what_is_added_is_judged_as_the_bundle_is(adding: Site) -> None:
    wheel, before = extra(adding.laid), pointer(adding.laid)
    for arguments in ((add(adding.laid), "/plan"), (add(adding.laid),)):
        text = refused(adding.laid, *arguments, code=NOT_PERMITTED, **adding.machine)
        assert f"{wheel.name} must be signed by 1 of build@x, review@x, since example must" in text
        assert f"no signature lies beside it: {wheel.name}.sig" in text
    adding.sign(wheel, adding.review, "a", namespace="file")
    assert "and is by 0:" in refused(adding.laid, add(adding.laid), code=NOT_PERMITTED, **adding.machine)
    adding.sign(wheel, adding.review, "b")
    assert f"{wheel.name} is signed by review@x" in did(adding.laid, add(adding.laid), **adding.machine).out
    assert pointer(adding.laid).startswith(f"{before}-")
    kept = adding.laid.environment / "releases" / pointer(adding.laid) / "added"
    assert [each.name for each in kept.iterdir()] == [wheel.name]
    did(adding.laid, "/repair", **adding.machine)


def test_each_wheel_that_is_added_needs_signatures_of_its_own(adding: Site) -> None:
    adding.policy(f"example 2 {NAMESPACE} build@x review@x")
    first, second = extra(adding.laid), extra(adding.laid, "second")
    for each in (first, second):
        adding.sign(each, adding.build, "a")
    adding.sign(first, adding.review, "b")
    text = refused(adding.laid, add(adding.laid), code=NOT_PERMITTED, **adding.machine)
    assert f"{second.name} must be signed by 2" in text
    assert "and is by 1:" in text
    assert f"{first.name} must" not in text
    shutil.copy(adding.sign(first, adding.review, "c"), f"{second}.c.sig")  # of another wheel
    assert f"{second.name} must" in refused(adding.laid, add(adding.laid), code=NOT_PERMITTED, **adding.machine)


@pytest.mark.parametrize("line", ["example 0 -", None])
def test_where_no_signature_is_asked_for_wheels_need_none(adding: Site, line: str | None) -> None:
    extra(adding.laid)
    adding.policy(line) if line else (adding.trust / "policy").unlink()
    did(adding.laid, add(adding.laid), **adding.machine)


def test_without_a_keygen_nothing_is_added(adding: Site) -> None:
    adding.sign(extra(adding.laid), adding.build, "a")
    said = refused(adding.laid, add(adding.laid), code=NOT_PERMITTED, ssh_keygens=[])
    assert "what is added to example must be signed" in said


@pytest.mark.parametrize("name", ["other.whl.sig", "extra-1.0-py2.py3-none-any.whl.sig.exe", "x.sig"])
def test_a_signature_of_nothing_is_not_let_through(adding: Site, name: str) -> None:
    wheel = extra(adding.laid)
    adding.sign(wheel, adding.build, "a")
    wheel.with_name(name).write_text("x")
    assert f"{name} is not a wheel" in refused(adding.laid, add(adding.laid), code=1603, **adding.machine)


def test_a_policy_that_others_may_change_lets_nothing_be_added(adding: Site) -> None:
    adding.sign(extra(adding.laid), adding.build, "a")
    access = {str(adding.trust / "policy"): ["S-1-5-32-544", OTHERS]}
    machine = {**adding.machine, "access": access}
    assert "can be changed by every user" in refused(adding.laid, add(adding.laid), code=NOT_PERMITTED, **machine)
