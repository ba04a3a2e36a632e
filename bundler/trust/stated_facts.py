"""What core metadata says of a package's licence, makers and addresses, as a bill of materials can have it."""

from __future__ import annotations

import re
from email.utils import getaddresses
from typing import TYPE_CHECKING

from bundler.foreign import one_line, split_address, without_credentials
from bundler.model.recipe_texts import MAIL
from bundler.model.secret_queries import without_secrets
from bundler.trust.bill import Party, StatedLicence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bundler.formats.core_metadata import CoreMetadata

_CLASSIFIERS = {
    "Academic Free License (AFL)": "",
    "Apache Software License": "",
    "BSD License": "",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Universal Permissive License (UPL)": "UPL-1.0",
    "Zero-Clause BSD (0BSD)": "0BSD",
    "zlib/libpng License": "Zlib",
}
"""Classifiers that name one licence of SPDX's list; empty, as where one isn't here: its name is all that it says."""
_LONGEST, _LONGEST_EXPRESSION = 200, 1000
_LINKS = {
    "website": ("homepage", "home", "website", "home page"),
    "vcs": ("source", "source code", "repository", "code", "github", "gitlab"),
    "issue-tracker": ("issues", "bug tracker", "tracker", "issue tracker", "bugs", "bug reports"),
    "documentation": ("documentation", "docs"),
    "release-notes": ("changelog", "changes", "release notes", "history", "whatsnew"),
}


def stated_licence(metadata: CoreMetadata, expression_in: Callable[[str], str]) -> StatedLicence:
    """License-Expression (PEP 639), else the classifiers, else the first line of License. ``expression_in``: that in a text, such as ``expression_of``."""
    expression = one_line(metadata.first("License-Expression"), _LONGEST_EXPRESSION)
    if expression:
        known = expression_in(expression)
        return StatedLicence(expression=known) if known else StatedLicence(names=(expression,))
    names = tuple(dict.fromkeys(one_line(each, _LONGEST) for each in metadata.licence_classifiers if each))
    if len(names) == 1 and (known := _CLASSIFIERS.get(names[0], "")):
        return StatedLicence(expression=known)
    free = one_line(metadata.first("License").partition("\n")[0], _LONGEST)
    known = expression_in(free)
    if known:  # more exact than classifiers, which have one for all versions of a licence
        return StatedLicence(expression=known)
    if names:
        return StatedLicence(names=names)
    return StatedLicence(names=(free,)) if free and free.upper() != "UNKNOWN" else StatedLicence()


def expression_of(text: str) -> str:
    """An SPDX identifier or expression, as SPDX spells it; empty for what isn't one."""
    from cyclonedx.spdx import fixup_id, is_expression

    if not text:
        return ""
    try:
        return fixup_id(text) or (text if is_expression(text) else "")
    except Exception:  # noqa: BLE001 - a stranger's text, and a parser for those of friends
        return ""


def stated_supplier(metadata: CoreMetadata) -> Party:
    """Maintainers before authors; whoever names nobody is known by an address, if there is one."""
    links = stated_links(metadata)
    home = dict(links).get("website") or next((address for _, address in links), "")
    for role in ("Maintainer", "Author"):
        name = _person(metadata.first(role))
        found = _addresses(metadata.first(f"{role}-email"))
        mail = next((each for _, each in found if each), "")
        name = name or ", ".join(dict.fromkeys(each for each, _ in found if each))
        if name or mail:
            return Party(name=(name or mail)[:_LONGEST], email=mail, url=home)
    return Party(name=home, url=home)


def stated_links(metadata: CoreMetadata) -> tuple[tuple[str, str], ...]:
    """One address of each kind, in the order of the kinds."""
    home = metadata.first("Home-page")
    named = {"homepage": home} if home else {}
    for each in metadata.every("Project-URL"):
        label, _, address = each.partition(",")
        named.setdefault(label.strip().lower(), address.strip())
    found = (
        (kind, address_of(next((named[each] for each in labels if named.get(each)), "")))
        for kind, labels in _LINKS.items()
    )
    return tuple((kind, address) for kind, address in found if address)


def address_of(text: str) -> str:
    """An address of the web, without credentials; empty for anything else."""
    text = text.strip()
    if not re.fullmatch(r"https?://[!-~]{1,1000}", text) or any(each in text for each in '<>"{}|\\^`'):
        return ""
    try:
        return without_secrets(without_credentials(text)) if split_address(text).hostname else ""
    except ValueError:
        return ""


def _person(text: str) -> str:
    line = one_line(text, _LONGEST)
    return "" if line.upper() == "UNKNOWN" else line


def _addresses(text: str) -> Iterator[tuple[str, str]] | list[tuple[str, str]]:
    if not text or len(text) > 20 * _LONGEST:
        return []
    return [
        (one_line(name, _LONGEST), mail if MAIL.fullmatch(mail) else "")
        for name, mail in getaddresses([one_line(text, 20 * _LONGEST)])
    ]
