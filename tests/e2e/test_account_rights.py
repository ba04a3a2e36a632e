"""The right to log on as a service, and who is a member of Administrators, under Windows Python 3 and 2.7: what is asked of Windows, to the
last byte, and what its answers mean.

Wine's functions answer and do nothing. So stand-ins do what Microsoft documents of them (ntsecapi.h, lmaccess.h), and Wine's own tell that a system
without such rights fails nothing.
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
import ctypes, io, json, sys
sys.path.insert(0, "C:\\code")
from target.machine.windows import account_rights
from target.machine.windows.host import windows_host

SID = "S-1-5-21-1-2-3-1001"
rights, seen = windows_host().rights, {}
seen["wine"] = [rights.has_service_logon(SID), rights.give_service_logon(SID), rights.take_service_logon(SID)]
seen["accounts"] = [name for name, account in windows_host().services.accounts() if account]
told, kept, given = [], [], []

class Documented(object):
    status = 0

    def LsaOpenPolicy(self, system, attributes, access, handle):
        told.append(["open", system, attributes._obj.length == ctypes.sizeof(attributes._obj), access])
        handle._obj.value = 5
        return self.status

    def LsaEnumerateAccountRights(self, policy, sid, found, count):
        told.append(["ask", policy.value, sid.raw.hex() if hasattr(b"", "hex") else sid.raw.encode("hex")])
        if not given:
            return 0xC0000034
        texts = (account_rights._Text * len(given))()
        for place, name in zip(texts, given):
            kept.append(ctypes.create_unicode_buffer(name + "!"))  # what comes after the length isn't the name's
            place.length, place.text = 2 * len(name), ctypes.addressof(kept[-1])
        kept.append(texts)
        found._obj.value, count._obj.value = ctypes.addressof(texts), len(given)
        return 0

    def _named(self, text, count):
        name = ctypes.wstring_at(text._obj.text)
        return [name, text._obj.length, text._obj.room, count]

    def LsaAddAccountRights(self, policy, sid, text, count):
        told.append(["add"] + self._named(text, count))
        given.extend(["SeBatchLogonRight", "SeServiceLogonRight"])
        return 0

    def LsaRemoveAccountRights(self, policy, sid, everything, text, count):
        told.append(["remove", everything] + self._named(text, count))
        if not given:
            return 0xC0000034
        del given[:]
        return 0

    def LsaFreeMemory(self, place):
        told.append(["free"])

    def LsaClose(self, policy):
        told.append(["close", policy.value])

    def LsaNtStatusToWinError(self, status):
        return real.LsaNtStatusToWinError(status)

real, account_rights._security = account_rights._security, Documented()
answers = [rights.has_service_logon(SID), rights.give_service_logon(SID), rights.has_service_logon(SID)]
answers += [rights.take_service_logon(SID), rights.take_service_logon(SID), rights.has_service_logon(SID)]
Documented.status = 0xC0000022
try:
    rights.give_service_logon(SID)
except EnvironmentError as error:
    answers.append(getattr(error, "winerror", None))
seen["answers"], seen["told"] = answers, told
with io.open("C:\\seen.json", "wb") as stream:
    stream.write(json.dumps(seen).encode("ascii"))
"""
SID = "0105000000000005" + "15000000" + "01000000" + "02000000" + "03000000" + "e9030000"
NAMED = ["SeServiceLogonRight", 38, 40, 1]
LOOK_UP, CREATE = 0x800, 0x10


@pytest.mark.parametrize(("version", "arch"), [("3.11.7", "amd64"), ("2.7.18", "win32")])
def test_what_windows_is_asked(windows: Session, mirror: Mirror, version: str, arch: str) -> None:
    seen = what_it_saw(windows, mirror, version, arch, SCRIPT)
    assert seen["wine"] == [False, False, None]
    assert seen["accounts"]
    assert seen["answers"] == [False, True, True, None, None, False, 5]
    opened = ["open", None, True, LOOK_UP]
    ask, close = [["ask", 5, SID]], [["close", 5]]
    assert seen["told"] == [
        *[opened, *ask, *close],
        *[["open", None, True, LOOK_UP | CREATE], ["add", *NAMED], *ask, ["free"], *close],
        *[opened, *ask, ["free"], *close],
        *[opened, ["remove", 0, *NAMED], *close] * 2,
        *[opened, *ask, *close],
        ["open", None, True, LOOK_UP | CREATE],
    ]


MEMBERS = r"""# -*- coding: utf-8 -*-
from __future__ import unicode_literals
import ctypes, io, json, sys
sys.path.insert(0, "C:\\code")
from target.machine.rights import packed_sid
from target.machine.windows import group_members
from target.machine.windows.host import windows_host

seen, told, kept = {}, [], []
seen["wine"] = sorted(windows_host().rights.administrators())

class Documented(object):
    status, sids = 0, ["S-1-5-21-1-2-3-500", "S-1-5-21-7-8-9-1104"]

    def NetLocalGroupGetMembers(self, server, group, level, found, most, number, whole, resume):
        told.append(["ask", server, group, level, most, resume])
        packed = [ctypes.create_string_buffer(packed_sid(each)) for each in self.sids]
        texts = (ctypes.c_void_p * len(packed))(*[ctypes.addressof(each) for each in packed])
        kept.extend([packed, texts])
        found._obj.value = ctypes.addressof(texts) if packed else None
        number._obj.value = whole._obj.value = len(packed)
        return self.status

    def NetApiBufferFree(self, place):
        told.append(["free"])

group_members._network = Documented()
rights = windows_host().rights
seen["members"] = [sorted(rights.administrators()), sorted(rights.administrators())]
Documented.status = 1376  # ERROR_NO_SUCH_ALIAS
seen["refused"] = sorted(group_members.members_of("Other"))
Documented.status, Documented.sids = 0, []
seen["none"] = sorted(group_members.members_of("Empty"))
seen["told"] = told
with io.open("C:\\seen.json", "wb") as stream:
    stream.write(json.dumps(seen).encode("ascii"))
"""


@pytest.mark.parametrize(("version", "arch"), [("3.11.7", "amd64"), ("2.7.18", "win32")])
def test_who_is_a_member_of_administrators(windows: Session, mirror: Mirror, version: str, arch: str) -> None:
    seen = what_it_saw(windows, mirror, version, arch, MEMBERS)
    assert all(each.startswith("S-1-5-21-") for each in seen["wine"])
    assert seen["members"] == [["S-1-5-21-1-2-3-500", "S-1-5-21-7-8-9-1104"]] * 2
    assert seen["refused"] == seen["none"] == []
    every = 0xFFFFFFFF
    asked = [["ask", None, name, 0, every, None] for name in ("Administrators", "Other", "Empty")]
    assert seen["told"] == [asked[0], ["free"], asked[1], ["free"], asked[2]]
