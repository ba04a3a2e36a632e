"""bdist_msi: a Windows Installer database that distutils made with msilib, its files in one cabinet inside.

A file lies below TARGETDIR as it would below Python's own folder; every Python that can be chosen is a feature (``Python2.7``; ``PythonX`` is
"another location") whose copies are in DuplicateFile and not in File.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bundler.errors import BundleError
from bundler.formats.malformed import damaged
from bundler.formats.msi.cabinet import Cabinet, CabinetFile
from bundler.formats.msi.compound import compound_streams
from bundler.formats.msi.database import Database, folder_name, long_name, whole_path
from bundler.formats.msi.summary import PLATFORMS, read_summary
from bundler.legacy.contents_by_place import Claim, Installer, into_prefix
from bundler.legacy.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bundler.formats.archives.guard import Guard
    from bundler.formats.archives.streams import Sink, Visit
    from bundler.formats.msi.database import Row

_LOCATOR = re.compile(r"software\\python\\pythoncore\\(\d\.\d{1,2})(?:-\d+)?\\installpath", re.IGNORECASE)
_PRODUCT = re.compile(r"(?:Python (?P<python>\d\.\d{1,2}) )?(?P<name>.+)-(?P<version>[^-]+)")
_SCRIPT = re.compile(r"\[#([^\[\]]{1,255})\]")
_DEEPEST = 64


def msi_kind(file: Path) -> Kind:
    """What an OLE file is; raises nothing but what the disk does."""
    try:
        with compound_streams(file) as streams:
            known = "\u4840" in "".join(streams.names())
            database = Database(streams) if known else None
            if database is None:
                return Kind.OLE
            return Kind.BDIST_MSI if _is_bdist_msi(database) else Kind.MSI
    except BundleError:
        return Kind.DAMAGED


def _is_bdist_msi(database: Database) -> bool:
    """Of what msilib makes, cx_Freeze's and python.org's own look for no Python in the registry, or bring one."""
    cabinets = {str(each.get("Cabinet") or "") for each in database.rows("Media")}
    return cabinets == {"#distfiles"} and any(_pythons(database))


def _pythons(database: Database) -> Iterator[str]:
    for each in database.rows("RegLocator"):
        if found := _LOCATOR.search(str(each.get("Key") or "")):
            yield found[1]


def read_msi(file: Path) -> Installer:
    """Read what the installer says of itself; raises IntegrityError (``installer-malformed``)."""
    with compound_streams(file) as streams:
        database = Database(streams)
        architecture = read_summary(streams).architecture
        properties = {str(each.get("Property")): str(each.get("Value") or "") for each in database.rows("Property")}
        paths = dict(_paths(database))
        post_install = _post_install(database, paths)
        pre_install = next(
            (
                database.stream(f"Binary.{each.get('Name')}")
                for each in database.rows("Binary")
                if each.get("Name") == "PreInstall"
            ),
            b"",
        )
        pythons = tuple(dict.fromkeys(_pythons(database)))
    product = _PRODUCT.fullmatch(properties.get("ProductName", ""))
    name = product["name"] if product else ""
    version = properties.get("DistVersion") or (product["version"] if product else properties.get("ProductVersion", ""))
    return Installer(
        kind=Kind.BDIST_MSI,
        file=file,
        name=name,
        version=version,
        fields=tuple(
            (field, properties[key])
            for key, field in (
                ("Manufacturer", "Author"),
                ("ARPCONTACT", "Author-email"),
                ("ARPURLINFOABOUT", "Home-page"),
            )
            if properties.get(key)
        ),
        claims=tuple(_claims(pythons, product["python"] if product else None, architecture)),
        post_install=post_install,
        pre_install=pre_install.strip(),
        place=lambda path: into_prefix(tuple(path.split("/")), name),
        reader=_walk,
    )


def _claims(pythons: tuple[str, ...], product: str | None, architecture: str | None) -> Iterator[Claim]:
    """One Python in the registry is the one; several are a choice, which pure packages leave to whoever installs them."""
    if len(pythons) == 1:
        yield Claim(about="python", value=pythons[0], source="the Python that it looks for in the registry")
    if product:
        yield Claim(about="python", value=product, source="its product name")
    if platform := PLATFORMS.get(architecture or "intel"):  # msilib writes that of the Python that runs it
        yield Claim(about="platform", value=platform, source="the platform of its summary", weak=True)


def _paths(database: Database) -> Iterator[tuple[str, str]]:
    """The key of each file and its path below Python's folder."""
    parents = {str(each["Directory"]): each for each in database.rows("Directory")}
    homes = {str(each["Component"]): str(each["Directory_"]) for each in database.rows("Component")}
    known: dict[str, tuple[str, ...]] = {}
    for each in database.rows("File"):
        home = homes.get(str(each["Component_"]))
        if home is None:
            raise ValueError(f"its file {each['File']} belongs to no component")
        if home not in known:
            known[home] = _folder(home, parents)
        yield str(each["File"]), whole_path(known[home], long_name(str(each["FileName"])))


def _folder(key: str, rows: Mapping[str, Row]) -> tuple[str, ...]:
    parts: list[str] = []
    for _ in range(_DEEPEST):
        if key.startswith("TARGETDIR"):  # also TARGETDIR2.7, whose place the registry tells
            return tuple(reversed(parts))
        if key not in rows:
            raise ValueError(f"its folder {key!r} isn't there")
        row = rows[key]
        name = folder_name(str(row["DefaultDir"]))
        if name != ".":
            parts.append(name)
        if not row.get("Directory_Parent") or row["Directory_Parent"] == key:
            raise ValueError(f"its folder {key!r} lies outside of TARGETDIR")
        key = str(row["Directory_Parent"])
    raise ValueError("its folders are nested too deep, or in a circle")


def _post_install(database: Database, paths: Mapping[str, str]) -> str | None:
    """The script that the installer runs by the chosen Python: an action whose target is one of its files."""
    for each in database.rows("CustomAction"):
        found = script_in(str(each.get("Target") or ""))
        if str(each.get("Action")).startswith("install_script") and found:
            return paths.get(found, found).rpartition("/")[2]
    return None


def script_in(target: str) -> str | None:
    """The key of the file that an action starts."""
    found = _SCRIPT.search(target)
    return found[1] if found else None


def _walk(archive: Path, guard: Guard, visit: Visit) -> None:
    with compound_streams(archive) as streams:
        database = Database(streams)
        paths = dict(_paths(database))
        cabinet = Cabinet(database.stream("distfiles"))
        guard.expect(sum(each.size for each in cabinet.files))
        names = {each.name for each in cabinet.files}
        if missing := sorted(paths.keys() - names):
            raise damaged(archive, f"its cabinet lacks {missing[0]}")

        def visit_file(file: CabinetFile) -> Sink | None:
            guard.grow(file.size)
            if file.name not in paths:
                raise guard.fault("archive-unsafe", f"holds {file.name!r}, which none of its tables names")
            return visit(guard.enter(paths[file.name], folder=False))

        cabinet.extract(visit_file)
