"""What a release says of its services: what each runs, for the service host, and what the service manager knows, for every switch to it."""

from __future__ import absolute_import, unicode_literals

import os
import re
import subprocess

from ..compat import counted
from ..errors import FAILED, OTHER_VERSION, InstallError, Problem
from ..machine.rights import is_sid, well_known_sid
from ..machine.services import BUILT_IN, SYSTEM, VIRTUAL, Service, command_of, service_sid
from ..state.release_services import Grant, full_name, host_program, services_file, starts_host, write_services
from ..state.site_accounts import value_of
from ..state.site_values import PLANNED, secret_names
from .base import Step
from .release_programs import find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Manifest, PermissionInfo, ServiceInfo
    from ..layout import Layout
    from ..machine.host import Host
    from .context import Context

CONF_FORMAT = 1
_PACKAGE = re.compile(r"\{package\.([A-Za-z_][A-Za-z0-9_.]*)\}")
ASTRAY = (
    "PYTHONHOME", "PYTHONPATH", "PYTHONPLATLIBDIR", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "PYTHONUSERBASE", "PYTHONINSPECT",
    "PYTHONPYCACHEPREFIX", "PYTHONCASEOK", "__PYVENV_LAUNCHER__",
)  # fmt: skip
"""Variables of the machine that would lead the release's Python to other code. Launchers drop the same (shims/shim.c, script_launcher)."""
_PROGRAMS = (".exe", "")
UNKNOWN = "There is no account %s on this machine, nor in its domain"


class ServiceFilesStep(Step):
    """Into the release, before it is finished: it is never edited after."""

    id = "service-files"

    def describe(self, context):
        # type: (Context) -> list[str]
        return ["write down what %s will run" % counted(len(context.manifest.services), "service")]

    def doing(self, context):
        # type: (Context) -> str
        return "Preparing services"

    def run(self, context):
        # type: (Context) -> str
        layout, host = context.layout, context.host
        folder = os.path.dirname(services_file(layout))
        if not os.path.isdir(folder):
            os.mkdir(folder)
        secrets = secret_names(context.manifest)
        services, grants = planned(context)
        readers = [each for each in services if each.account != SYSTEM]
        grants += [
            Grant(path, sid, "read")
            for path in context.closed
            for each in readers
            for sid in _sids(host, each.name, each.account)
        ]
        for info in context.manifest.services:
            path = os.path.join(folder, full_name(layout, info.name) + ".conf")
            lines = settings(context, info)
            secret = any("{site.%s}" % name in text for name in secrets for text in _texts(info))
            host.files.write(path, ("\n".join(lines) + "\n").encode("utf-8"), private=secret)
            if secret:
                context.closed.append(path)
                own = [each for each in services if each.name == full_name(layout, info.name)]
                grants += [Grant(path, sid, "read") for each in own for sid in _sids(host, each.name, each.account)]
        write_services(host, layout, services, grants)
        return "Prepared %s" % counted(len(services), "service")


def planned(context):
    # type: (Context) -> tuple[list[Service], list[Grant]]
    """As the manifest has them: the services, and the rights that their accounts and others get."""
    services = planned_services(context)
    return services, _grants(context, services)


def planned_services(context):
    # type: (Context) -> list[Service]
    return [_service(context, each) for each in context.manifest.services]


def _service(context, info):
    # type: (Context, ServiceInfo) -> Service
    layout = context.layout
    own = {each.name.lower(): full_name(layout, each.name) for each in context.manifest.services}
    name = full_name(layout, info.name)
    log = os.path.join(log_folder(layout, filled(context, info.log_directory)), name + ".log")
    health = info.health
    return Service(
        name=name,
        display_name=info.display_name + (" (%s)" % layout.instance if layout.instance else ""),
        description=info.description,
        command='"%s" %s "%s"' % (host_program(layout), name, log),
        account=account_of(context.filling().text(info.account), name),
        password=info.password,
        start=info.start,
        dependencies=[own.get(each.lower(), each) for each in info.dependencies],
        restart=list(info.restart),
        reset=info.reset,
        stop_timeout=info.stop_timeout,
        log=log,
        http=filled(context, health.http) if health and health.http else None,
        tcp=filled(context, health.tcp) if health and health.tcp else None,
        health_timeout=health.timeout if health else 0,
        settle=health.settle if health else None,
        owner=health.owner if health else None,
    )


def account_of(account, name):
    # type: (str, str) -> str
    """As the service manager wants it; an account of the service's own has the service's whole name."""
    if account.lower().startswith(VIRTUAL.lower()):
        return VIRTUAL + name
    return BUILT_IN.get(account.lower(), (account, ""))[0]


def log_folder(layout, text):
    # type: (Layout, str) -> str
    """``text``: as it is once it is filled in. A folder of an instance's own: those below the environment and the data folder are that by themselves."""
    place = os.path.normpath(text.replace("\\", os.sep))
    inside = [each + os.sep for each in (layout.environment, layout.data) if each]
    if layout.instance and not (place + os.sep).startswith(tuple(inside)):
        return os.path.join(place, layout.instance)
    return place


def _texts(info):
    # type: (ServiceInfo) -> list[str]
    return list(info.command) + list(info.environment.values()) + [info.directory]


