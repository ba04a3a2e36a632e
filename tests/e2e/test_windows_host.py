"""The product on a Windows build host: every command under Windows Python in Wine, and the bundle that Linux makes, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import bundler

if TYPE_CHECKING:
    from tests.support.windows_host import WindowsHost

pytestmark = [pytest.mark.e2e, pytest.mark.network]


def test_it_says_its_version(windows_host: WindowsHost) -> None:
    assert windows_host.bundle("--version").out == f"bundle {bundler.__version__}\n"
