"""The description of a Python tree as an installer database, for wixl: features, components, files, registry."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.support.bed.winpython import Release

_SPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_ENSUREPIP = (
    # As the real one: no console output. (And no square brackets, which are properties to Windows Installer.)
    "import os,sys,subprocess as s;p=s.Popen((sys.executable,'-m','ensurepip','-U','--default-pip'),"
    "stdin=s.PIPE,stdout=s.PIPE,stderr=s.STDOUT);p.communicate();os._exit(p.returncode)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A feature below DefaultFeature: at which install level, and the folders of the tree that are its own."""

    name: str
    title: str
    level: int = 1
    folders: tuple[str, ...] = ()


FEATURES = (
    Feature(name="Extensions", title="Register Extensions"),
    Feature(name="TclTk", title="Tcl/Tk", folders=("tcl", "Lib/lib-tk", "Lib/tkinter", "Lib/idlelib")),
    Feature(name="Documentation", title="Documentation", folders=("Doc",)),
    Feature(name="Tools", title="Utility Scripts", folders=("Tools",)),
    Feature(name="pip_feature", title="pip"),
    Feature(name="Testsuite", title="Test suite", folders=("Lib/test",)),
    Feature(name="PrependPath", title="Add python.exe to Path", level=2),
)


def registry_key(release: Release) -> str:
    """The key of an installed Python below HKLM or HKCU (PEP 514)."""
    return rf"Software\Python\PythonCore\{release.minor}" + (
        "-32" if release.arch == "win32" and not release.old else ""
    )


def guid(*parts: str) -> str:
    """A GUID that is the same for the same PARTS."""
    return f"{{{uuid.uuid5(_SPACE, '/'.join(parts))}}}".upper()


def describe(tree: Path, release: Release) -> bytes:
    """The .wxs of TREE; its sources are relative to TREE."""
    return _Description(tree=tree, release=release).build()


