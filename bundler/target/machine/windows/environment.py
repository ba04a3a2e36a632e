"""The environment of a process on Windows."""

from __future__ import absolute_import, unicode_literals

from ..environment import Environment


class WindowsEnvironment(Environment):
    null = "nul"
    temporary_names = ("TEMP", "TMP")
