"""The environment variables that programs of strangers see: an allow-list, so that no credential is among them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEPT = re.compile(
    "HOME|USER|LOGNAME|PATH|PATHEXT|TMPDIR|TMP|TEMP|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|USERPROFILE|USERNAME|APPDATA|LOCALAPPDATA"
    "|PROGRAMDATA|PROGRAMFILES.*|PROCESSOR_.*|NUMBER_OF_PROCESSORS|LD_LIBRARY_PATH|SETUPTOOLS_SCM_PRETEND_VERSION.*|PBR_VERSION",
    re.IGNORECASE,
)
_PROXY = re.compile("(?:https?|all|no)_proxy", re.IGNORECASE)
FIXED = {
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONUTF8": "1",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INDEX": "1",  # setup_requires of old makes setuptools run pip: it must not reach out
    "PIP_NO_INPUT": "1",
}


def clean_variables(inherited: Mapping[str, str]) -> dict[str, str]:
    """What a build may see of ``inherited``: no settings of pip, of Python, of compilers or of proxies; the rest is fixed."""
    return {name: value for name, value in inherited.items() if _KEPT.fullmatch(name)} | FIXED


def proxies_of(inherited: Mapping[str, str]) -> dict[str, str]:
    """The variables that name proxies, for what may reach the network; not those that hold a password."""
    return {name: value for name, value in inherited.items() if _PROXY.fullmatch(name) and "@" not in value}
