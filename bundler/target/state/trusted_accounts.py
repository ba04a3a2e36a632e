"""Which accounts an administrator's run trusts, and what people call the others."""

from __future__ import absolute_import, unicode_literals

import re

from ..machine.rights import is_somebody

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..machine.host import Host

_SYSTEM, _ADMINISTRATORS = "S-1-5-18", "S-1-5-32-544"
_TRUSTED_INSTALLER = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
_ADMINISTRATIVE = re.compile(r"S-1-5-21-[0-9]+-[0-9]+-[0-9]+-(500|512|519)\Z")
"""The account Administrator and the groups Domain Admins and Enterprise Admins, of any machine and domain."""
_NAMES = {
    "S-1-1-0": "everybody",
    "S-1-5-4": "everybody who logs on here (INTERACTIVE)",
    "S-1-5-11": "every account (Authenticated Users)",
    "S-1-5-32-545": "every user (Users)",
}


def is_trusted(host, sid):
    # type: (Host, str) -> bool
    """Whether it is an administrator's, the system's, or this account's own. An account or group of a machine or domain that is a member of
    Administrators here is one; what Windows counts somebody to by how he came (INTERACTIVE) isn't, wherever it is a member.
    """
    if sid in (_SYSTEM, _ADMINISTRATORS, _TRUSTED_INSTALLER, host.rights.account()[1]) or _ADMINISTRATIVE.match(sid):
        return True
    return is_somebody(sid) and sid in host.rights.administrators()


def account_words(host, sid):
    # type: (Host, str) -> str
    """``everybody``, or the account's name with its SID, as far as this machine knows it."""
    if sid in _NAMES:
        return _NAMES[sid]
    name = host.rights.account_name(sid)
    return "%s (%s)" % (name, sid) if name else sid
