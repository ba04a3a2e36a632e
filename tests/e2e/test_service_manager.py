"""The port to the service manager, under Windows Python 3 and 2.7: what it asks of Windows, to the last number, and what comes of it.

Wine keeps recovery actions without showing them (its ``sc`` has no ``qc`` and no ``qfailure``), and knows neither SIDs of services nor
the flag of failures: what is handed to ChangeServiceConfig2W is compared instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.target_scripts import what_it_saw

if TYPE_CHECKING:
    from tests.support.bed import Mirror, Session

pytestmark = pytest.mark.e2e

SCRIPT = r"""# -*- coding: utf-8 -*-
from __future__ import unicode_literals
import ctypes, io, json, os, subprocess, sys
sys.path.insert(0, "C:\\code")
from target.machine.services import Service, ServiceError, command_of
from target.machine.windows import services as windows_services
from target.machine.windows.host import windows_host

told = []
def told_set(handle, what, value):
    fields = {}
    for name, _ in value._fields_:
        found = getattr(value, name)
        if name == "actions":
            found = [[found[i].kind, found[i].delay] for i in range(value.count)]
        fields[name] = found
    told.append([what, fields])
    real_set(handle, what, value)
real_set, windows_services._set = windows_services._set, told_set

def code(action, *arguments):
    try:
        return action(*arguments)
    except ServiceError as error:
        return "error %d" % error.code

manager = windows_services.WindowsServiceManager()
command = '"C:\\env é\\services\\service.exe" one-x "C:\\one.log"'
service = Service("one-x", "The é one", "Does é", command, "NT SERVICE\\one-x", None, "delayed", ["RpcSs"], [1, 60], 3600, 7, "C:\\one.log", None, None, 0, None, None)
seen = {}
seen["before"] = [manager.state("one-x"), command_of(manager, "one-x"), code(manager.start, "one-x"), code(manager.change, service, None)]
manager.create(service, None)
seen["twice"] = code(manager.create, service, None)
seen["made"] = [manager.state("one-x"), command_of(manager, "one-x")]
seen["process"] = manager.process("one-x")
del told[:]
manager.change(service, None)
seen["told"] = list(told)
del told[:]
manager.change(service._replace(start="manual", restart=[], dependencies=[]), None)
seen["less"] = list(told)
events = r"SYSTEM\CurrentControlSet\Services\EventLog\Application\one-x"
with windows_services.winreg.OpenKey(windows_services.winreg.HKEY_LOCAL_MACHINE, events) as key:
    seen["messages"] = windows_services.winreg.QueryValueEx(key, "EventMessageFile")
passwords = []
class Recorded(object):
    def CreateServiceW(self, *arguments):
        passwords.append(arguments[11:13])
    def ChangeServiceConfigW(self, *arguments):
        passwords.append(arguments[8:10])
    def __getattr__(self, name):
        return getattr(real_functions, name)
real_functions, windows_services.security = windows_services.security, Recorded()
accounts = ["LocalSystem", "NT AUTHORITY\\LocalService", "NT SERVICE\\one-x", "HOUSE\\managed$"]
for account, password in [(each, None) for each in accounts] + [(".\\person", "secret"), (".\\person", None)]:
    code(manager.create, service._replace(account=account), password)
    code(manager.change, service._replace(account=account), password)
seen["passwords"] = passwords
windows_services.security = real_functions
manager.stop("one-x")
manager.remove("one-x")
manager.remove("one-x")
seen["after"] = manager.state("one-x")
host = windows_host()
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
seen["family"] = sorted(host.programs.family([os.getpid()])) == sorted([os.getpid(), child.pid])
seen["alone"] = sorted(host.programs.family([child.pid])) == [child.pid]
child.communicate(b"")
seen["sids"] = [host.rights.account_sid(each) for each in ("BUILTIN\\Users", "Everyone", ".\\nobody")]
seen["keeps"] = host.rights.keeps_entries(host.files.make_work(host.environment.temporary()))
with io.open("C:\\seen.json", "wb") as stream:
    stream.write(json.dumps(seen).encode("ascii"))
"""


@pytest.mark.parametrize(("version", "arch"), [("3.11.7", "amd64"), ("2.7.18", "win32")])
def test_what_windows_is_told(windows: Session, mirror: Mirror, version: str, arch: str) -> None:
    seen = what_it_saw(windows, mirror, version, arch, SCRIPT)
    assert seen["before"] == [None, None, "error 1060", "error 1060"]
    assert seen["twice"] == "error 1073"
    command = '"C:\\env é\\services\\service.exe" one-x "C:\\one.log"'
    assert seen["made"] == [["stopped", 1077], command]
    assert seen["told"] == [
        [5, {"number": 1}],  # SERVICE_SID_TYPE_UNRESTRICTED
        [1, {"text": "Does é"}],
        [3, {"number": 1}],  # delayed
        [2, {"reset": 3600, "message": None, "command": None, "count": 2, "actions": [[1, 1000], [1, 60_000]]}],
        [4, {"number": 1}],  # a reported failure is one too
        [7, {"number": 17_000}],  # milliseconds at shutdown
    ]
    assert seen["less"][2] == [2, {"reset": 3600, "message": None, "command": None, "count": 0, "actions": []}]
    assert seen["messages"][0] == "%SystemRoot%\\System32\\EventCreate.exe"
    assert dict(seen["passwords"][:8]) == {
        "LocalSystem": "",
        "NT AUTHORITY\\LocalService": "",
        "NT SERVICE\\one-x": None,
        "HOUSE\\managed$": None,
    }
    assert seen["passwords"][8:] == [[".\\person", "secret"]] * 2 + [[".\\person", None]] * 2
    assert seen["after"] is None
    assert (seen["process"], seen["family"], seen["alone"]) == (None, True, True)
    assert seen["sids"] == ["S-1-5-32-545", "S-1-1-0", None]
    assert seen["keeps"] is False, "Wine's functions for lists of rights answer, and nothing is kept"
