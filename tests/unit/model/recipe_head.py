"""The beginning of a small recipe, for tests of what stands behind it."""

from __future__ import annotations

_HEAD = r"""
[bundle]
name = "x"
version = "1"
[[target]]
python = "3.11.9"
platform = "PLATFORM"
runtime = { kind = "embed" }
[packages]
requirements = ["a"]
[environment]
path = 'C:\E'
"""


def recipe_head(*values: str, platform: str = "win_amd64", data: bool = True) -> str:
    """``values``: lines of ``[site]``."""
    folder = "data = 'C:\\D'\n" if data else ""
    return _HEAD.replace("PLATFORM", platform) + folder + "".join(f"{each}\n" for each in ("[site]", *values))


HEAD = recipe_head('port = { default = "1" }', "word = { secret = true }")
