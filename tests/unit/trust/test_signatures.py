"""Signing and checking, with the real ssh-keygen on both sides."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from bundler.errors import BundleError, HostError, InputError, SignatureError
from bundler.report import RecordingReporter, Reporter
from bundler.trust.signature_check import SignaturePolicy, Verdict, check_signatures, count_signers
from bundler.trust.signed_content import MOST_SIGNATURES, signed_content
from bundler.trust.signing import Signer
from bundler.trust.ssh_keygen import NAMESPACE, SshKeygen, key_of, unlocked_kind
from tests.support import only_linux
from tests.support.ssh_keys import allow, keygen, make_key, needs_ssh_keygen, public

pytestmark = needs_ssh_keygen

CONTENT = b"PK an archive" * 99
PAST = 'valid-before="20200101"'
FUTURE = 'valid-after="29990101"'


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "out" / "x.zip"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


def sign(bundle: Path, key: Path) -> Path:
    return Signer(key, os.environ).sign(bundle, Reporter())


def check(bundle: Path, signers: Path, threshold: int = 1, *identities: str) -> tuple[Verdict, ...]:
    policy = SignaturePolicy(allowed_signers=signers, threshold=threshold, identities=identities)
    return check_signatures(bundle, policy, os.environ, Reporter())


def refused(bundle: Path, signers: Path, threshold: int = 1, *identities: str) -> BundleError:
    with pytest.raises(BundleError) as caught:
        check(bundle, signers, threshold, *identities)
    return caught.value


def test_who_signed_is_found_and_the_archive_is_as_it_was(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    file = sign(bundle, keys["alice"])
    assert bundle.read_bytes() == CONTENT
    assert file.parent == bundle.parent
    (verdict,) = check(bundle, signers)
    assert (verdict.file, verdict.identities) == (file, ("alice@example.com",))
    assert verdict.key == keygen("-lf", keys["alice"]).decode().split()[1]


def test_ssh_keygen_itself_verifies_what_we_sign(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    file = sign(bundle, keys["alice"])
    keygen("-Y", "verify", "-f", signers, "-I", "alice@example.com", "-n", NAMESPACE, "-s", file, content=CONTENT)


def test_archives_are_hashed_by_sha256_whose_instructions_processors_have(bundle: Path, keys: dict[str, Path]) -> None:
    text = sign(bundle, keys["alice"]).read_text(encoding="ascii").splitlines()
    assert b"\0\0\0\x06sha256\0\0\0" in base64.b64decode("".join(text[1:-1]))


def test_we_verify_what_ssh_keygen_itself_signs(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    keygen("-Y", "sign", "-f", keys["bob"], "-n", NAMESPACE, bundle)
    assert check(bundle, signers)[0].file.name == "x.zip.sig"


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_other_kinds_of_keys(bundle: Path, tmp_path: Path, kind: str) -> None:
    key = make_key(tmp_path / "key", kind)
    sign(bundle, key)
    assert check(bundle, allow(tmp_path / "signers", f"me {public(key)}"))[0].identities == ("me",)


def test_a_folder_is_signed_by_its_sums(tmp_path: Path, keys: dict[str, Path], signers: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "SHA256SUMS").write_bytes(b"sums")
    file = sign(folder, keys["alice"])
    assert file.parent == tmp_path
    assert file.name.startswith("x.SHA256SUMS.")
    assert check(folder, signers)
    (folder / "SHA256SUMS").write_bytes(b"Sums")
    assert refused(folder, signers).reference == "bundle-signature-refused"


def test_nothing_but_what_was_built_is_signed(
    bundle: Path, tmp_path: Path, keys: dict[str, Path], signers: Path
) -> None:
    """Others may write where bundles are put, and have hours for it where several are built, or rehearsed."""
    signer, built = Signer(keys["alice"], os.environ), hashlib.sha256(CONTENT).hexdigest()
    signer.sign(bundle, Reporter(), sha256=built).unlink()
    bundle.unlink()
    bundle.write_bytes(CONTENT + b"evil")
    with pytest.raises(SignatureError) as caught:
        signer.sign(bundle, Reporter(), sha256=built)
    assert caught.value.reference == "signing-failed"
    assert list(bundle.parent.iterdir()) == [bundle]
    folder = tmp_path / "y"
    folder.mkdir()
    (folder / "SHA256SUMS").write_bytes(b"sums")
    assert signer.sign(folder, Reporter(), sha256=hashlib.sha256(b"sums").hexdigest()).is_file()
    assert check(folder, signers)


@only_linux.LINKS
def test_what_was_shown_when_it_was_written_is_signed_whatever_lies_there_now(
    bundle: Path, tmp_path: Path, keys: dict[str, Path], signers: Path
) -> None:
    built = hashlib.sha256(CONTENT).hexdigest()
    with Signer(keys["alice"], os.environ) as signer:
        begin(signer, tmp_path / "scratch", CONTENT)
        begin(signer, tmp_path / "scratch", b"another archive")
        bundle.write_bytes(b"evil")
        signer.sign(bundle, Reporter(), sha256=built)
        assert refused(bundle, signers).reference == "bundle-signature-refused"
        bundle.write_bytes(CONTENT)
        assert check(bundle, signers)[0].identities == ("alice@example.com",)
        bundle.write_bytes(b"not shown")
        signer.sign(bundle, Reporter(), sha256=hashlib.sha256(b"not shown").hexdigest())
        assert check(bundle, signers)


def test_lines_of_allowed_signers_that_nobody_can_read_are_named(
    bundle: Path, tmp_path: Path, keys: dict[str, Path]
) -> None:
    sign(bundle, keys["alice"])
    mine = f"alice@example.com {public(keys['alice'])}"
    error = refused(
        bundle, allow(tmp_path / "mine", "# us", "bob@example.com", mine.replace("ssh-ed25519 A", "ssh-ed25519 "))
    )
    assert "of the file of allowed signers, line 2: missing key; line 3: invalid key" in error.context[0]
    assert check(bundle, allow(tmp_path / "mine", "bob@example.com", mine))


@only_linux.LINKS
def test_a_build_that_fails_leaves_no_ssh_keygen_behind(tmp_path: Path, keys: dict[str, Path]) -> None:
    with Signer(keys["alice"], os.environ) as signer:
        for content in (CONTENT, b"another"):
            begin(signer, tmp_path / "scratch", content)
        runs = [*signer._begun.values()]
    assert [run._process.poll() is not None for run in runs] == [True, True]


def test_a_key_that_may_ask_for_its_passphrase_does_it_when_all_is_written(bundle: Path, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    keygen("-q", "-p", "-N", "a passphrase", "-f", key)
    for each in (key, tmp_path / "key.pub"):
        with Signer(each, os.environ) as signer:
            signer.demand_fit()
            signer.begin(bundle, "1" * 64)
            assert signer._begun == {}


def test_a_key_that_cannot_sign_is_one_error_before_and_after(bundle: Path, keys: dict[str, Path]) -> None:
    broken = bundle.parent / "broken"
    text = keys["alice"].read_text(encoding="ascii")
    broken.write_text(text[: len(text) // 2], encoding="ascii")
    broken.chmod(0o600)
    with Signer(broken, os.environ) as signer:
        with pytest.raises(SignatureError, match="can't sign"):
            signer.demand_fit()
        signer.begin(bundle, hashlib.sha256(CONTENT).hexdigest())
        with pytest.raises(SignatureError) as caught:
            signer.sign(bundle, Reporter(), sha256=hashlib.sha256(CONTENT).hexdigest())
    assert caught.value.reference == "signing-failed"
    assert sorted(each.name for each in bundle.parent.iterdir()) == ["broken", "x.zip"]


def begin(signer: Signer, scratch: Path, content: bytes) -> None:
    """As a build does: what it shows is gone by another name a moment later."""
    scratch.write_bytes(content)
    signer.begin(scratch, hashlib.sha256(content).hexdigest())
    scratch.unlink()


def test_several_sign_beside_each_other_and_each_again_in_place(
    bundle: Path, keys: dict[str, Path], signers: Path
) -> None:
    files = {sign(bundle, keys[name]) for name in ("alice", "bob", "alice")}
    assert len(files) == 2
    assert len(check(bundle, signers, 2)) == 2


def test_one_signer_counts_once(bundle: Path, tmp_path: Path, keys: dict[str, Path]) -> None:
    for name in ("alice", "bob"):
        sign(bundle, keys[name])
    both_of_one = allow(tmp_path / "s", *(f"alice {public(keys[name])}" for name in ("alice", "bob")))
    assert len(check(bundle, both_of_one)) == 2
    error = refused(bundle, both_of_one, 2)
    assert error.reference == "bundle-signature-refused"
    assert "1 signer that counts, and must be by 2" in error.message


@pytest.mark.parametrize(
    ("found", "count"),
    [
        ([], 0),
        ([("", ())], 0),
        ([("1", ("a",)), ("2", ("b",))], 2),
        ([("1", ("a",)), ("1", ("b",))], 1),
        ([("1", ("a",)), ("2", ("b",)), ("3", ("a", "b"))], 1),
        ([("1", ("a", "b")), ("2", ("c",)), ("3", ("b",))], 2),
    ],
)
def test_signers_are_counted_by_key_and_by_name(found: list[tuple[str, tuple[str, ...]]], count: int) -> None:
    verdicts = [Verdict(file=Path("x"), key=key, identities=names) for key, names in found]
    assert count_signers(verdicts) == count


def test_a_certificate_counts_by_its_own_name(bundle: Path, tmp_path: Path, keys: dict[str, Path]) -> None:
    authority, mine = keys["eve"], make_key(tmp_path / "mine")
    keygen("-q", "-s", authority, "-I", "id", "-n", "carol@example.com", f"{mine}.pub")
    sign(bundle, tmp_path / "mine-cert.pub")
    signers = allow(tmp_path / "s", f"*@example.com cert-authority {public(authority)}")
    (verdict,) = check(bundle, signers)
    assert verdict.identities == ("carol@example.com",)
    assert verdict.key == keygen("-lf", mine).decode().split()[1]
    # the same key without its certificate is the same signer
    sign(bundle, mine)
    allow(signers, f"*@example.com cert-authority {public(authority)}", f"dave {public(mine)}")
    assert refused(bundle, signers, 2).reference == "bundle-signature-refused"


REFUSED = {
    "nobody": "",
    "expired": f"alice@example.com {PAST} KEY",
    "not yet": f"alice@example.com {FUTURE} KEY",
    "for something else": 'alice@example.com namespaces="git" KEY',
    "another name's pattern": "!alice@example.com KEY",
    "nonsense": "\0\xff alice",
    "unknown option": "alice@example.com frobnicate KEY",
}


@pytest.mark.parametrize("case", REFUSED)
def test_who_is_not_allowed_is_refused(bundle: Path, tmp_path: Path, keys: dict[str, Path], case: str) -> None:
    sign(bundle, keys["alice"])
    error = refused(bundle, allow(tmp_path / "s", REFUSED[case].replace("KEY", public(keys["alice"]))))
    assert (error.reference, error.exit_code, len(error.context)) == ("bundle-signature-refused", 10, 1)


def test_a_signature_for_another_purpose_is_refused(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    keygen("-Y", "sign", "-f", keys["alice"], "-n", "git", bundle)
    assert "it was made for git" in refused(bundle, signers).context[0]


def test_a_wrong_signature_beside_a_good_one_is_told_and_harms_nothing(
    bundle: Path, keys: dict[str, Path], signers: Path
) -> None:
    sign(bundle, keys["alice"])
    sign(bundle, keys["eve"])
    (bundle.parent / "x.zip.broken.sig").write_bytes(b"nonsense")
    found = check(bundle, signers)
    assert sorted(bool(each.identities) for each in found) == [False, False, True]
    assert all(each.why for each in found if not each.identities)


def test_only_identities_that_were_asked_for_count(bundle: Path, tmp_path: Path, keys: dict[str, Path]) -> None:
    sign(bundle, keys["alice"])
    sign(bundle, keys["bob"])
    signers = allow(
        tmp_path / "s", f"alice@a.test,al@b.test {public(keys['alice'])}", f"*@b.test {public(keys['bob'])}"
    )
    assert {each.identities for each in check(bundle, signers, 1, "al*@a.test")} == {("alice@a.test",), ()}
    assert len([each for each in check(bundle, signers, 2, "*@b.test") if each.identities]) == 2
    # a file that allows a whole domain has no names to compare: ssh-keygen compares
    assert {each.identities for each in check(bundle, signers, 1, "bob@b.test")} == {("bob@b.test",), ()}
    assert refused(bundle, signers, 1, "bob@c.test").reference == "bundle-signature-refused"
    assert refused(bundle, signers, 1, "[a-z]*@a.test").reference == "bundle-signature-refused"


def test_a_changed_byte_anywhere_is_refused(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    file = sign(bundle, keys["alice"])
    whole = file.read_bytes()
    for path, places in ((bundle, (0, len(CONTENT) // 2, len(CONTENT) - 1)), (file, range(0, len(whole), 23))):
        content = path.read_bytes()
        for place in places:
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            assert refused(bundle, signers).reference == "bundle-signature-refused", (path, place)
        path.write_bytes(content)
    key = signers.read_bytes()
    place = key.index(b"AAAAC3") + 30
    signers.write_bytes(key[:place] + bytes([key[place] ^ 1]) + key[place + 1 :])
    assert refused(bundle, signers).reference == "bundle-signature-refused"


def test_without_a_signature_it_says_where_one_is_looked_for(bundle: Path, signers: Path) -> None:
    for name in ("x.zip.a.b.sig", "x.zip.sig.old", "y.zip.sig", "x.zip..sig"):
        (bundle.parent / name).write_bytes(b"")
    error = refused(bundle, signers)
    assert (error.reference, error.exit_code) == ("bundle-unsigned", 10)
    assert error.context == (str(bundle.parent / "x.zip.*.sig"),)


def test_too_many_signatures_are_not_tried(bundle: Path, signers: Path) -> None:
    for number in range(MOST_SIGNATURES + 1):
        (bundle.parent / f"x.zip.{number}.sig").write_bytes(b"")
    assert refused(bundle, signers).reference == "bundle-signatures-too-many"


@only_linux.LINKS
def test_what_lies_beside_is_not_followed(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    file = sign(bundle, keys["alice"])
    file.rename(bundle.parent / "kept")
    file.symlink_to(bundle.parent / "kept")
    os.mkfifo(bundle.parent / "x.zip.pipe.sig")
    assert all("can't be read" in each for each in refused(bundle, signers).context)


@only_linux.MODES
@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_signers_that_others_can_write_are_refused(
    bundle: Path, keys: dict[str, Path], signers: Path, mode: int
) -> None:
    sign(bundle, keys["alice"])
    signers.chmod(mode)
    error = refused(bundle, signers)
    assert (error.reference, error.exit_code) == ("signers-unsafe", 10)
    assert str(signers) in error.message


@only_linux.MODES
def test_signers_in_a_folder_that_others_can_write_are_refused(
    bundle: Path, tmp_path: Path, keys: dict[str, Path]
) -> None:
    sign(bundle, keys["alice"])
    folder = tmp_path / "open"
    (folder / "below").mkdir(parents=True)
    signers = allow(folder / "below" / "s", f"alice {public(keys['alice'])}")
    link = tmp_path / "link"
    link.symlink_to(signers)
    folder.chmod(0o777)
    assert refused(bundle, signers).reference == "signers-unsafe"
    assert refused(bundle, link).reference == "signers-unsafe"
    folder.chmod(0o777 | stat.S_ISVTX)
    assert check(bundle, signers)


def test_files_that_are_not_there_are_named(bundle: Path, tmp_path: Path, signers: Path) -> None:
    missing = refused(bundle, tmp_path / "none")
    assert (missing.reference, "OpenSSH's format" in missing.hint) == ("signers-unreadable", True)
    gone = refused(tmp_path / "none.zip", signers)
    assert (gone.reference, gone.hint) == ("bundle-unreadable", "name the archive or its folder")
    (tmp_path / "large").write_bytes(b"\n" * 1_048_577)
    (tmp_path / "large").chmod(0o600)
    assert refused(bundle, tmp_path / "large").reference == "signers-unreadable"
    with pytest.raises(SignatureError, match="no key"):
        Signer(tmp_path / "none", os.environ)
    with pytest.raises(InputError):
        sign(tmp_path / "none.zip", make_key(tmp_path / "key"))


def test_a_key_that_cannot_sign_is_one_error(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"-----BEGIN OPENSSH PRIVATE KEY-----\nno key\n")
    (tmp_path / "key").chmod(0o600)
    reporter = RecordingReporter(Reporter())
    with pytest.raises(SignatureError) as caught:
        Signer(tmp_path / "key", os.environ).sign(bundle, reporter)
    assert (caught.value.reference, caught.value.exit_code) == ("signing-failed", 10)
    assert caught.value.context
    assert [each.name for each in bundle.parent.iterdir()] == ["x.zip"]


@pytest.mark.parametrize("content", [b"", b"no key", b"# ssh-ed25519 AAAA\n", bytes(range(256)) * 10, b"-" * 100_000])
def test_a_file_that_holds_no_key_is_found_out_before_anything_is_built(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(SignatureError, match="is not a key") as caught:
        Signer(tmp_path / "key", os.environ)
    assert caught.value.reference == "signing-failed"


def test_a_key_in_any_form_is_left_to_ssh_keygen(tmp_path: Path) -> None:
    public = make_key(tmp_path / "key", "ecdsa").with_name("key.pub")
    noted = tmp_path / "noted"
    noted.write_text("# of the release\n\n" + public.read_text("utf-8"), encoding="utf-8")
    bag = tmp_path / "bag"
    bag.write_text("Bag Attributes: none\r\n-----BEGIN RSA PRIVATE KEY-----\r\n", encoding="utf-8")
    for each in (tmp_path / "key", public, noted, bag):
        assert key_of(each) == each


@only_linux.SHELL
def test_a_key_that_only_an_agent_has_signs_by_its_public_half(bundle: Path, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    printed = subprocess.run(["ssh-agent", "-c"], capture_output=True, text=True, check=True).stdout
    agent = {line.split()[1]: line.split()[2].rstrip(";") for line in printed.splitlines() if line.startswith("setenv")}
    environ = {**os.environ, **agent}
    try:
        subprocess.run(["ssh-add", "-q", str(key)], env=environ, check=True)
        key.unlink()
        Signer(tmp_path / "key.pub", environ).sign(bundle, Reporter())
    finally:
        subprocess.run(["ssh-agent", "-k"], env=environ, check=True, capture_output=True)
    assert check(bundle, allow(tmp_path / "signers", f"me {public(key)}"))[0].identities == ("me",)
    with pytest.raises(SignatureError):
        Signer(tmp_path / "key.pub", os.environ | {"SSH_AUTH_SOCK": ""}).sign(bundle, Reporter())


def stand_in(folder: Path, words: str) -> dict[str, str]:
    """An ssh-keygen that refuses with these words, as the old ones do."""
    folder.mkdir()
    path = folder / "ssh-keygen"
    path.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n", encoding="ascii")
    path.chmod(0o755)
    return {"PATH": str(folder)}


SPEAKING = """\
#!/bin/sh
echo 'Confirm user presence for key ED25519-SK SHA256:abc' >&2
echo 'User presence confirmed' >&2
echo 'Something new' >&2
exec {program} "$@"
"""


@only_linux.SHELL
@needs_ssh_keygen
def test_what_is_said_while_a_key_signs(bundle: Path, tmp_path: Path, keys: dict[str, Path]) -> None:
    """What ssh-keygen says of itself stood on the screen: that it was signing data on standard input."""
    program = shutil.which("ssh-keygen")
    assert program is not None
    speaking = tmp_path / "bin" / "ssh-keygen"
    speaking.parent.mkdir()
    speaking.write_text(SPEAKING.format(program=program), encoding="ascii")
    speaking.chmod(0o755)
    said: dict[str, list[str]] = {}
    for path in (os.path.dirname(program), str(speaking.parent)):  # noqa: PTH120 - as PATH has it
        reporter = RecordingReporter(Reporter())
        Signer(keys["alice"], os.environ | {"PATH": path}).sign(bundle, reporter)
        said[path] = [words for _, words in reporter.said]
    assert list(said.values()) == [
        [],
        [
            "Touch the key ED25519-SK SHA256:abc: it signs no earlier",
            "ssh-keygen says: Something new",
        ],
    ]


@only_linux.SHELL
@pytest.mark.parametrize("words", ["unknown option -- Y", 'Unsupported operation for -Y: "x"'])
def test_an_old_ssh_keygen_is_one_error(
    bundle: Path, tmp_path: Path, keys: dict[str, Path], signers: Path, words: str
) -> None:
    sign(bundle, keys["alice"])
    environ = stand_in(tmp_path / "bin", words)
    with pytest.raises(HostError) as caught:
        check_signatures(bundle, SignaturePolicy(allowed_signers=signers), environ, Reporter())
    assert caught.value.reference == "ssh-keygen-too-old"
    with pytest.raises(HostError) as caught:
        Signer(keys["alice"], environ).sign(bundle, Reporter())
    assert caught.value.reference == "ssh-keygen-too-old"


def test_without_ssh_keygen_the_error_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(HostError) as caught:
        SshKeygen({"PATH": str(tmp_path)})
    assert caught.value.reference == "ssh-keygen-missing"
    assert "openssh-client" in caught.value.hint


@pytest.mark.parametrize("name", [".", "../out"])
def test_a_folder_is_found_by_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    assert signed_content(Path(name)).name == "out.SHA256SUMS"


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_the_kind_of_a_key_without_a_passphrase(tmp_path: Path, kind: str) -> None:
    key = make_key(tmp_path / "key", kind)
    assert unlocked_kind(key) == ("ecds" if kind == "ecdsa" else "ssh-")
    assert unlocked_kind(tmp_path / "key.pub") == ""
    assert unlocked_kind(tmp_path / "none") == ""
    keygen("-q", "-p", "-N", "", "-m", "PEM", "-f", key) if kind == "rsa" else key.write_text("x")
    assert unlocked_kind(key) == ""


def test_a_key_in_hardware_is_told_by_its_kind(tmp_path: Path) -> None:
    """By PROTOCOL.key and PROTOCOL.u2f; nobody touches one here."""
    texts = (b"none", b"none", b"")
    kind = b"sk-ssh-ed25519@openssh.com"
    blob = len(kind).to_bytes(4, "big") + kind + bytes(64)
    record = b"openssh-key-v1\0" + b"".join(len(each).to_bytes(4, "big") + each for each in texts)
    record += (1).to_bytes(4, "big") + len(blob).to_bytes(4, "big") + blob
    text = base64.b64encode(record).decode("ascii")
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    key = tmp_path / "key"
    key.write_text("\n".join(["-----BEGIN OPENSSH PRIVATE KEY-----", *lines, ""]), encoding="ascii")
    assert unlocked_kind(key) == "sk-s"
    Signer(key, os.environ).demand_fit()
