"""Whose signature Windows finds good on a file: WinVerifyTrust (wintrust.h), and the certificate that it built its answer on."""

import ctypes
import sys
from ctypes import wintypes
from pathlib import Path

assert sys.platform == "win32"  # noqa: S101 -- for the type checker: elsewhere there are no such libraries

_NO_UI, _NO_REVOCATION, _CHOICE_FILE = 2, 0, 1
_VERIFY, _CLOSE = 1, 2
_DISPLAY_NAME = 4  # CERT_NAME_SIMPLE_DISPLAY_TYPE
_REASONS = {
    0x800B0100: "nobody signed it",
    0x80096010: "it was changed after it was signed",
    0x800B0109: "its signer's root isn't trusted on this machine",
    0x800B010A: "its signer's certificates lead to no root",
    0x800B0101: "its signer's certificate had expired when it was signed",
    0x800B0111: "its signer is distrusted on this machine",
    0x800B0004: "its signature isn't trusted",
}


class UntrustedError(Exception):
    """Windows finds no good signature; the message says why."""


class _Guid(ctypes.Structure):
    _fields_ = (
        ("one", wintypes.DWORD),
        ("two", wintypes.WORD),
        ("three", wintypes.WORD),
        ("rest", ctypes.c_ubyte * 8),
    )


class _File(ctypes.Structure):
    _fields_ = (
        ("size", wintypes.DWORD),
        ("path", wintypes.LPCWSTR),
        ("handle", wintypes.HANDLE),
        ("subject", ctypes.c_void_p),
    )


class _Data(ctypes.Structure):
    """WINTRUST_DATA"""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("policy", ctypes.c_void_p),
        ("sip", ctypes.c_void_p),
        ("ui", wintypes.DWORD),
        ("revocation", wintypes.DWORD),
        ("choice", wintypes.DWORD),
        ("file", ctypes.POINTER(_File)),
        ("action", wintypes.DWORD),
        ("state", wintypes.HANDLE),
        ("url", wintypes.LPCWSTR),
        ("flags", wintypes.DWORD),
        ("context", wintypes.DWORD),
        ("settings", ctypes.c_void_p),
    )


class _Certificate(ctypes.Structure):
    """The first members of CRYPT_PROVIDER_CERT"""

    _fields_ = (("size", wintypes.DWORD), ("context", ctypes.c_void_p))


# WINTRUST_ACTION_GENERIC_VERIFY_V2: {00AAC56B-CD44-11d0-8CC2-00C04FC295EE}
_GENERIC = _Guid(0x00AAC56B, 0xCD44, 0x11D0, (ctypes.c_ubyte * 8)(0x8C, 0xC2, 0x00, 0xC0, 0x4F, 0xC2, 0x95, 0xEE))


def signer_of(file: Path) -> str:
    """The name of who signed a program or an MSI; raises UntrustedError. What is revoked isn't asked for: a fenced host can't."""
    trust = ctypes.WinDLL("wintrust", use_last_error=True)
    trust.WinVerifyTrust.restype = wintypes.LONG
    trust.WinVerifyTrust.argtypes = (wintypes.HWND, ctypes.POINTER(_Guid), ctypes.POINTER(_Data))
    told = _File(size=ctypes.sizeof(_File), path=str(file.absolute()))
    data = _Data(
        size=ctypes.sizeof(_Data),
        ui=_NO_UI,
        revocation=_NO_REVOCATION,
        choice=_CHOICE_FILE,
        file=ctypes.pointer(told),
        action=_VERIFY,
    )
    try:
        code = trust.WinVerifyTrust(None, _GENERIC, data) & 0xFFFFFFFF
        if code:
            raise UntrustedError(_REASONS.get(code, f"Windows doesn't trust its signature (0x{code:08X})"))
        return _name(trust, data.state)
    finally:
        data.action = _CLOSE
        trust.WinVerifyTrust(None, _GENERIC, data)


def _name(trust: ctypes.WinDLL, state: int) -> str:
    for function, arguments in (
        ("WTHelperProvDataFromStateData", (wintypes.HANDLE,)),
        ("WTHelperGetProvSignerFromChain", (ctypes.c_void_p, wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)),
        ("WTHelperGetProvCertFromChain", (ctypes.c_void_p, wintypes.DWORD)),
    ):
        getattr(trust, function).restype = ctypes.c_void_p
        getattr(trust, function).argtypes = arguments
    provided = trust.WTHelperProvDataFromStateData(state)
    signer = trust.WTHelperGetProvSignerFromChain(provided, 0, False, 0) if provided else None
    found = trust.WTHelperGetProvCertFromChain(signer, 0) if signer else None
    if not found:
        raise UntrustedError("Windows doesn't say who signed it")
    certificate = ctypes.cast(found, ctypes.POINTER(_Certificate)).contents
    crypt = ctypes.WinDLL("crypt32")
    crypt.CertGetNameStringW.argtypes = (
        ctypes.c_void_p,
        wintypes.DWORD,
        wintypes.DWORD,
        ctypes.c_void_p,
        wintypes.LPWSTR,
        wintypes.DWORD,
    )
    text = ctypes.create_unicode_buffer(256)
    crypt.CertGetNameStringW(certificate.context, _DISPLAY_NAME, 0, None, text, len(text))
    return text.value
