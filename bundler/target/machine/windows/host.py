"""The port to Windows, by way of ctypes and the registry: right under 2.7 too, and whatever language Windows speaks."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

import ctypes
import hashlib
import os
from ctypes import wintypes

from ...compat import PY2, native, text_type, to_text
from ..host import Host, InstalledPython, existing_parent
from . import files, programs, registry
from .accounts import account_sid, own_sid

if PY2:
    import _winreg as winreg
else:
    import winreg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..files import User
    from ..services import ServiceManager

_kernel = ctypes.WinDLL(native("kernel32"), use_last_error=True)
_shell = ctypes.WinDLL(native("shell32"), use_last_error=True)
_secur32 = ctypes.WinDLL(native("secur32"), use_last_error=True)

_MOVEFILE_REPLACE_EXISTING = 1
_MOVEFILE_WRITE_THROUGH = 8
_FILE_ADD_FILE_AND_FOLDER = 2 | 4
_SHARE_ALL = 1 | 2 | 4
_OPEN_EXISTING = 3
_FILE_FLAG_BACKUP_SEMANTICS = 0x02000000
_INVALID_HANDLE = ctypes.c_void_p(-1).value
_NAME_SAM_COMPATIBLE = 2
_ERROR_ALREADY_EXISTS = 183
_WAIT_OBJECT_0 = 0
_WAIT_ABANDONED = 0x80

_kernel.CreateMutexW.restype = wintypes.HANDLE
_kernel.CreateMutexW.argtypes = [ctypes.c_void_p, wintypes.BOOL, wintypes.LPCWSTR]
_kernel.WaitForSingleObject.argtypes = [wintypes.HANDLE, wintypes.DWORD]
_kernel.CloseHandle.argtypes = [wintypes.HANDLE]
_kernel.GetCommandLineW.restype = wintypes.LPWSTR
_kernel.MoveFileExW.argtypes = [wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD]
_kernel.GetVolumePathNameW.argtypes = [wintypes.LPCWSTR, wintypes.LPWSTR, wintypes.DWORD]
_kernel.GetDiskFreeSpaceExW.argtypes = [wintypes.LPCWSTR, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
_kernel.CreateFileW.restype = ctypes.c_void_p
_kernel.CreateFileW.argtypes = [
    wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE,
]  # fmt: skip
_shell.CommandLineToArgvW.restype = ctypes.POINTER(wintypes.LPWSTR)
_shell.CommandLineToArgvW.argtypes = [wintypes.LPCWSTR, ctypes.POINTER(ctypes.c_int)]


class _Version(ctypes.Structure):
    _fields_ = [
        (native("size"), wintypes.DWORD),
        (native("major"), wintypes.DWORD),
        (native("minor"), wintypes.DWORD),
        (native("build"), wintypes.DWORD),
        (native("platform"), wintypes.DWORD),
        (native("service_pack"), wintypes.WCHAR * 128),
    ]


class WindowsHost(Host):
    scripts = "Scripts"
    exe = ".exe"
    null = "nul"
    path_limit = 259  # MAX_PATH without its terminating zero; that long paths are switched on is not assumed
    temporary_names = ("TEMP", "TMP")
    venv_options = ("--copies",)

    def arguments(self):
        # type: () -> list[str]
        """2.7 sees its arguments in the code page, with question marks where a letter isn't in it."""
        count = ctypes.c_int()
        found = _shell.CommandLineToArgvW(_kernel.GetCommandLineW(), ctypes.byref(count))
        words = [found[i] or "" for i in range(count.value)]
        return words[len(words) - len(sys.argv) + 1 :]

    def runtime_python(self, runtime):
        # type: (str) -> str
        return os.path.join(runtime, "python.exe")

    def site_packages(self, environment, python):
        # type: (str, str) -> str
        return os.path.join(environment, "Lib", "site-packages")

    def launchers(self, environment):
        # type: (str) -> list[str]
        """Programs, and the scripts of packages that have no programs: ``activate_this.py`` is told where it lies by who runs it."""
        names = [to_text(each) for each in os.listdir(os.path.join(environment, self.scripts))]
        wanted = (each for each in names if each.lower().endswith((".exe", ".py", ".pyw")))
        return sorted(each for each in wanted if each.lower() != "activate_this.py")

    def replace(self, source, destination):
        # type: (str, str) -> None
        if not _kernel.MoveFileExW(source, destination, _MOVEFILE_REPLACE_EXISTING | _MOVEFILE_WRITE_THROUGH):
            raise ctypes.WinError(ctypes.get_last_error())

    def is_link(self, path):
        # type: (str) -> bool
        return files.is_link(path)

    def remove_link(self, path):
        # type: (str) -> None
        files.remove_link(path)

    def to_disk(self, folder):
        # type: (str) -> None
        drive = os.path.splitdrive(os.path.abspath(folder))[0]
        if not (drive.endswith(":") and files.flush("\\\\.\\" + drive)):
            files.flush_all(self.walk(folder))

    def remove_after_exit(self, tree, folders):
        # type: (str, list[str]) -> None
        programs.remove_after_exit(tree, folders, self.environ())

    def users(self, paths):
        # type: (list[str]) -> list[tuple[str, list[User]]]
        return programs.users(paths)

    def family(self, processes):
        # type: (list[int]) -> set[int]
        return programs.family(processes)

    def private(self, path):
        # type: (str) -> None
        files.private(path)

    def make_guarded(self, path):
        # type: (str) -> None
        if self.is_admin():
            files.make_guarded(path)
        else:
            os.mkdir(path)

    def volume(self, path):
        # type: (str) -> tuple[str, int]
        folder = existing_parent(path)
        name, free = ctypes.create_unicode_buffer(1024), ctypes.c_ulonglong()
        if not _kernel.GetVolumePathNameW(folder, name, 1024):
            raise ctypes.WinError(ctypes.get_last_error())
        if not _kernel.GetDiskFreeSpaceExW(folder, ctypes.byref(free), None, None):
            raise ctypes.WinError(ctypes.get_last_error())
        return name.value, free.value

    def may_create(self, folder):
        # type: (str) -> bool
        """Asks for the rights by opening the folder itself: ``os.access`` knows nothing of access control lists."""
        handle = _kernel.CreateFileW(
            folder, _FILE_ADD_FILE_AND_FOLDER, _SHARE_ALL, None, _OPEN_EXISTING, _FILE_FLAG_BACKUP_SEMANTICS, None
        )
        if handle in (None, _INVALID_HANDLE):
            return False
        _kernel.CloseHandle(handle)
        return True

    def windows_version(self):
        # type: () -> tuple[int, int, int] | None
        """By RtlGetVersion: GetVersionEx tells a program without a manifest that it runs on Windows 8."""
        version = _Version()
        version.size = ctypes.sizeof(version)
        ctypes.WinDLL(native("ntdll")).RtlGetVersion(ctypes.byref(version))
        return version.major, version.minor, version.build

    def bits(self):
        # type: () -> int
        wide = os.environ.get(native("PROCESSOR_ARCHITEW6432")) or os.environ.get(native("PROCESSOR_ARCHITECTURE"), "")
        return 64 if "64" in wide else 32

    def is_admin(self):
        # type: () -> bool
        """Of the process's token: an administrator who wasn't elevated is none. ``net session`` asks another question."""
        return bool(_shell.IsUserAnAdmin())

    def account(self):
        # type: () -> tuple[str, str | None]
        name, size = ctypes.create_unicode_buffer(512), wintypes.DWORD(512)
        known = _secur32.GetUserNameExW(_NAME_SAM_COMPATIBLE, name, ctypes.byref(size))
        return to_text(name.value) if known else "", own_sid()

    def register(self, scope, key, values):
        # type: (str, str, dict[str, str | int]) -> None
        programs.register(scope, key, values)

    def unregister(self, scope, key):
        # type: (str, str) -> None
        programs.unregister(scope, key)

    def account_sid(self, name):
        # type: (str) -> str | None
        return account_sid(name)

    def icacls(self):
        # type: () -> str | None
        return os.path.join(self.environ().get("SystemRoot", "C:\\Windows"), "System32", "icacls.exe")

    def services(self):
        # type: () -> ServiceManager
        from .services import WindowsServiceManager

        return WindowsServiceManager()

    def registry_value(self, key, value, view):
        # type: (str, str | None, int | None) -> str | None
        return registry.registry_value(key, value, view if self.bits() == 64 else None)

    def file_version(self, path):
        # type: (str) -> str | None
        return registry.file_version(path)

    def pythons(self, minor):
        # type: (str) -> list[InstalledPython]
        found = []
        places = (
            (winreg.HKEY_LOCAL_MACHINE, winreg.KEY_WOW64_64KEY, 64),
            (winreg.HKEY_LOCAL_MACHINE, winreg.KEY_WOW64_32KEY, 32),
            (winreg.HKEY_CURRENT_USER, 0, None),  # this one is not divided into views
        )
        for root, view, bits in places:
            for tag in (minor, minor + "-32"):
                directory = _value(root, view, "Software\\Python\\PythonCore\\%s\\InstallPath" % tag)
                if directory:
                    known = bits if bits is not None else (32 if tag.endswith("-32") else None)
                    found.append(InstalledPython(directory, known, root == winreg.HKEY_LOCAL_MACHINE))
        if self.bits() == 32:
            # both views are the same one there
            found = [each for each in found if each.bits != 64]
        return found

    def msi_features(self, path):
        # type: (str) -> list[str]
        from .msi import features

        return features(path)

    def interactive(self):
        # type: () -> bool
        from .terminal import is_attended

        return sys.stdin is not None and sys.stdout is not None and is_attended()

    def lock(self, name):
        # type: (str) -> Any | None
        """A named mutex of the machine: it leaves no file behind, and the system frees it when the process dies."""
        digest = to_text(hashlib.sha256(name.lower().encode("utf-8")).hexdigest())
        handle = _kernel.CreateMutexW(None, False, "Global\\offline-bundle-" + digest[:16])
        if not handle:
            return None  # somebody else's, and closed to this account
        if _kernel.WaitForSingleObject(handle, 0) in (_WAIT_OBJECT_0, _WAIT_ABANDONED):
            return handle
        _kernel.CloseHandle(handle)
        return None


def _value(root, view, path):
    # type: (Any, int, str) -> str | None
    try:
        with winreg.OpenKey(root, path, 0, winreg.KEY_READ | view) as key:
            value = winreg.QueryValueEx(key, "")[0]
    except EnvironmentError:
        return None
    return to_text(value) if value else None