def filled(context, text):
    # type: (Context, str) -> str
    """``{package.NAME}`` is the folder of an installed package."""

    def package(match):
        # type: (re.Match[str]) -> str
        return os.path.join(context.layout.site_packages, *match.group(1).split("."))

    found = context.filling().text(_PACKAGE.sub(package, text))
    if any(letter in found for letter in "\r\n\0"):
        raise InstallError(FAILED, "A value with line ends can't stand in the settings of a service: %s" % text)
    return found


def services_in_the_way(manifest, layout, host):
    # type: (Manifest, Layout, Host) -> list[Problem]
    """Services of the same names that something else made."""
    problems = []
    for each in manifest.services:
        name = full_name(layout, each.name)
        found = command_of(host.services, name)
        if found is not None and not starts_host(layout, found):
            text = "there is a service %s that this bundle did not make (%s): remove it, or give this one another name"
            problems.append(Problem(OTHER_VERSION, text % (name, found)))
    return problems


def settings(context, info):
    # type: (Context, ServiceInfo) -> list[str]
    """The lines of the host's file. See shims/service_settings.c."""
    layout = context.layout
    words = [filled(context, each) for each in info.command]
    found = find_program(context.host, context.layout.release, words[0])
    if found is None:
        text = "The service %s can't run %s: there is no such program in %s"
        raise InstallError(FAILED, text % (info.name, words[0], layout.scripts))
    words = found + words[1:]
    if os.path.splitext(words[0])[1].lower() not in _PROGRAMS:
        raise InstallError(FAILED, "The service %s can't run %s: not a valid program" % (info.name, words[0]))
    directory = os.path.normpath(filled(context, info.directory).replace("\\", os.sep))
    if not os.path.isdir(directory):
        raise InstallError(
            FAILED, "The service %s is to run in %s, and there is no such folder" % (info.name, directory)
        )
    # its output goes to a file: Python would keep it back, and write it in the machine's code page
    environment = dict({"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}, **info.environment)
    lines = [
        "format=%d" % CONF_FORMAT,
        "program=" + words[0],
        "command=" + subprocess.list2cmdline(words),
        "directory=" + directory,
        "release=" + layout.release,
        "log-size=%d" % info.log_size,
        "log-count=%d" % info.log_count,
        "stop-timeout=%d" % info.stop_timeout,
        "path=" + layout.scripts,
        "library=" + layout.scripts,
        "library=" + layout.runtime,
    ]
    lines += ["remove=" + each for each in ASTRAY if each not in environment]
    return lines + ["environment=%s=%s" % (name, filled(context, environment[name])) for name in sorted(environment)]


# -- rights


def _grants(context, services):
    # type: (Context, list[Service]) -> list[Grant]
    """Each service reads the environment and writes its data and its log; what it runs, it can't change."""
    layout, grants = context.layout, []  # type: tuple[Layout, list[Grant]]
    for each in services:
        if each.account == SYSTEM:
            continue  # it may everything
        log = os.path.dirname(each.log)
        for sid in _sids(context.host, each.name, each.account):
            grants.append(Grant(layout.environment, sid, "read"))
            grants += [Grant(layout.data, sid, "modify")] if layout.data else []
            if not layout.data or not (log + os.sep).startswith(layout.data + os.sep):
                grants.append(Grant(log, sid, "modify"))
    for permission in context.manifest.permissions:
        place = os.path.normpath(filled(context, permission.path).replace("\\", os.sep))
        account = context.filling().text(permission.account)
        whose = _sid(context.host, context.layout, permission._replace(account=account))
        if whose is None:
            raise InstallError(FAILED, UNKNOWN % account)
        grants.append(Grant(place, whose, permission.rights))
    return grants


def _sids(host, name, account):
    # type: (Host, str, str) -> list[str]
    """Whom a service's rights are given to: itself, and the account that is its own alone, a person's or a managed one.

    Windows may put a service's SID into its processes' tokens only after the next start of the system (Microsoft, SERVICE_SID_INFO): the first
    start is right all the same. What LocalService and NetworkService had, every other service of these accounts would have.
    """
    sids = [service_sid(name)]
    shared = [each for each, _ in BUILT_IN.values()]
    if account not in shared and not account.lower().startswith(VIRTUAL.lower()):
        sid = host.rights.account_sid(account)
        sids += [sid] if sid is not None else []
    return sids


def _sid(host, layout, permission):
    # type: (Host, Layout, PermissionInfo) -> str | None
    """None: there is no such account."""
    account = permission.account  # type: str
    if account == PLANNED:
        return account
    if permission.service:
        return service_sid(full_name(layout, account))
    if is_sid(account):
        return account.upper()
    if account.lower().startswith(VIRTUAL.lower()):
        return service_sid(account[len(VIRTUAL) :])
    if account.lower() in BUILT_IN:
        return BUILT_IN[account.lower()][1]
    return well_known_sid(account) or host.rights.account_sid(account)


def unknown_accounts(manifest, layout, host):
    # type: (Manifest, Layout, Host) -> list[Problem]
    """Found before anything is made: a domain that can't be asked, or a name in another language. Those that the site chooses are asked for
    elsewhere.
    """
    written = [each for each in manifest.permissions if value_of(each.account) is None]
    unknown = [each.account for each in written if _sid(host, layout, each) is None]
    return [Problem(FAILED, UNKNOWN % each) for each in sorted(set(unknown))]
