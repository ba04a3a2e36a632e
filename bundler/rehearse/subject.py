"""What is rehearsed: an unpacked bundle, its places on the machine, and the texts that name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from bundler.model.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.model.site_values import SiteType

_PLACE = re.compile(r"\{(release|environment|data|site\.(\w+)|package\.([\w.]+))\}")
MADE_UP: dict[SiteType, str] = {
    "text": "rehearsal-{}",
    "integer": "1",
    "port": "18080",
    "path": "C:\\Rehearsal\\{}",
    "account": "LocalService",
    "url": "http://{}.invalid/",
}
"""What a value is where nobody gives one; of type choice it is the first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """``folder``: the bundle, unpacked on this host; ``sha256``: of the archive, for a folder that of its SHA256SUMS, and ``sums`` that of any; ``instance``:
    as /instance: has it.
    """

    folder: Path
    manifest: Manifest
    sha256: str
    sums: str = ""
    instance: str = ""

    @property
    def title(self) -> str:
        return f"{self.manifest.bundle.name} {self.manifest.bundle.version}"

    @property
    def environment(self) -> str:
        """The environment's folder on the machine."""
        return self.manifest.environment.path + self._ending

    @property
    def data(self) -> str | None:
        """The data folder, if there is one."""
        return self.manifest.environment.data and self.manifest.environment.data + self._ending

    @property
    def _ending(self) -> str:
        return f"-{self.instance}" if self.instance else ""

    @property
    def release(self) -> str:
        """The release's folder on the machine."""
        return str(PureWindowsPath(self.environment) / "releases" / self.manifest.bundle.release)

    @property
    def scripts(self) -> str:
        """Where the stable names of its programs are."""
        return str(PureWindowsPath(self.environment) / "Scripts")

    def values(self, given: Mapping[str, str]) -> dict[str, str]:
        """Site values: those given, those of [rehearse], and made-up ones where the recipe has no default and there must be one."""
        found = {}
        for each in self.manifest.site:
            value = given.get(each.name, self.manifest.rehearse.site.get(each.name))
            if value is not None:
                found[each.name] = value
            elif each.default is None and each.required:
                found[each.name] = each.choices[0] if each.choices else MADE_UP[each.type].format(each.name)
        return found

    @property
    def secrets(self) -> frozenset[str]:
        """Names of the site values that are secret."""
        return frozenset(each.name for each in self.manifest.site if each.secret)

    def unknown(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """Names that are given and that the bundle has no site value for."""
        return tuple(sorted(given.keys() - {each.name for each in self.manifest.site}))

    def filled(self, text: str, given: Mapping[str, str]) -> str:
        """A text of the manifest with its places filled in; what isn't known stays as it is."""
        defaults = {each.name: each.default for each in self.manifest.site if each.default is not None}
        site = {**defaults, **self.values(given)}

        def fill(match: re.Match[str]) -> str:
            if match[2]:
                return site.get(match[2], match[0])
            if match[3]:
                return rf"{self.release}\Lib\site-packages" + "".join("\\" + part for part in match[3].split("."))
            places = {"release": self.release, "environment": self.environment, "data": self.data}
            return places[match[1]] or match[0]

        return _PLACE.sub(fill, text)