@dataclass(kw_only=True)
class _Description:
    tree: Path
    release: Release
    components: dict[str, list[str]] = field(default_factory=dict)
    files: int = 0

    def build(self) -> bytes:
        release = self.release
        bits = 64 if release.arch == "amd64" else 32
        name = f"Python {release.version}" + (" (64-bit)" if bits == 64 else "")
        wix = ET.Element("Wix", xmlns="http://schemas.microsoft.com/wix/2006/wi")
        product = ET.SubElement(
            wix,
            "Product",
            Id=self.guid("product"),
            Name=name,
            Language="1033",
            Version=release.version,
            Manufacturer="Python Software Foundation",
            UpgradeCode=guid("upgrade", release.minor, release.arch),
        )
        ET.SubElement(product, "Package", InstallerVersion="200", Compressed="yes")
        ET.SubElement(product, "Media", Id="1", Cabinet="python.cab", EmbedCab="yes")
        ET.SubElement(product, "Property", Id="ARPPRODUCTICON", Value="python.exe")
        self._actions(product)
        top = ET.SubElement(product, "Directory", Id="TARGETDIR", Name="SourceDir")
        self._directory(top, self.tree)
        self._registry(top, bits)
        self._features(product)
        return bytes(ET.tostring(wix, encoding="utf-8", xml_declaration=True))

    def guid(self, *parts: str) -> str:
        return guid(*parts, self.release.version, self.release.arch)

    def _actions(self, product: ET.Element) -> None:
        default = f"[WindowsVolume]Python{self.release.nodot}\\"
        ET.SubElement(product, "CustomAction", Id="InitialTargetDir", Property="TARGETDIR", Value=default)
        ET.SubElement(
            product,
            "CustomAction",
            Id="UpdatePip",
            FileKey="python.exe",
            ExeCommand=f'-c "{_ENSUREPIP}"',
            Execute="deferred",
            Return="check",
        )
        sequence = ET.SubElement(product, "InstallExecuteSequence")
        initial = ET.SubElement(sequence, "Custom", Action="InitialTargetDir", After="LaunchConditions")
        initial.text = 'TARGETDIR=""'
        pip = ET.SubElement(sequence, "Custom", Action="UpdatePip", After="InstallFiles")
        pip.text = "&pip_feature=3 AND NOT (!pip_feature=3)"

    def _component(self, parent: ET.Element, feature: str, identifier: str, *key: str) -> ET.Element:
        self.components.setdefault(feature, []).append(identifier)
        component = ET.SubElement(parent, "Component", Id=identifier, Guid=self.guid("component", *key))
        if self.release.arch == "amd64":
            component.set("Win64", "yes")
        return component

    def _directory(self, parent: ET.Element, directory: Path) -> None:
        relative = directory.relative_to(self.tree).as_posix()
        entries = sorted(directory.iterdir())
        files = [entry for entry in entries if entry.is_file()]
        identifier = guid(relative)[1:-1].replace("-", "")
        if files or not entries:
            component = self._component(parent, _feature_of(relative), f"C_{identifier}", relative)
        if not entries:
            ET.SubElement(component, "CreateFolder")
        for file in files:
            self.files += 1
            program = file.parent == self.tree and file.suffix == ".exe"  # that actions and icons name
            source = file.relative_to(self.tree).as_posix()
            element = ET.SubElement(
                component, "File", Id=file.name if program else f"F{self.files}", Name=file.name, Source=source
            )
            if file is files[0]:
                element.set("KeyPath", "yes")
        for entry in entries:
            if entry.is_dir():
                below = guid(entry.relative_to(self.tree).as_posix())[1:-1].replace("-", "")
                self._directory(ET.SubElement(parent, "Directory", Id=f"D_{below}", Name=entry.name), entry)

    def _registry(self, parent: ET.Element, bits: int) -> None:
        key, release = registry_key(self.release), self.release
        path = r"[TARGETDIR]Lib;[TARGETDIR]DLLs" + (r";[TARGETDIR]Lib\lib-tk" if release.old else "\\")
        values = [
            (rf"{key}\InstallPath", "", "[TARGETDIR]"),
            (rf"{key}\InstallPath\InstallGroup", "", f"Python {release.minor}"),
            (rf"{key}\PythonPath", "", path),
        ]
        if not release.old:
            values += [
                (rf"{key}\InstallPath", "ExecutablePath", "[TARGETDIR]python.exe"),
                (key, "SysVersion", release.minor),
                (key, "Version", release.version),
                (key, "SysArchitecture", f"{bits}bit"),
                (key, "DisplayName", f"Python {release.minor} ({bits}-bit)"),
            ]
        command = '"[TARGETDIR]python.exe" "%1" %*'
        extensions = [
            (r"Software\Classes\.py", "", "Python.File"),
            (r"Software\Classes\Python.File\shell\open\command", "", command),
            (r"Software\Microsoft\Windows\CurrentVersion\App Paths\Python.exe", "", "[TARGETDIR]Python.exe"),
        ]
        for identifier, feature, entries in (
            ("REGISTRY", "DefaultFeature", values),
            ("REGISTRY.def", "Extensions", extensions),
            ("REGISTRY.path", "PrependPath", [(rf"{key}\PathPrepended", "", "1")]),
            ("REGISTRY.ensurepip", "pip_feature", [(rf"{key}\EnsurePipRun", "", "1")]),
        ):
            component = self._component(parent, feature, identifier, identifier)
            for number, (where, name, value) in enumerate(entries):
                element = ET.SubElement(component, "RegistryValue", Root="HKLM", Key=where, Type="string", Value=value)
                if name:
                    element.set("Name", name)
                if not number:
                    element.set("KeyPath", "yes")

    def _features(self, product: ET.Element) -> None:
        default = ET.SubElement(
            product, "Feature", Id="DefaultFeature", Title="Python", Level="1", ConfigurableDirectory="TARGETDIR"
        )
        self._references(default, "DefaultFeature")
        for feature in FEATURES:
            element = ET.SubElement(default, "Feature", Id=feature.name, Title=feature.title, Level=str(feature.level))
            self._references(element, feature.name)

    def _references(self, feature: ET.Element, name: str) -> None:
        for identifier in self.components.get(name, ()):
            ET.SubElement(feature, "ComponentRef", Id=identifier)


def _feature_of(relative: str) -> str:
    for feature in FEATURES:
        if any(relative == folder or relative.startswith(f"{folder}/") for folder in feature.folders):
            return feature.name
    return "DefaultFeature"
