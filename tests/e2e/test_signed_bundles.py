"""Signed and unsigned bundles in Wine: bundle-check.cmd in its cmd before they are unpacked, bootstrap.bat afterwards, by a policy that
an administrator placed. This host's ssh-keygen verifies for both.
"""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

import pytest

from bundler.trust.site_folder import write_site_folder
from bundler.trust.site_policy import PolicyLine
from tests.e2e.test_lifecycle import recipe
from tests.support.rehearse import bootstrap, unpack
from tests.support.ssh_keys import keygen, make_key, needs_ssh_keygen, public
from tests.support.trust_tools import CLOSED, TrustTools, close_folder, trust_tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.support.bed import Bed, Result

pytestmark = [pytest.mark.e2e, pytest.mark.network, needs_ssh_keygen]

PYTHONS = ("python-3.11.7-embed-amd64.zip",)
TRUST = r"C:\ProgramData\bundle\trust"
FILES = ("allowed_signers", "policy", "bundle-check.cmd", "utf16-mark")
NAMESPACE = "bundle@offline-bundler"
INBOX = r"C:\in & (x) ^ %PATH% !a! é"
NAME = "example-1.0-3.11.9-win_amd64.zip"


class Machine:
    """A Windows whose administrator ran place.cmd, and the keys of two who may sign."""

    def __init__(self, tools: TrustTools, scratch: Path) -> None:
        self.tools, self.windows, self.scratch = tools, tools.windows, scratch
        self.build, self.review = make_key(scratch / "build"), make_key(scratch / "review")
        self.inbox = self.windows.host_path(INBOX)
        self.trust = self.windows.host_path(TRUST)

    def allow(self, *lines: str) -> None:
        (self.trust / "allowed_signers").write_text("".join(f"{each}\n" for each in lines))

    def policy(self, *lines: str) -> None:
        (self.trust / "policy").write_text("".join(f"{each}\r\n" for each in ("# ours", "", *lines)), newline="")

    def reset(self) -> None:
        """As the first test finds it: one archive, and nothing beside it."""
        self.tools.too_old = False
        close_folder(self.tools, TRUST, (*FILES, "sums"))
        (self.trust / "sums").unlink(missing_ok=True)
        shutil.rmtree(self.inbox, ignore_errors=True)
        self.inbox.mkdir(parents=True)
        (self.inbox / NAME).write_bytes(b"an archive")
        self.allow(f'build@x namespaces="{NAMESPACE}" {public(self.build)}', f"review@x {public(self.review)}")
        self.policy(f"example 1 {NAMESPACE} build@x review@x")

    def sign(self, key: Path, who: str = "0123", name: str = NAME, namespace: str = NAMESPACE) -> Path:
        keygen("-Y", "sign", "-n", namespace, "-f", key, self.inbox / name)
        return (self.inbox / f"{name}.sig").rename(self.inbox / f"{name}.{who}.sig")

    def check(self, *arguments: str, folder: str = INBOX, **variables: str) -> Result:
        command = [TRUST + r"\bundle-check.cmd", *(arguments or (NAME,))]
        return self.windows.run(command, cwd=folder, env=self.tools.environ | variables, timeout=300)


