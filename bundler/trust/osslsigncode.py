"""``osslsigncode`` signs programs on Linux, and on Windows where it is installed: with PFX files and tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.isolation.host_program import program_on_path
from bundler.trust.code_tools import Signs, failure, patience, run_tool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bundler.errors import BundleError
    from bundler.trust.code_key import CodeKey

PROGRAM = "osslsigncode"
_VERSION = re.compile(r"osslsigncode,? (?:version )?(\d[0-9.]*)")
_NO_ENGINE = re.compile("load '?pkcs11'? engine")
_LOCKED = "give it by --authenticode-passphrase FILE or the variable BUNDLE_AUTHENTICODE_PASSPHRASE, or wait to be asked; never on a command line"
_SIGNS = Signs(
    locked="mac verify|wrong password|invalid password|bad decrypt|pin (?:invalid|incorrect|expired|locked)|login.{0,12} failed|no pin code",
    no_stamp="timestamp|time-stamp|curl|http",
    no_key="failed to (?:load|read|parse|find|extract)|no such|not found|no matching|unable to load",
    advice=_LOCKED,
)


class Osslsigncode:
    """``passphrase`` is asked once, when it is wanted. Raises HostError (``authenticode-tool-missing``)."""

    def __init__(self, key: CodeKey, passphrase: Callable[[], str | None], environ: Mapping[str, str]) -> None:
        found = program_on_path(PROGRAM, environ)
        if found is None:
            raise HostError(
                "authenticode-tool-missing",
                f"there is no {PROGRAM} on this host, which signs programs",
                hint="install it: apt-get install osslsigncode, with libengine-pkcs11-openssl for keys on tokens",
            )
        self._program, self._key, self._environ = found, key, dict(environ)
        self._ask, self._asked = passphrase, False
        self._given: str | None = None
        _, words = run_tool((found, "--version"), given=None, environ=environ)
        version = _VERSION.search(" ".join(words))
        self.title = f"{PROGRAM} {version[1]}" if version else PROGRAM

    def sign(self, source: Path, signed: Path, timestamp: str) -> None:
        good, words = self._run(source, signed, timestamp)
        if not good and not self._asked and self._is_locked(words):
            self._asked, self._given = True, self._ask()
            signed.unlink(missing_ok=True)
            good, words = self._run(source, signed, timestamp)
        if not good:
            raise self._failure(words, timestamp)

    def _run(self, source: Path, signed: Path, timestamp: str) -> tuple[bool, tuple[str, ...]]:
        if self._key.kind == "token" and not self._asked:  # a wrong PIN counts there
            self._asked, self._given = True, self._ask()
        command = (self._program, "sign", *self._options(timestamp), "-in", str(source), "-out", str(signed))
        seconds = patience(self._key.kind, timestamp)
        return run_tool(command, given=self._given, environ=self._environ, seconds=seconds)

    def _options(self, timestamp: str) -> tuple[str, ...]:
        key, certificates = self._key, self._key.certificates
        options = ["-h", "sha256"]
        if key.kind == "file":
            options += ["-pkcs12", key.name, *(("-ac", str(certificates)) if certificates else ())]
        else:
            own = ("-certs", str(certificates)) if certificates else ("-pkcs11cert", key.name)
            options += ["-pkcs11module", key.module, *own, "-key", key.name]
        if self._given is not None:
            options += ["-readpass", "-"]
        if timestamp:
            options += ["-ts", timestamp]
        return tuple(options)

    def _is_locked(self, words: tuple[str, ...]) -> bool:
        return self._failure(words, "").reference == "authenticode-passphrase-wrong"

    def _failure(self, words: tuple[str, ...], timestamp: str) -> BundleError:
        if any(_NO_ENGINE.search(each) for each in words):
            return HostError(
                "authenticode-tool-missing",
                f"{PROGRAM} can't use tokens on this host: OpenSSL's engine for PKCS#11 is missing",
                hint="install it: apt-get install libengine-pkcs11-openssl",
            )
        return failure(words, _SIGNS, key=self._key.name, timestamp=timestamp)
