from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError, IntegrityError
from bundler.formats.authenticode import check_signature, read_signature
from bundler.runtime.signatures import TreeSignatures, check_tree
from tests.support import only_linux
from tests.support.programs import make_msi, make_program
from tests.support.signing import CA, PSF, make_ca, make_certificate, make_namesakes, sign
from tests.support.trees import make_tree

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.artifact import Tree

SIGNED_AT = datetime.datetime(2011, 6, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> CA:
    only_linux.require(only_linux.SIGNING)
    return make_ca(tmp_path_factory.mktemp("signing") / "ca")


@pytest.fixture
def roots(ca: CA) -> tuple[Path, ...]:
    return (ca.root.pem,)


def program(path: Path, ca: CA | None = None, **how: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make_msi() if path.suffix == ".msi" else make_program(filler=path.name.encode()))
    if ca is not None:
        sign(path, ca, **how)  # type: ignore[arg-type]
    return path


def refused(file: Path, signer: str = PSF, roots: tuple[Path, ...] = ()) -> IntegrityError:
    with pytest.raises(IntegrityError) as caught:
        check_signature(file, signer=signer, extra_roots=roots)
    assert file.name in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("name", ["python.exe", "python311.dll", "_socket.pyd", "python-2.7.18.msi"])
def test_a_right_signature(name: str, tmp_path: Path, ca: CA, roots: tuple[Path, ...]) -> None:
    found = check_signature(program(tmp_path / name, ca), signer=PSF, extra_roots=roots)
    assert (found.subject_common_name, found.organization, found.issuer) == (PSF, PSF, "Example Test Root")
    assert (found.timestamp, found.digest, found.distrust) == (None, "sha256", "")


def test_sha1_of_the_years_of_2_7_still_counts(tmp_path: Path, ca: CA, roots: tuple[Path, ...]) -> None:
    assert (
        check_signature(program(tmp_path / "a.msi", ca, digest="sha1"), signer=PSF, extra_roots=roots).digest == "sha1"
    )


def test_a_digest_that_can_be_forged_does_not(tmp_path: Path, ca: CA, roots: tuple[Path, ...]) -> None:
    error = refused(program(tmp_path / "a.exe", ca, digest="md5"), roots=roots)
    assert error.reference == "signature-broken"
    assert "md5" in error.context[1]


def test_certificates_that_may_all_have_issued_each_other_are_not_put_together_in_every_way(
    tmp_path: Path, ca: CA, roots: tuple[Path, ...]
) -> None:
    """Nine took a minute, ten ten of them: anybody can put them into a signature, of whomever."""
    few = program(tmp_path / "few.exe", ca, more=make_namesakes(ca, 2))
    assert check_signature(few, signer=PSF, extra_roots=roots).distrust == ""
    many = program(tmp_path / "many.exe", ca, more=make_namesakes(ca, 6))
    error = refused(many, roots=roots)
    assert (error.reference, "too many ways" in error.context[1]) == ("signature-broken", True)


def test_the_organization_may_be_named_too(tmp_path: Path, ca: CA, roots: tuple[Path, ...]) -> None:
    by = make_certificate(ca, "publisher", common_name="Release Signing", organization="Example Ltd")
    file = program(tmp_path / "a.exe", ca, signer=by)
    assert check_signature(file, signer="Example Ltd", extra_roots=roots).subject_common_name == "Release Signing"
    assert check_signature(file, signer="Release Signing", extra_roots=roots).organization == "Example Ltd"


def test_an_unsigned_one(tmp_path: Path) -> None:
    for name in ("a.exe", "a.msi"):
        file = program(tmp_path / name)
        assert read_signature(file) is None
        error = refused(file)
        assert error.reference == "signature-missing"
        assert "unsigned = true" in error.hint


def test_what_is_no_program_is_not_signed(tmp_path: Path) -> None:
    file = tmp_path / "python.exe"
    file.write_bytes(b"#!/bin/sh\n")
    assert read_signature(file) is None


@pytest.mark.parametrize("place", [0x90, 0x250, -200])
def test_a_changed_byte_of_a_program(place: int, tmp_path: Path, ca: CA, roots: tuple[Path, ...]) -> None:
    file = program(tmp_path / "a.exe", ca)
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)
    assert refused(file, roots=roots).reference == "signature-broken"


