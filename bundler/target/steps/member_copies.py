"""Files of the bundle, copied: each is hashed as it is copied, and must be what it was when the bundle was verified; or it is what was read then."""

from __future__ import absolute_import, unicode_literals

from ..bundle.verification import changed_meanwhile
from ..machine.parallel import in_parallel
from ..machine.parent_folders import make_parents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Member
    from ..bundle.verification import Bundle
    from ..machine.host import Host


def copy_members(host, bundle, places, empty=frozenset()):
    # type: (Host, Bundle, list[tuple[Member, str]], frozenset[str]) -> None
    """``places``: each file of the bundle and where it goes, whose folder is made; ``empty``: those that have content in bundles only. Raises
    InstallError (1603).
    """
    made = set()  # type: set[str]
    for _, place in places:
        make_parents(place, made)

    def copy(each):
        # type: (tuple[Member, str]) -> None
        member, place = each
        content = b"" if member.path in empty else bundle.held.get(member.path)
        if content is not None:
            host.files.put(bundle.path(member.path), place, content)
        elif host.files.copy(bundle.path(member.path), place) != (member.sha256, member.size):
            raise changed_meanwhile(member)

    in_parallel(copy, places)
