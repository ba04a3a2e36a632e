"""From an address to a file whose bytes were checked: transport, caches, the store, downloads."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from bundler.fetch.diskcache import DiskCache
from bundler.fetch.download import Downloads
from bundler.fetch.pipconf import PipSettings, default_index, pip_settings
from bundler.fetch.retry import Retry
from bundler.fetch.settings import NetworkOptions, NetworkSettings
from bundler.fetch.store import Store, default_store_root, place_open_to_others
from bundler.fetch.systemproxy import system_proxies
from bundler.fetch.transport import HttpTransport
from bundler.fetch.urls import redact, strip_credentials

if TYPE_CHECKING:
    from bundler.fetch.git import Git

__all__ = [
    "DiskCache",
    "Downloads",
    "Git",
    "HttpTransport",
    "NetworkOptions",
    "NetworkSettings",
    "PipSettings",
    "Retry",
    "Store",
    "default_index",
    "default_store_root",
    "pip_settings",
    "place_open_to_others",
    "redact",
    "strip_credentials",
    "system_proxies",
]

_LATE = {"Git": "git"}


def __getattr__(name: str) -> object:
    """What few recipes have is imported once it is wanted."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LATE[name]}"), name)
