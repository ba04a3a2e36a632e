"""The site values of a run: what was given before, what is given now, and who is asked for the rest."""

from __future__ import absolute_import, unicode_literals

import os

from ..layout import release_of
from ..state.releases import last_settings
from ..state.site_accounts import passwords_of_others
from ..state.site_values import SITE_TOML, collect, given, read_stored, secret_names, would_ask
from ..state.trusted_folders import must_be_trusted, reasons_against

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Manifest
    from ..layout import Layout
    from ..state.receipt import State
    from ..state.site_values import SiteValues
    from .run import Run


def values_of(run, state, manifest):
    # type: (Run, State, Manifest) -> SiteValues
    """``manifest``: of the release that they are for. A complete one has its own, and secrets as they are now."""
    host = run.host
    ask = None
    if host.operator.interactive() and not run.options.quiet:
        ask = would_ask if run.options.plan else host.operator.ask
    path, stored = _stored(run, state, manifest)
    _say_site_toml(run)
    told = given(manifest, run.options, ask)
    values = collect(manifest, path, stored, run.folder, told, ask)
    hide_secrets(run, manifest, values.values)
    for name in sorted(values.values):
        run.log.write("site value %s = %s (from %s)" % (name, values.values[name], values.sources[name]))
    return values


def _stored(run, state, manifest):
    # type: (Run, State, Manifest) -> tuple[str, dict[str, str]]
    """The file of values that were given before, and what it holds. Those that an uninstallation kept lie where others may write: they are
    asked about first.
    """
    layout = run.layout
    current = layout.of(state.pointer) if state.pointer is not None else None
    if state.release_complete:
        own = settings_of(layout, state)
        if os.path.isfile(own.own_site):
            return own.own_site, with_secrets(manifest, read_stored(own.own_site), current)
    if os.path.isfile(layout.site):
        return layout.site, read_stored(layout.site)
    if current is not None and os.path.isfile(current.own_site):
        return current.own_site, read_stored(current.own_site)
    if layout.kept_site is not None and os.path.isfile(layout.kept_site):
        against = reasons_against(run.host, layout.kept_site)
        if not against:
            return layout.kept_site, read_stored(layout.kept_site)
        words = ["The values in %s aren't taken: others may have changed them" % layout.kept_site]
        run.console.error("\n".join(words + ["- " + each for each in against]))
    return layout.site, read_stored(layout.site)


def hide_secrets(run, manifest, values):
    # type: (Run, Manifest, dict[str, str]) -> None
    """From the log and the screen."""
    for name in secret_names(manifest):
        if name in values:
            run.log.keep_secret(values[name])


def settings_of(layout, state):
    # type: (Layout, State) -> Layout
    """Of a release that is complete: the settings with which it is in use, else the last that it had."""
    if state.pointer is not None and release_of(state.pointer) == layout.release_id:
        return layout.of(state.pointer)
    return last_settings(layout, layout.release_id)


def with_secrets(manifest, values, current):
    # type: (Manifest, dict[str, str], Layout | None) -> dict[str, str]
    """Whatever release or settings are switched to: passwords stay as they are in what is in use, but those of another account."""
    now = read_stored(current.own_site) if current is not None else {}
    others = passwords_of_others(manifest, values, now)
    names = [each for each in secret_names(manifest) if now.get(each) and each in values and each not in others]
    return dict(values, **{str(name): now[name] for name in names})


def _say_site_toml(run):
    # type: (Run) -> None
    """Raises InstallError (1625) where an administrator's run would take the values of somebody else."""
    path = os.path.join(run.folder, SITE_TOML)
    if os.path.isfile(path):
        must_be_trusted(run.host, path)
        run.console.line("Site values are read from %s" % path)
