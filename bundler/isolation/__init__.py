"""Rooms in which programs of strangers run: what they see of this host, what they may write, and how much they may use."""

from bundler.isolation.room import Limits, Room
from bundler.isolation.sandbox import Sandbox, Wish

__all__ = ["Limits", "Room", "Sandbox", "Wish"]
