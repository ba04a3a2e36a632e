"""From an address to a file whose bytes were checked: transport, caches, the store, downloads."""

from bundler.fetch.diskcache import DiskCache
from bundler.fetch.download import Downloads
from bundler.fetch.git import Git
from bundler.fetch.pipconf import PipSettings, default_index, pip_settings
from bundler.fetch.retry import Retry
from bundler.fetch.settings import NetworkOptions, NetworkSettings
from bundler.fetch.store import Store, default_store_root, place_open_to_others
from bundler.fetch.systemproxy import system_proxies
from bundler.fetch.transport import HttpTransport
from bundler.fetch.urls import redact, strip_credentials

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