def test_a_changed_byte_of_an_installer(tmp_path: Path, ca: CA, roots: tuple[Path, ...]) -> None:
    file = tmp_path / "a.msi"
    file.write_bytes(make_msi(filler=b"the content"))
    sign(file, ca)
    file.write_bytes(file.read_bytes().replace(b"the content", b"the c0ntent"))
    assert refused(file, roots=roots).reference == "signature-broken"


@pytest.mark.parametrize("lost", [1, 100, 1500])
def test_a_program_whose_end_is_missing_is_broken_and_not_unsigned(
    lost: int, tmp_path: Path, ca: CA, roots: tuple[Path, ...]
) -> None:
    file = program(tmp_path / "a.exe", ca)
    file.write_bytes(file.read_bytes()[:-lost])
    assert refused(file, roots=roots).reference == "signature-broken"
    with pytest.raises(IntegrityError, match=r"a\.exe"):
        read_signature(file)


def test_a_root_that_nobody_gave(tmp_path: Path, ca: CA) -> None:
    file = program(tmp_path / "a.exe", ca)
    error = refused(file)
    assert error.reference == "signature-untrusted"
    assert "Example Test Root" in error.context[1]
    found = read_signature(file)
    assert found is not None
    assert found.by(PSF)
    assert "Example Test Root" in found.distrust


def test_another_authority_of_the_same_name(tmp_path: Path, ca: CA) -> None:
    other = make_ca(tmp_path / "other")
    error = refused(program(tmp_path / "a.exe", ca), roots=(other.root.pem,))
    assert error.reference == "signature-untrusted"


def test_another_signer(tmp_path: Path, ca: CA, roots: tuple[Path, ...]) -> None:
    error = refused(program(tmp_path / "a.exe", ca), signer="Microsoft Corporation", roots=roots)
    assert error.reference == "signature-other-signer"
    assert PSF in error.message
    assert "Microsoft Corporation" in error.message


def test_of_two_signatures_the_expected_one_counts(tmp_path: Path, ca: CA, roots: tuple[Path, ...]) -> None:
    other = make_certificate(ca, "first", common_name="Somebody Else")
    file = program(tmp_path / "a.exe", ca, signer=other)
    sign(file, ca, beside=True)
    assert check_signature(file, signer=PSF, extra_roots=roots).by(PSF)
    assert check_signature(file, signer="Somebody Else", extra_roots=roots).by("Somebody Else")
    assert refused(file, signer="A Third One", roots=roots).message.count("Somebody Else") == 1


def test_a_certificate_that_is_over_counts_with_a_time_stamp_only(
    tmp_path: Path, ca: CA, roots: tuple[Path, ...]
) -> None:
    old = make_certificate(
        ca, "old", common_name=PSF, begins=SIGNED_AT.replace(year=2010), ends=SIGNED_AT.replace(year=2012)
    )
    stamped = program(tmp_path / "stamped.exe", ca, signer=old, stamped=SIGNED_AT)
    assert check_signature(stamped, signer=PSF, extra_roots=roots).timestamp == SIGNED_AT
    bare = program(tmp_path / "bare.exe", ca, signer=old)
    assert refused(bare, roots=roots).reference == "signature-untrusted"
    late = program(tmp_path / "late.exe", ca, signer=old, stamped=SIGNED_AT.replace(year=2014))
    assert refused(late, roots=roots).reference == "signature-untrusted"


