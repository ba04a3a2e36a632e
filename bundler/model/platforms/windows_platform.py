"""Windows as a target."""

from __future__ import annotations

import ntpath

from bundler.model.platforms import windows_paths
from bundler.model.platforms.target_platform import Architecture, PathRules, Platform, ProgramRules, ShippedPrograms
from bundler.model.platforms.windows_versions import lowest_windows, updates_needed, windows_name

WINDOWS = Platform(
    name="Windows",
    architectures={
        # a 32-bit Python on 64-bit Windows, which every server since 2008 R2 is, says AMD64
        "win32": Architecture(machine="AMD64", bits=32),
        "win_amd64": Architecture(machine="AMD64", bits=64),
        "win_arm64": Architecture(machine="ARM64", bits=64),
    },
    markers={"os_name": "nt", "platform_system": "Windows", "sys_platform": "win32"},
    paths=PathRules(
        separator="\\",
        absolute_fault=windows_paths.absolute_fault,
        part_faults=windows_paths.part_faults,
        slips=windows_paths.slips,
        is_inside=windows_paths.is_inside,
        file_faults=windows_paths.file_faults,
        is_place=windows_paths.is_place,
        folded=windows_paths.folded,
        is_below=windows_paths.is_below,
        file_name=ntpath.basename,
        folder_room=12,
        path_limit=259,  # MAX_PATH without its terminating zero; that long paths are switched on is not assumed
    ),
    programs=ProgramRules(
        folder="Scripts",
        endings=("", ".exe", ".bat", ".cmd", ".py"),  # those that ``find_program`` of the target tries
        launcher=".exe",
        of_environment=frozenset({"python.exe", "pythonw.exe", "activate.bat", "deactivate.bat"}),
    ),
    shipped=ShippedPrograms(
        starter="bootstrap.bat",
        kept_starter="kept.bat",
        line_end=b"\r\n",  # cmd misses labels otherwise
        launchers=("shim.exe", "shimw.exe"),
        service_host="service.exe",
    ),
    lowest_version=lowest_windows,
    version_name=windows_name,
    updates_needed=updates_needed,
    audits_dlls=True,
    classifier="Operating System :: Microsoft",
    # "Availability: Unix" in the library's reference; but for curses and readline, which packages bring
    lacking_modules=frozenset(
        (
            "crypt",
            "fcntl",
            "grp",
            "nis",
            "ossaudiodev",
            "posix",
            "pty",
            "pwd",
            "resource",
            "spwd",
            "syslog",
            "termios",
            "tty",
        )
    ),
)
