"""Wheels that no bundle brought: judged as the bundle's own are, kept in the release, so that they can be installed again."""

from __future__ import absolute_import, unicode_literals

import os
import re

from ..archives import DAMAGED, opened, read_text
from ..bundle.added_bundle import Added, added_to
from ..bundle.wheel_tags import fits
from ..compat import counted, to_text
from ..errors import FAILED, InstallError
from ..machine.file_contents import hash_file
from ..wheels.pip_check import first, metadata_fields
from ..wheels.wheel_file import normal_name, read_wheel
from .base import Step
from .install_wheels import judge_wheels
from .ssh_signatures import is_signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Manifest
    from ..machine.host import Host
    from .context import Context

_NAME = re.compile(r"[A-Za-z0-9_.!+]+(-[A-Za-z0-9_.!+]+){4,5}\.whl\Z", re.IGNORECASE)


def read_added(host, manifest, folder, signed=False):
    # type: (Host, Manifest, str, bool) -> tuple[list[Added], list[str]]
    """The wheels that lie in a folder, and what speaks against them: anything else in it, other tags, names that don't agree, packages that
    the bundle has. Which of their files would lie where they mustn't, ``clashes`` says. ``signed``: their signatures may lie beside them.
    """
    found, faults = [], []  # type: list[Added], list[str]
    own = {normal_name(each.name): each.version for each in manifest.packages}
    names = sorted(to_text(each) for each in os.listdir(folder))
    if signed:
        names = [each for each in names if not any(is_signature(other, each) for other in names)]
    for name in names:
        path = os.path.join(folder, name)
        if host.files.is_link(path) or not os.path.isfile(path):
            faults.append("%s is not a file" % name)
        elif _NAME.match(name) is None:
            faults.append("%s is not a wheel: the folder may hold nothing else" % name)
        elif not fits(name, manifest.target.tags):
            faults.append("%s is not for the Python of the target, %s" % (name, manifest.target.python))
        else:
            try:
                wheel = _read(path, name)
            except InstallError as error:
                faults.append(error.message)
                continue
            if wheel.name in own:
                faults.append("%s is %s, which the bundle has in version %s" % (name, wheel.name, own[wheel.name]))
            if wheel.name in [each.name for each in found]:
                faults.append("%s is there twice: %s" % (wheel.name, name))
            found.append(wheel)
    if not names:
        faults.append("there is no wheel in %s" % folder)
    return found, faults


def _read(path, file):
    # type: (str, str) -> Added
    """Raises InstallError (1603)."""
    name, version = file.split("-")[:2]
    wheel = read_wheel(path, name)
    try:
        with opened(path) as archive:
            fields = metadata_fields(read_text(archive, wheel.info + "/METADATA"))
    except (EnvironmentError,) + DAMAGED:
        fields = {}
    stated = [first(fields, key) for key in ("name", "version")]
    if normal_name(stated[0]) != normal_name(name) or _plain(stated[1]) != _plain(version):
        text = "%s can't be installed: its METADATA is of %s %s"
        raise InstallError(FAILED, text % (file, stated[0] or "nothing", stated[1]))
    sha256 = hash_file(path)[0]
    size, longest = sum(each.size for each in wheel.members), max(len(each.name) for each in wheel.members)
    return Added(normal_name(name), stated[1], file, sha256, size, longest)


def _plain(version):
    # type: (str) -> str
    return version.lower().replace("-", "_")


def clashes(context):
    # type: (Context) -> list[str]
    """What of the wheels would be where another package has it, or where none may write. ``context``: of the bundle with them."""
    added = {each.name: source for each, source in added_to(context.bundle)}
    wheels = [
        (each.name, added.get(each.name) or context.bundle.path(each.file), each.requested)
        for each in context.manifest.packages
    ]
    try:
        shared = judge_wheels(context, wheels)
    except InstallError as error:
        return [each[2:] for each in error.details] or [error.message]
    return ["%s and %s both bring %s" % each for each in shared if each[0] in added or each[1] in added]


class KeepWheelsStep(Step):
    """What is copied is what was judged, or nothing."""

    id = "keep-wheels"

    def describe(self, context):
        # type: (Context) -> list[str]
        text = "keep %s, which no bundle brought, in %s"
        return [text % (each.file, context.layout.added) for each, _ in added_to(context.bundle)]

    def doing(self, context):
        # type: (Context) -> str
        return "Copying what is added"

    def run(self, context):
        # type: (Context) -> str
        added = added_to(context.bundle)
        os.mkdir(context.layout.added)
        for each, source in added:
            place = os.path.join(context.layout.added, each.file)
            context.hashes[place] = copied = context.host.files.copy(source, place)
            if copied[0] != each.sha256:
                raise InstallError(FAILED, "%s has changed since it was looked at: copy it again" % source)
            context.log.write("adds %s, SHA-256 %s" % (each.file, each.sha256))
        return "Copied %s" % counted(len(added), "wheel")
