"""What this site changed in the service manager (account, password, start type, recovery): kept at every switch, unless the recipe changed that very point."""

from __future__ import absolute_import, unicode_literals

from ..machine.services import STARTED
from ..state.release_services import read_services, services_file
from ..state.site_values import read_stored
from .service_control import password_of
from .undo_services import ServiceBefore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..machine.services import Service, Settings
    from .context import Context

ACCOUNT, START, RECOVERY = "account", "start type", "recovery"
_FIELDS = {ACCOUNT: "account", START: "start"}
_KEPT = "The service %s keeps %s, which this site gave it"
_REPLACED = "The service %s no longer has %s, which this site gave it: the bundle changed that too"
_WORDS = {ACCOUNT: "the account %s", START: "the start type %s", RECOVERY: "its recovery after failures"}


def changed_points(service, settings):
    # type: (Service, Settings) -> list[str]
    """Where the service manager has another one than the service was given. An automatic start may be delayed where this isn't told."""
    points, told, both = [], settings.restart is not None, {settings.start, service.start}
    if settings.account.lower() != service.account.lower():
        points.append(ACCOUNT)
    if len(both) > 1 and (told or both != set(STARTED)):
        points.append(START)
    if told and (list(settings.restart), settings.reset) != (list(service.restart), service.reset):
        points.append(RECOVERY)
    return points


class Before(object):
    """What was in use before a switch: services by name, and their passwords."""

    def __init__(self, context):
        # type: (Context) -> None
        pointer = context.state.pointer
        self._context = context
        self._layout = context.layout.of(pointer) if pointer is not None else None
        services = read_services(services_file(self._layout))[0] if self._layout is not None else []
        self._services = {each.name.lower(): each for each in services}

    def start_of(self, service):
        # type: (Service) -> str
        """How Windows starts it once the switch is made."""
        found = self._compared(service)
        chosen = found[1] if found is not None and START in _kept(service, *found) else service
        return chosen.start  # type: ignore[no-any-return]

    def wanted(self, service):
        # type: (Service) -> tuple[Service, str | None]
        """What the service manager is told, and the password; None in a field leaves that as it is. Says what is kept and what isn't."""
        password, found = password_of(service, self._context.values), self._compared(service)
        if found is None:
            return service, password
        old, settings = found
        kept = _kept(service, old, settings)
        for each in changed_points(old, settings):
            words = _WORDS[each] % getattr(settings, _FIELDS[each]) if each in _FIELDS else _WORDS[each]
            self._context.said.append((_KEPT if each in kept else _REPLACED) % (service.name, words))
        is_same = service.account.lower() == settings.account.lower()
        if ACCOUNT in kept or (is_same and self._password_of(old) == password):
            service, password = service._replace(account=None), None
        if START in kept:
            service = service._replace(start=None)
        if RECOVERY in kept:
            service = service._replace(restart=None)
        return service, password

    def way_back(self, service):
        # type: (Service) -> ServiceBefore | None
        """``service``: what the service manager will be told. Only what changes by that is put back."""
        found = self._compared(service)
        if found is None or self._layout is None:
            return None
        old, settings = found
        points = changed_points(old, settings)
        account = start = restart = reset = None
        if service.account is not None:
            account = settings.account if ACCOUNT in points else old.account
        if service.start is not None:
            start = settings.start if START in points else old.start
        if service.restart is not None:
            restart, reset = _recovery(old, settings, points)
        place = services_file(self._layout)
        return ServiceBefore(service.name, place, self._layout.own_site, account, start, restart, reset)

    def _password_of(self, old):
        # type: (Service) -> str | None
        return password_of(old, read_stored(self._layout.own_site)) if self._layout is not None else None

    def _compared(self, service):
        # type: (Service) -> tuple[Service, Settings] | None
        """As the release before has it, and as the service manager has it; None: nobody but this run has given it anything."""
        old, settings = self._services.get(service.name.lower()), self._context.host.services.settings(service.name)
        if old is None or settings is None or service.name in self._context.made_services:
            return None
        return old, settings


def _kept(service, old, settings):
    # type: (Service, Service, Settings) -> list[str]
    """What the site changed, where the recipe didn't."""
    same = {
        ACCOUNT: old.account.lower() == (service.account or "").lower(),
        START: old.start == service.start,
        RECOVERY: (list(old.restart), old.reset) == (list(service.restart or []), service.reset),
    }
    return [each for each in changed_points(old, settings) if same[each]]


def _recovery(old, settings, points):
    # type: (Service, Settings, list[str]) -> tuple[str | None, int | None]
    """None: the site had other actions than restarts, which aren't known here."""
    found = settings if RECOVERY in points else old
    if any(seconds < 0 for seconds in found.restart):
        return None, None
    return " ".join("%d" % seconds for seconds in found.restart), found.reset
