"""Whether a Wine is good enough, found by trying: what bundles need, and what old ones do wrong."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.rehearse.command_lines import RUNNER
from bundler.rehearse.wine.program import NotStartedError, TimedOutError
from bundler.rehearse.wine.wine_session import OWN

if TYPE_CHECKING:
    from bundler.rehearse.wine.wine_session import Session

_CODE = 77
_SECONDS = 120
_NARROW = r"C:\windows\syswow64\cmd.exe"
_FINDS = """echo abc| findstr /c:abc >nul || exit /b 1
echo abc| findstr /c:xyz >nul && exit /b 1
where cmd.exe >nul || exit /b 1
"""
_OPERATORS = """set RESULT=0
ver >nul && set RESULT=1 || set RESULT=2
if not %RESULT%==1 exit /b 1
call :outer
if not %ERRORLEVEL%==77 exit /b 1
goto done
:outer
call :inner
exit /b %ERRORLEVEL%
:inner
exit /b 77
:done
"""
_ENCRYPTION = r"""if not exist C:\windows\system32\bcryptprimitives.dll exit /b 1
"""
_STARTER = rf"""set BUNDLE_RUN_LINE=cmd.exe /c exit 77
set BUNDLE_RUN_DIRECTORY=C:\
set BUNDLE_RUN_RESULT=C:\trial.txt
set BUNDLE_RUN_MODE=hold
{OWN}\{RUNNER.name} >nul
findstr /c:"exit 77" C:\trial.txt >nul || exit /b 1
del C:\trial.txt
"""
# Wine's own print spooler under another name: each Wine has it, and a service of one name is any service
_SERVICE = r"""sc create BundleTrial binPath= C:\windows\system32\spoolsv.exe >nul || exit /b 1
sc start BundleTrial >nul || goto failed
sc query BundleTrial | findstr RUNNING >nul || goto failed
sc stop BundleTrial >nul
sc delete BundleTrial >nul
goto done
:failed
sc delete BundleTrial >nul
exit /b 1
:done
"""
_TRIALS = {
    "finds nothing by findstr and where": _FINDS,
    "goes astray in batch files with call, && and ||": _OPERATORS,
    "lacks bcryptprimitives.dll, which cryptography needs": _ENCRYPTION,
    "can't start a program in a job, as the python.exe of an environment does": _STARTER,
    "doesn't start services": _SERVICE,
}


def demand_fit(session: Session, what: str, hint: str) -> None:
    """Try it. ``what``: which Wine this is; ``hint``: what to do about one that isn't. Raises HostError (``wine-unfit``)."""
    faults = list(_first_faults(session)) or [
        fault for fault, batch in _TRIALS.items() if not _passes(session, f"{batch}exit /b {_CODE}")
    ]
    if faults:
        raise HostError(
            "wine-unfit",
            f"the Wine {what} {' and '.join(faults)}",
            context=(f"Wine {version}",) if (version := session.wine_version()) else (),
            hint=hint,
        )


def _first_faults(session: Session) -> list[str]:
    faults = []
    if not _passes(session, f"exit /b {_CODE}"):
        faults.append("loses the exit code of a batch file")
    narrow = None
    with contextlib.suppress(NotStartedError, TimedOutError):
        narrow = session.run([_NARROW, "/c", "exit", str(_CODE)], timeout=_SECONDS).returncode
    if narrow != _CODE:
        faults.append("doesn't run 32-bit programs")
    return faults


def _passes(session: Session, batch: str) -> bool:
    try:
        return session.cmd(batch, timeout=_SECONDS).returncode == _CODE
    except (NotStartedError, TimedOutError):
        return False
