"""Credentials, authorities and proxies at the command line: they reach the index, and nothing that is written or printed."""

from __future__ import annotations

import base64
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support.certificates import make_certificates
from tests.support.commandline import Bench, make_bench
from tests.support.index import LocalIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER, PASSWORD = "us3r-nam3", "s3cr3t-pass"
FORMS = tuple(
    each.encode()
    for each in (PASSWORD, USER, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(), "s3cr3t%2Dpass")
)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Bench]:
    """A bench whose index wants credentials for everything; the runtime is a path."""
    with LocalIndex(auth=(USER, PASSWORD)) as index:
        bench = make_bench(tmp_path / "bench", index)
        bench.write(runtime='source = "../python.zip"\nunsigned = true')
        yield bench


def with_credentials(bench: Bench, password: str = PASSWORD) -> str:
    return bench.index.url.replace("://", f"://{USER}:{password}@")


def leaks(*folders: Path) -> list[str]:
    """Files in which a credential stands, archives' members included."""
    found = []
    for path in (each for folder in folders for each in folder.rglob("*") if each.is_file()):
        if any(form in path.read_bytes() for form in FORMS):
            found.append(str(path))
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                found += [each for each in archive.namelist() if any(form in archive.read(each) for form in FORMS)]
    return found


def test_credentials_are_nowhere(guarded: Bench) -> None:
    """Every byte that is written or printed is looked through: lock, bundle, note beside it, store and its caches."""
    index = with_credentials(guarded)
    printed = []
    for form in ("zip", "7z", "dir"):
        done = guarded.build("--format", form, index=index)
        assert done.code == 0, done.err
        printed.append(done)
    printed += [
        guarded.run("lock", guarded.recipe, index=index),
        guarded.run("lock", guarded.recipe, "--json", index=index),
        guarded.run("lock", guarded.recipe, "--why", "alpha", index=index),
        guarded.run("doctor", guarded.recipe, index=index),
        guarded.run("inspect", guarded.bundle),
    ]
    assert [each.code for each in printed] == [0] * 8
    for each in printed:
        assert not [form for form in FORMS if form.decode() in each.out + each.err]
    assert not leaks(guarded.folder, guarded.store)


def test_credentials_are_in_no_error(guarded: Bench) -> None:
    shutil.rmtree(guarded.store, ignore_errors=True)
    wrong = guarded.index.url.replace("://", "://us3r-nam3:wr0ng-s3cr3t@")
    for arguments in (["build", guarded.recipe], ["build", guarded.recipe, "--json"], ["doctor"]):
        done = guarded.run(*map(str, arguments), index=wrong)
        assert done.code in (4, 7)
        assert "refuses the credentials that it was given (401)" in done.out + done.err
        assert "wr0ng" not in done.out + done.err
        assert USER not in done.out + done.err
    done = guarded.build(index=with_credentials(guarded).replace("/simple/", "/nothing/"))
    assert done.code == 3
    assert PASSWORD not in done.out + done.err


@pytest.mark.parametrize("way", ["netrc", "environment", "pip"])
def test_ways_to_give_credentials(guarded: Bench, way: str) -> None:
    done = guarded.build()
    assert (done.code, done.reference) == (4, "network-unauthorized")
    assert "BUNDLE_INDEX_PASSWORD_127_0_0_1" in done.err, "what to do"
    env: dict[str, str] = {}
    index: str | None = guarded.index.url
    if way == "netrc":
        netrc = guarded.root / "home" / ".netrc"
        netrc.write_text(f"machine 127.0.0.1 login {USER} password {PASSWORD}\n", encoding="utf-8")
        netrc.chmod(0o600)
    elif way == "environment":
        env = {"BUNDLE_INDEX_USER_127_0_0_1": USER, "BUNDLE_INDEX_PASSWORD_127_0_0_1": PASSWORD}
    else:
        pip = guarded.root / "pip.conf"
        pip.write_text(f"[global]\nindex-url = {with_credentials(guarded)}\n", encoding="utf-8")
        env, index = {"PIP_CONFIG_FILE": str(pip)}, None
    done = guarded.build(env=env, index=index)
    assert done.code == 0, done.err
    assert not leaks(guarded.folder, guarded.store)
    assert not [form for form in FORMS if form.decode() in done.out + done.err]


def test_an_index_of_pip_with_a_second_one(bench: Bench) -> None:
    """pip would take a package from either; here the second one isn't asked, and the doctor says so."""
    with LocalIndex() as second:
        env = {
            "PIP_INDEX_URL": bench.index.url,
            "PIP_EXTRA_INDEX_URL": second.url.replace("://", f"://{USER}:{PASSWORD}@"),
        }
        assert bench.build(index=None, env=env).code == 0
        assert not second.requests
        done = bench.run("doctor", bench.recipe, index=None, env=env)
        assert done.code == 0
        assert "pip's extra-index-url is not used" in done.out
        assert PASSWORD not in done.out


def test_an_authority_of_ones_own(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path / "certificates")
    with LocalIndex(tls=certificates) as index:
        bench = make_bench(tmp_path / "bench", index)
        bench.write(runtime='source = "../python.zip"\nunsigned = true')
        done = bench.build()
        assert (done.code, done.reference) == (4, "network-certificate")
        assert "--ca-file" in done.err or "REQUESTS_CA_BUNDLE" in done.err
        assert not bench.output.exists()
        done = bench.build("--ca-file", str(certificates.authority))
        assert done.code == 0, done.err
        again = bench.run("lock", bench.recipe, env={"SSL_CERT_FILE": str(certificates.authority)})
        assert again.code == 0, again.err
