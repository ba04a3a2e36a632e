"""Programs that a run starts: in which environment, and what is said of their end."""

from __future__ import absolute_import, unicode_literals

import os

from ..state.trusted_folders import reasons_against

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..machine.host import Host
    from ..machine.processes import Completed

_DROPPED = (
    "PYTHON",
    "PIP_",
    "VIRTUALENV",
    "VIRTUAL_ENV",
    "__PYVENV",
    "CONDA",
    "SOURCE_DATE_EPOCH",
    "BUNDLE_CMD_LINE",
    "BUNDLE_FOLDER",
)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY")
_TAIL = 12


def cleaned(host, temporary):
    # type: (Host, str) -> dict[str, str]
    environ = {
        name: (trusted_path(host, value) if name.upper() == "PATH" else value)
        for name, value in host.environment.variables().items()
        if not name.upper().startswith(_DROPPED) and name.upper() not in _PROXIES
    }
    # --isolated still reads the machine's configuration file; this is what pip itself takes for "none"
    environ.update(
        PIP_CONFIG_FILE=host.environment.null,
        PIP_NO_INDEX="1",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        VIRTUALENV_CONFIG_FILE=os.path.join(temporary, "none.ini"),
        PYTHONNOUSERSITE="1",
        PYTHONIOENCODING="utf-8",
    )
    environ.update(dict.fromkeys(host.environment.temporary_names, temporary))
    return environ


def trusted_path(host, path):
    # type: (Host, str) -> str
    """PATH without folders in which others than administrators decide what lies: an elevated run's programs would take DLLs and programs from
    there that aren't found elsewhere.
    """
    if not host.rights.is_admin():
        return path
    there = [
        each for each in path.split(os.pathsep) if os.path.isabs(each.strip('"')) and os.path.isdir(each.strip('"'))
    ]
    return os.pathsep.join(each for each in there if not reasons_against(host, each.strip('"')))


def ending(done):
    # type: (Completed) -> str
    return "out of time" if done.code is None else "exit code %d" % done.code


def tail(output):
    # type: (str) -> list[str]
    lines = [each.rstrip() for each in output.splitlines() if each.strip()]
    return ["    " + each for each in lines[-_TAIL:]]
