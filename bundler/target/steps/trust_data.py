"""Taking over a data folder that others own or may change, because the operator said so."""

from __future__ import absolute_import, unicode_literals

from ..compat import counted, error_text
from ..errors import FAILED, REFUSED, InstallError
from ..state.data_trust import leads_elsewhere, not_takeable
from ..state.release_services import GUARD, Grant
from ..state.secret_files import secret_files
from ..state.trusted_folders import ADVICE, first_of, is_others
from .base import Step
from .grant_rights import give

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context


class TrustDataStep(Step):
    """The folder is closed first: from then on nobody can put anything into it while the rest is taken over. It isn't given back.

    From the top down: what lies in a folder is looked at once that folder is an administrator's. Before, whoever owns it could put a link to
    somewhere else into the place of what was looked at.
    """

    id = "trust-data"

    def __init__(self, path):
        # type: (str) -> None
        self._path = path

    def describe(self, context):
        # type: (Context) -> list[str]
        return [
            "make administrators the owner of %s and of all that is in it, and let only them change it" % self._path
        ]

    def doing(self, context):
        # type: (Context) -> str
        return "Taking over %s" % self._path

    def run(self, context):
        # type: (Context) -> str
        host, receipt = context.host, context.state.receipt
        give(context, Grant(self._path, "", GUARD))
        self._refuse(not_takeable(host, self._path))
        given = receipt.granted() if receipt is not None else []
        secret = secret_files(context.layout, receipt, context.manifest) if receipt is not None else []
        readers = {each.path: each.readers for each in secret}
        taken, closed = 0, [self._path]
        while closed:
            for each in host.files.entries(closed.pop()):
                if is_others(host, each, given):
                    self._take_over(context, each, readers.get(each))
                    taken += 1
                self._refuse(leads_elsewhere(host, each))
                if host.files.is_folder(each):
                    closed.append(each)
        return "Took over %s, and in it %s" % (self._path, counted(taken, "file or folder", "files and folders"))

    def _take_over(self, context, path, readers):
        # type: (Context, str, list[str] | None) -> None
        """Of a link its own rights; ``readers``: of a file with secrets. What accounts were given on this very file or folder, which goes
        with the rest, they get again. Raises InstallError where a file has another name elsewhere.
        """
        self._refuse(leads_elsewhere(context.host, path))
        context.log.write("taking over %s" % path)
        try:
            context.host.rights.take_over(path)
            if readers is not None:
                context.host.rights.close_file(path, readers)
        except EnvironmentError as error:
            text = "%s can't be taken over: %s" % (path, error_text(error))
            raise InstallError(FAILED, text, [ADVICE])
        receipt = context.state.receipt
        for grant in [Grant(*each) for each in (receipt.grants if receipt is not None else [])]:
            if grant.path == path and grant.sid:
                give(context, grant)

    def _refuse(self, against):
        # type: (list[str]) -> None
        if against:
            raise InstallError(REFUSED, "%s can't be taken over: %s" % (self._path, "; ".join(first_of(against))))
