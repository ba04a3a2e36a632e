"""Taking over a data folder that others own or may change, because the operator said so."""

from __future__ import absolute_import, unicode_literals

from ..compat import error_text
from ..errors import FAILED, REFUSED, InstallError
from ..state.data_trust import not_takeable
from ..state.release_services import GUARD, Grant
from ..state.secret_files import secret_files
from ..state.trusted_folders import ADVICE, first_of, is_others
from .base import Step
from .grant_rights import give

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context


class TrustDataStep(Step):
    """The folder is closed first: from then on nobody can put anything into it while the rest is taken over. It isn't given back."""

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
        against = not_takeable(host, self._path)
        if against:
            raise InstallError(REFUSED, "%s can't be taken over: %s" % (self._path, "; ".join(first_of(against))))
        given = receipt.granted() if receipt is not None else []
        taken = [each for each in host.files.everything(self._path)[1:] if is_others(host, each, given)]
        secret = secret_files(context.layout, receipt, context.manifest) if receipt is not None and taken else []
        readers = {each.path: each.readers for each in secret}
        for each in taken:
            context.log.write("taking over %s" % each)
            try:
                host.rights.take_over(each)
                if each in readers:
                    host.rights.close_file(each, readers[each])
            except EnvironmentError as error:
                text = "%s can't be taken over: %s" % (each, error_text(error))
                raise InstallError(FAILED, text, [ADVICE])
            # what accounts were given on this very file or folder went with the rest
            for grant in [Grant(*other) for other in (receipt.grants if receipt is not None else [])]:
                if grant.path == each and grant.sid:
                    give(context, grant)
        return "Took over %s, and %d of what is in it" % (self._path, len(taken))