@pytest.fixture(scope="module")
def placed(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    scratch = tmp_path_factory.mktemp("trust")
    with bed.session(scratch / "prefix") as session, trust_tools(session, scratch) as tools:
        machine = Machine(tools, scratch)
        line = PolicyLine(bundle="*", threshold=1, namespace=NAMESPACE, principals=("build@x",))
        allowed = f"build@x {public(machine.build)}\n".encode()
        for path in write_site_folder(scratch / "made", allowed, [line], force=False):
            session.copy_in(path, rf"C:\made\{path.name}")
        close_folder(tools, TRUST, FILES)
        done = session.run([r"C:\made\place.cmd"], env=tools.environ, timeout=300)
        assert done.returncode == 0, done.output
        assert f'Only administrators can change this folder: "{TRUST}"' in done.output
        yield machine


@pytest.fixture
def machine(placed: Machine) -> Machine:
    placed.reset()
    return placed


def refused(machine: Machine, *arguments: str, code: int = 1625) -> str:
    done = machine.check(*arguments)
    assert done.returncode == code, done.output
    return str(done.output)


def test_what_an_administrator_places(placed: Machine) -> None:
    """Owners, then lists of rights in the place of those that were there, by SIDs: names are the language's."""
    asked = [each[1:] for each in placed.tools.calls if each[0] == "icacls.exe" and "/save" not in each]
    users = ("*S-1-5-32-545:(OI)(CI)RX", "*S-1-3-4:(OI)(CI)RX", "/q")
    grant = ("/inheritance:r", "/grant:r", "*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F", *users)
    new = next(each[0] for each in asked)
    assert new.startswith(TRUST.rpartition("\\")[0] + "-new-")
    for folder in (new, new + r"\trust"):
        assert (folder, "/setowner", "*S-1-5-32-544", "/q") in asked
        assert asked.index((folder, "/reset", "/q")) < asked.index((folder, *grant))
    assert {each.name for each in placed.trust.iterdir()} >= set(FILES)


def test_what_others_have_put_there_before_gets_no_rights(machine: Machine) -> None:
    """Every account may make folders there: what lies in one isn't believed, and a link in it leads elsewhere."""
    above = machine.trust.parent
    (machine.trust / "sums").write_text("0" * 64)
    (machine.trust / "policy").write_text("* 0 -")
    (above / "seen-example.json").write_text("{}")
    (machine.trust / "other").mkdir()
    victim = machine.trust.parent.parent / "victim"
    victim.mkdir()
    (victim / "precious").write_text("x")
    (machine.trust / "utf16-mark").unlink()
    (machine.trust / "utf16-mark").symlink_to("../../victim", target_is_directory=True)
    planted = {each.name for each in machine.trust.iterdir()}
    machine.tools.calls.clear()
    done = machine.windows.run([r"C:\made\place.cmd"], env=machine.tools.environ, timeout=300)
    assert done.returncode == 0, done.output
    assert "Something else lay there before" in done.output
    changed = [each for each in machine.tools.calls if each[0] == "icacls.exe" and "/save" not in each]
    assert all(each[1].startswith(r"C:\ProgramData\bundle-new-") for each in changed)
    assert {each.name for each in above.iterdir()} == {"trust", "seen-example.json"}
    assert {each.name for each in machine.trust.iterdir()} == set(FILES)
    assert "* 0 -" not in (machine.trust / "policy").read_text()
    (old,) = above.parent.glob("bundle-old-*")
    assert {each.name for each in (old / "trust").iterdir()} == planted
    # DEL of a link's name removes all files that it leads to
    assert (victim / "precious").read_text() == "x"
    assert not list(above.parent.glob("bundle-new-*"))
    shutil.rmtree(old)
    shutil.rmtree(victim)


def test_an_earlier_one_of_ours_goes(machine: Machine) -> None:
    above = machine.trust.parent
    (machine.trust / "sums").write_text("0" * 64)
    machine.tools.old_is_ours = True
    try:
        done = machine.windows.run([r"C:\made\place.cmd"], env=machine.tools.environ, timeout=300)
    finally:
        machine.tools.old_is_ours = False
    assert done.returncode == 0, done.output
    assert "Something else lay there before" not in done.output
    assert {each.name for each in machine.trust.iterdir()} == set(FILES)
    assert not list(above.parent.glob("bundle-old-*"))


def test_one_that_is_signed(machine: Machine) -> None:
    machine.sign(machine.build)
    done = machine.check()
    assert done.returncode == 0, done.output
    assert f'"{NAME}" is signed as this site asks of the bundle example:' in done.output
    assert "build@x" in done.output


def test_one_that_is_not_or_by_others(machine: Machine) -> None:
    assert "is signed by 0 of those who may sign" in refused(machine)
    machine.sign(make_key(machine.scratch / "stranger"), "stranger")
    machine.sign(machine.review, "purpose", namespace="file")
    text = refused(machine)
    assert f"no:     {NAME}.purpose.sig counts for nobody who may sign" in text
    assert "is signed by 0 of those" in text


def test_one_whose_bytes_are_others(machine: Machine) -> None:
    machine.sign(machine.build)
    (machine.inbox / NAME).write_bytes(b"An archive")
    assert "is signed by 0 of those" in refused(machine)


def test_one_signer_counts_once(machine: Machine) -> None:
    """With two signatures, with two keys, under two names."""
    second = make_key(machine.scratch / "second")
    machine.allow(*(f"{who} {public(key)}" for who, key in [
        ("build@x", machine.build), ("build@x", second), ("again@x", second), ("review@x", machine.review),
    ]))  # fmt: skip
    machine.policy(f"example 2 {NAMESPACE} build@x again@x review@x")
    machine.sign(machine.build, "a")
    machine.sign(second, "b")
    shutil.copy(machine.inbox / f"{NAME}.a.sig", machine.inbox / f"{NAME}.again.sig")
    assert "is signed by 1 of those" in refused(machine)
    machine.sign(machine.review, "c")
    done = machine.check()
    assert done.returncode == 0, done.output


def test_variables_of_an_account_change_nothing(machine: Machine) -> None:
    """With those of its own lists somebody's second key would count as somebody else, and with ``RANDOM`` it would try for ever."""
    second = make_key(machine.scratch / "preset")
    machine.allow(f"build@x {public(machine.build)}", f"build@x {public(second)}")
    machine.policy(f"example 2 {NAMESPACE} build@x review@x")
    machine.sign(machine.build, "a")
    machine.sign(second, "b")
    done = machine.check(**{"G_build@x": "build@x", "RANDOM": "1", "DIRCMD": "/o-n /x", "ERRORLEVEL": "0"})
    assert (done.returncode, "is signed by 1 of those" in done.output) == (1625, True), done.output
    assert not list(machine.trust.glob("check-*"))


def test_a_signer_of_another_bundle_and_one_that_has_expired(machine: Machine) -> None:
    machine.policy(f"* 1 {NAMESPACE} build@x", f"EXAMPLE 1 {NAMESPACE} review@x", f"example-2 1 {NAMESPACE} build@x")
    machine.sign(machine.build)
    assert "those who may sign it: review@x" in refused(machine)
    machine.allow(f'review@x valid-before="20200101" {public(machine.review)}')
    machine.sign(machine.review, "late")
    assert "is signed by 0 of those" in refused(machine)


def test_a_bundle_that_the_policy_does_not_know(machine: Machine) -> None:
    machine.policy(f"exam 1 {NAMESPACE} build@x")
    assert "The policy has no line for the bundle example" in refused(machine)
    machine.policy("example x y z")
    assert "is malformed" in refused(machine, code=1603)
    machine.policy(f"example 1 {NAMESPACE} build@x", f"example 1 {NAMESPACE} review@x")
    assert "is malformed" in refused(machine, code=1603)
    machine.sign(machine.build)
    machine.policy(f"example 08 {NAMESPACE} build@x review@x")
    assert "is malformed" in refused(machine, code=1603)
    machine.policy("* 0 -")
    assert machine.check().returncode == 0


def test_a_name_that_no_build_gives(machine: Machine) -> None:
    """Whatever a program names, nothing of it is a command."""
    for name in (
        "a & copy x injected & b-1.0-3.11.9-win_amd64.zip",
        "(a^)-1.0-3.11.9-win_amd64.zip",
        "é-1.0-3-a.zip",
        "a--1.0-3.11.9-b.zip",
    ):
        shutil.copy(machine.inbox / NAME, machine.inbox / name)
        assert "isn't the name that a build gives to an archive" in refused(machine, name)
    assert not list(machine.inbox.glob("injected*"))
    assert "There is no such file" in refused(machine, "%PATH%-1.0-3.11.9-win_amd64.zip", code=1639)


def test_signatures_with_strange_names_are_none(machine: Machine) -> None:
    good = machine.sign(machine.build)
    for each in ("a & echo x", "%PATH%", "a^b", "(a)"):
        shutil.copy(good, machine.inbox / f"{NAME}.{each}.sig")
    (machine.inbox / f"{NAME}.large.sig").write_bytes(b"x" * 70000)
    machine.tools.calls.clear()
    assert machine.check().returncode == 0
    given = {each[each.index("-s") + 1] for each in machine.tools.calls if "-s" in each}
    assert given == {rf"{INBOX}\{good.name}"}


@pytest.mark.parametrize(("place", "rights", "why"), [
    (TRUST, CLOSED + "(A;OICI;0x1301bf;;;BU)", "can be changed, or moved, by others than administrators (BU)"),
    (TRUST + r"\policy", CLOSED + "(A;;FA;;;S-1-5-21-1-2-3-1001)", "others than administrators (S-1-5-21-1-2-3-1001)"),
    (TRUST + r"\allowed_signers", CLOSED + "(A;;DCLCRPCR;;;BU)", "others than administrators (BU)"),
    (TRUST, CLOSED.replace("(A;OICI;0x1200a9;;;OW)", ""), "whoever owns it may change who may change it"),
    (TRUST, CLOSED.replace("0x1200a9;;;OW", "FA;;;OW"), "others than administrators (OW)"),
    (TRUST.rpartition("\\")[0], CLOSED + "(A;;SD;;;WD)", "others than administrators (WD)"),
    (r"C:\ProgramData", "D:PAI(A;OICI;FA;;;BU)", "others than administrators (BU)"),
    (TRUST, "D:NO_ACCESS_CONTROL", "can't be found out"),
    (TRUST, CLOSED + '(XA;;FX;;;S-1-1-0;(@User.Title=="PM"&&1))', "can't be found out"),
    (TRUST, CLOSED + "(A;;ZZ;;;BU)", "others than administrators (BU)"),
    (TRUST, "", "can't be found out"),
])  # fmt: skip
def test_what_others_may_have_written_decides_nothing(machine: Machine, place: str, rights: str, why: str) -> None:
    machine.sign(machine.build)
    machine.tools.lists[place.lower()] = rights
    assert why in refused(machine)


def test_without_an_able_keygen_the_sum_on_paper_decides(machine: Machine) -> None:
    machine.tools.too_old = True
    assert "no ssh-keygen that can verify" in refused(machine, code=1603)
    digest = hashlib.sha256(b"an archive").hexdigest()
    assert "is another one than you gave" in refused(machine, NAME, "0" * 64)
    for wrong in (digest[:-1], digest + "0", "g" * 64):
        refused(machine, NAME, wrong, code=1639)
    done = machine.check(NAME, digest.upper())
    assert done.returncode == 0, done.output
    assert (machine.trust / "sums").read_text("ascii").split() == [digest, NAME]
    machine.tools.too_old = False
    assert "is signed by 0 of those" in refused(machine, NAME, digest)


@pytest.fixture
def of_a_user(machine: Machine) -> Iterator[Machine]:
    """The script in the hands of an account that may not write beside it."""
    script = machine.trust / "bundle-check.cmd"
    content = script.read_bytes()
    assert content.count(b'"SCRATCH=%HOME%check-') == 1
    script.write_bytes(content.replace(b'"SCRATCH=%HOME%check-', b'"SCRATCH=%HOME%?check-'))
    yield machine
    script.write_bytes(content)


def test_who_may_not_write_beside_it_has_a_folder_in_its_own_profile(of_a_user: Machine) -> None:
    r"""Among temporary files (``TEMP`` is C:\Temp) others could put their own folder in the place of a new one, and answers into it."""
    of_a_user.sign(of_a_user.build)
    of_a_user.tools.calls.clear()
    done = of_a_user.check(TEMP=r"C:\shared", LOCALAPPDATA=r"C:\users\anna é\Local")
    assert done.returncode == 0, done.output
    program, place, *closed = of_a_user.tools.calls[0]
    assert (program, closed) == ("icacls.exe", ["/inheritance:r", "/grant:r", "*S-1-3-4:(OI)(CI)F", "/q"])
    assert place.startswith("C:\\users\\anna é\\Local\\bundle-check-")
    assert not list(of_a_user.windows.host_path("C:\\users\\anna é\\Local").iterdir())
    assert not of_a_user.windows.host_path(r"C:\shared").exists()


def test_what_lies_in_that_folder_already_is_no_good(of_a_user: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    of_a_user.sign(of_a_user.build)
    answer = of_a_user.tools._icacls

    def planting(arguments: Sequence[str]) -> tuple[int, bytes]:
        if arguments[1] == "/inheritance:r":
            (of_a_user.windows.host_path(arguments[0]) / "said").write_text("planted")
        return answer(arguments)

    monkeypatch.setattr(of_a_user.tools, "_icacls", planting)
    for local in (r"C:\users\anna", r"C:\no?"):
        done = of_a_user.check(LOCALAPPDATA=local)
        assert done.returncode == 1603, done.output
        assert "No folder that nobody else can write to can be made" in done.output


def test_programs_start_in_windows_own_folder(machine: Machine) -> None:
    """A DLL that one of them lacks would be taken from the current one, into which others may write."""
    machine.sign(machine.build)
    machine.tools.folders.clear()
    assert machine.check().returncode == 0
    assert {each.lower() for each in machine.tools.folders} == {r"c:\windows\system32"}


def test_wrong_arguments(machine: Machine) -> None:
    assert "bundle-check.cmd X.zip" in machine.check("").output
    refused(machine, "none.zip", code=1639)
    refused(machine, TRUST, code=1639)
    refused(machine, NAME, "a", "b", code=1639)


def test_a_signed_bundle_installs_and_an_unsigned_one_does_not(
    machine: Machine, build: Callable[[Path], Path], tmp_path: Path
) -> None:
    machine.policy(f"small 1 {NAMESPACE} build@x")
    archive = build(recipe(tmp_path / "recipe", "1.0"))
    folder = INBOX.replace("%PATH% ", "") + " too"
    place = machine.windows.host_path(folder)
    unpack(machine.windows, archive, folder + r"\unpacked")
    shutil.copy(archive, place)
    run = (rf"{folder}\unpacked\bootstrap.bat",)
    no = machine.windows.run([*run, "/quiet"], env=machine.tools.environ, timeout=900)
    assert no.returncode == 1625, no.output
    assert "small must be signed by 1 of build@x" in no.output
    keygen("-Y", "sign", "-n", NAMESPACE, "-f", machine.build, place / archive.name)
    assert machine.check(rf"{folder}\{archive.name}").returncode == 0
    yes = machine.windows.run([*run], env=machine.tools.environ, timeout=900)
    assert yes.returncode == 0, yes.output
    assert "Signed by build@x, as this machine's policy asks" in yes.output
    assert bootstrap(machine.windows, "/uninstall", folder=folder + r"\unpacked").returncode == 0
