"""The command by which cmd removes a folder once the program that runs from there has ended, and then those that are empty."""

from __future__ import absolute_import, unicode_literals

import os

_WAIT = "(if exist {0}\\boot\\python.exe (del /f /q {0}\\boot\\python.exe 2>nul & ping.exe -n 2 127.0.0.1 >nul))"
_GONE = ' & rmdir /s /q {0} & cd /d "%BUNDLE_SYSTEM%"'
"""While the program that runs from there hasn't ended, its own file can't be deleted; the batch file that started it needs a moment more.

A step for each second and no loop: in Wine's cmd a ``for`` leaves the variables behind it as they are.
"""
_LONGEST_LINE = 7000  # cmd reads 8191 characters; what the variables hold comes on top


def removal_command(tree, folders, environ, system):
    # type: (str, list[str], dict[str, str], str) -> tuple[str, dict[str, str]]
    """The command line, and the variables that it is started with. ``system``: the folder of Windows' own programs.

    The folder is named by its last part, a release's plain name; other paths come to cmd by its environment: no letter in them can
    mean anything to it then. PATH is that of Windows alone: on the account's there may be a folder in which others put programs.
    """
    above, name = os.path.split(tree)
    variables = {key: value for key, value in environ.items() if key.upper() != "PATH"}
    variables.update(BUNDLE_ABOVE=above, BUNDLE_SYSTEM=system, PATH=system)
    wait = _WAIT.format(name) + " & "
    line = _GONE.format(name)[3:]
    for number, each in enumerate(folders):
        variables["BUNDLE_FOLDER%d" % number] = each
        line += ' & rmdir "%%BUNDLE_FOLDER%d%%" 2>nul' % number
    room = _LONGEST_LINE - len(line) - len(above) - sum(len(each) for each in folders)
    line = 'cd /d "%BUNDLE_ABOVE%" & ' + wait * max(3, min(60, room // len(wait))) + line
    return '"%s" /d /v:off /s /c "%s"' % (os.path.join(system, "cmd.exe"), line), variables