def test_a_certificate_for_something_else(tmp_path: Path, ca: CA, roots: tuple[Path, ...]) -> None:
    clock = make_certificate(ca, "clock2", common_name=PSF, usage="time")
    assert refused(program(tmp_path / "a.exe", ca, signer=clock), roots=roots).reference == "signature-untrusted"


def test_garbage_for_roots(tmp_path: Path) -> None:
    file = tmp_path / "root.pem"
    for content in (b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        file.write_bytes(content)
        with pytest.raises(InputError) as caught:
            read_signature(program(tmp_path / "a.exe"), extra_roots=(file,))
        assert caught.value.reference == "roots-unreadable"
    with pytest.raises(InputError):
        read_signature(program(tmp_path / "a.exe"), extra_roots=(tmp_path / "none.pem",))


class TestTree:
    @pytest.fixture
    def programs(self, tmp_path: Path, ca: CA) -> Path:
        microsoft = make_certificate(ca, "microsoft", common_name="Microsoft Corporation")
        program(tmp_path / "python.exe", ca)
        program(tmp_path / "python311.dll", ca)
        program(tmp_path / "vcruntime140.dll", ca, signer=microsoft)
        program(tmp_path / "DLLs" / "_tkinter.pyd")
        (tmp_path / "LICENSE.txt").write_text("no program")
        return tmp_path

    def tree(self, programs: Path) -> Tree:
        files = ("DLLs/_tkinter.pyd", "LICENSE.txt", "python.exe", "python311.dll", "vcruntime140.dll")
        return make_tree(programs / "content", {each: (programs / each).read_bytes() for each in files})

    def test_all_are_counted(self, programs: Path, roots: tuple[Path, ...]) -> None:
        found = check_tree(
            self.tree(programs), work=programs / "work", signer=PSF, extra_roots=roots, core=("python311.dll",)
        )
        assert found == TreeSignatures(
            python=PSF, signed=(("Microsoft Corporation", 1), (PSF, 2)), unsigned=("DLLs/_tkinter.pyd",), untrusted=()
        )

    @pytest.mark.parametrize("name", ["python.exe", "python311.dll"])
    def test_the_interpreter_must_be_the_signers(self, name: str, programs: Path, roots: tuple[Path, ...]) -> None:
        program(programs / name)
        with pytest.raises(IntegrityError, match=name) as caught:
            check_tree(
                self.tree(programs), work=programs / "work", signer=PSF, extra_roots=roots, core=("python311.dll",)
            )
        assert caught.value.reference == "signature-missing"

    def test_a_broken_one_is_an_error_wherever_it_lies(self, programs: Path, ca: CA, roots: tuple[Path, ...]) -> None:
        file = program(programs / "DLLs" / "_tkinter.pyd", ca)
        file.write_bytes(file.read_bytes().replace(b"_tkinter", b"_tkinder"))
        for signer in (PSF, None):
            with pytest.raises(IntegrityError, match=r"DLLs/_tkinter\.pyd") as caught:
                check_tree(self.tree(programs), work=programs / "work", signer=signer, extra_roots=roots)
            assert caught.value.reference == "signature-broken"

    def test_more_programs_than_any_python_has(self, tmp_path: Path) -> None:
        """25,000 equal ones are a megabyte of an archive, and most of an hour."""
        tree = make_tree(tmp_path / "content", {"python.exe": b"MZ"} | {f"{each}.dll": b"MZ" for each in range(1000)})
        with pytest.raises(IntegrityError, match="1001 programs") as caught:
            check_tree(tree, work=tmp_path / "work", signer=None)
        assert caught.value.reference == "archive-bomb"

    def test_unsigned_is_taken_where_the_recipe_says_so(self, programs: Path) -> None:
        program(programs / "python.exe")
        found = check_tree(self.tree(programs), work=programs / "work", signer=None)
        assert found == TreeSignatures(
            python=None,
            signed=(),
            unsigned=("DLLs/_tkinter.pyd", "python.exe"),
            untrusted=("python311.dll", "vcruntime140.dll"),
        )
