"""A bed in which a shell script plays Wine: real namespaces and mounts, programs that end at once, and one that waits to be killed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.chroot import STAMP, TEMPLATE, WINE
from bundler.rehearse.wine.container import BASE, find_container

_TOOLS = ("sh", "env", "sleep", "mkdir")
_PYTHON = Path("/usr/bin/python3")
_LIBRARY = re.compile(r"(/\S+)")
_WINE = r"""#!/bin/sh
[ "$1" != --version ] || { echo wine-10.0; exit; }
[ -d /srv/prefix/drive_c ] || mkdir -p /srv/prefix/drive_c/windows
[ "$TERM" != xterm ] || echo > /srv/prefix/drive_c/shell.txt
moment=0 word=
[ ! -f /srv/prefix/moment ] || read moment word < /srv/prefix/moment
[ "$moment" = 0 ] || case "$BUNDLE_RUN_LINE" in *"$word"*)
  n=0
  [ ! -f /srv/prefix/count ] || read n < /srv/prefix/count
  n=$((n+1))
  echo $n > /srv/prefix/count
  if [ "$n" = "$moment" ]; then
    echo > /srv/prefix/reached
    exec sleep 600
  fi;;
esac
case "$BUNDLE_RUN_LINE" in
  *save_registry*) for part in software system user; do : > /srv/session/registry-$part; done;;
  *bootstrap.bat*) echo 'nothing to do';;
  *'all entry points were looked at'*) echo 'all entry points were looked at';;
esac
code=0
case "$BUNDLE_RUN_LINE" in
  *outer*|*syswow64*) [ -e /old ] || [ -e /usr/local/bin/old ] || code=77;;
esac
[ -z "$BUNDLE_RUN_RESULT" ] || printf "exit $code" > "/srv/session/${BUNDLE_RUN_RESULT##*\\}"
"""
_NOTHING = "#!/bin/sh\n"
_SETPRIV = '#!/bin/sh\nwhile [ "${1#--}" != "$1" ]; do shift; done\nexec "$@"\n'
_APT = """#!/bin/sh
case "$*" in
  *indextargets*) echo file:/mirror/debian/; exit;;
esac
"""
_DEBOOTSTRAP = """#!/bin/sh
cp -a '{chroot}/.' "$3"
[ ! -e '{wait}' ] || {{ echo > '{reached}'; exec sleep 600; }}
"""


class PlayedWine:
    """``root``: what BUNDLE_TESTBED names. ``host``: a folder of programs for PATH, with which such a bed is made. ``source``: what `--wine` says."""

    source, template = "chroot", "template"
    goes_by_itself = True
    """Whether of a machine whose rehearsal was killed nothing stays until the next one."""

    def __init__(self, folder: Path) -> None:
        self.root, self.host = folder / "bed", folder / "host"
        self._prepared = folder / "prepared"
        self._fill(self._prepared)
        self.host.mkdir()
        self._waiting, self._waits = folder / "wait", folder / "waits"
        text = _DEBOOTSTRAP.format(chroot=self._prepared, wait=self._waiting, reached=self._waits)
        for name, script in (("debootstrap", text), ("apt-get", _APT)):
            _program(self.host / name, script)

    @property
    def variables(self) -> dict[str, str]:
        """What the environment of commands has."""
        return {
            **os.environ,
            "BUNDLE_TESTBED": str(self.root),
            "PATH": f"{self.host}:{os.environ['PATH']}",
        }

    def make(self) -> None:
        """Make the bed at once."""
        chroot = self.root / STAMP / "chroot"
        shutil.copytree(self._prepared, chroot, symlinks=True)
        for name in ("prefix", "session"):
            (chroot / "srv" / name).mkdir()
        (self.root / TEMPLATE / "template/drive_c/windows").mkdir(parents=True)

    def wait_at(self, moment: int, word: str = "") -> None:
        """Let the program of this number on a machine, of those with ``word`` in their command lines, not end by itself; 0: none."""
        (template,) = self.root.glob(f"*/{self.template}")
        (template / "moment").write_text(f"{moment} {word}\n")
        for each in self.root.glob("running/*/prefix/reached"):  # of one that was killed
            each.unlink()

    def started(self, command: list[str]) -> list[str]:
        """What runs a command on a host that has this Wine."""
        return command

    def reached(self) -> bool:
        """Whether that program was started, in a rehearsal that still runs."""
        return any((self.root / "running").glob("*/prefix/reached"))

    def grow_old(self) -> None:
        """Let the Wine that will be installed have the faults of an old one."""
        (self._prepared / "old").touch()

    def wait_while_made(self, *, wait: bool) -> None:
        """Whether making the bed stops half-way."""
        self._waits.unlink(missing_ok=True)
        if wait:
            self._waiting.touch()
        else:
            self._waiting.unlink(missing_ok=True)

    def half_made(self) -> bool:
        """Whether that was reached."""
        return self._waits.exists()

    def folders(self) -> list[str]:
        """Those of rehearsals, and of beds that are being made."""
        return sorted(
            each.name for each in (*self.root.glob("running/*"), *self.root.glob("*/unfinished-*")) if each.is_dir()
        )

    def processes(self) -> list[int]:
        return processes_of(self.root)

    def _fill(self, chroot: Path) -> None:
        folders = "usr/bin usr/lib/wine proc tmp dev run srv etc var/lib/dpkg"
        for name in folders.split():
            (chroot / name).mkdir(parents=True)
        for tool in _TOOLS:
            found = shutil.which(tool)
            assert found is not None
            _copy(Path(found), chroot, f"usr/bin/{tool}")
        (chroot / "bin").symlink_to("usr/bin")
        (chroot / "var/lib/dpkg/status").write_text("Package: wine\nVersion: 10.0\n")
        (chroot / "etc/os-release").write_text("VERSION_CODENAME=trixie\n")
        _program(chroot / WINE.lstrip("/"), _WINE)
        for name in ("wineserver", "dpkg", "apt-get", "rm"):
            _program(chroot / "usr/bin" / name, _NOTHING)
        _program(chroot / "usr/bin/setpriv", _SETPRIV)  # a host's own may be too old for its options


class PlayedHostWine(PlayedWine):
    """The host has it, among its own programs. Only what is run by ``started`` sees it there."""

    source, template = "host", "host-template"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._programs = folder / "programs"
        self._programs.mkdir()
        _program(self._programs / "wine", _WINE)
        _program(self._programs / "wineserver", _NOTHING)

    def make(self) -> None:
        """It is made by whoever comes first."""

    def grow_old(self) -> None:
        (self._programs / "old").touch()

    def started(self, command: list[str]) -> list[str]:
        mount = 'mount -t overlay -o "lowerdir=$0:/usr/local/bin" overlay /usr/local/bin && exec "$@"'
        return [*host_tools.unsharing("mount"), "sh", "-c", mount, str(self._programs), *command]


class PlayedContainerWine(PlayedWine):
    """A container of podman or docker has it: the image is made by the product's Containerfile, on programs of this host that play a Debian."""

    source, template = "container", "container-template"
    goes_by_itself = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        found = find_container({})
        if found is None or subprocess.run([found.engine.tool, "info"], capture_output=True, check=False).returncode:
            pytest.skip("this user has no podman and no docker")
        self._tool, self._base = found.engine.tool, f"{folder.parent.name}-{folder.name}:played".lower()
        if not _PYTHON.exists():
            pytest.skip("this host has no /usr/bin/python3 of its own, which is played with")

    @property
    def variables(self) -> dict[str, str]:
        return {**super().variables, BASE: self._base}

    def make(self) -> None:
        for each in ("cat", "ip", "true"):
            _copy(Path(str(host_tools.which(each))), self._prepared, f"usr/bin/{each}")
        python = _PYTHON.resolve()
        _copy(python, self._prepared, "usr/bin/python3")
        shutil.copytree(
            f"/usr/lib/{python.name}",
            self._prepared / "usr/lib" / python.name,
            symlinks=True,
            ignore=shutil.ignore_patterns("dist-packages", "test", "__pycache__"),
        )
        tar = subprocess.Popen(["tar", "-C", self._prepared, "-c", "."], stdout=subprocess.PIPE)
        with tar:
            subprocess.run([self._tool, "import", "-", self._base], stdin=tar.stdout, check=True, capture_output=True)

    def processes(self) -> list[int]:
        return [*super().processes(), *map(int, self._containers())]

    def remove(self) -> None:
        """The images."""
        for each in (f"offline-bundler-rehearsal:{self._stamp()}", self._base):
            subprocess.run([self._tool, "image", "rm", "--force", each], check=False, capture_output=True)

    def _stamp(self) -> str:
        found = find_container(self.variables)
        assert found is not None
        return found.image.partition(":")[2]

    def _containers(self) -> list[str]:
        command = [self._tool, "ps", "--all", "--filter", "name=bundle-rehearsal-", "--format", "{{.Pid}}"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def processes_of(folder: Path) -> list[int]:
    """Those in whose mount namespace something of a folder is mounted, and those whose command lines name it."""
    wanted, found = str(folder).encode(), []
    for each in filter(lambda path: path.name.isdecimal(), Path("/proc").iterdir()):
        with suppress(OSError):  # it has ended in between
            if wanted in (each / "cmdline").read_bytes() or wanted in (each / "mountinfo").read_bytes():
                found.append(int(each.name))
    return found


def _program(path: Path, script: str) -> None:
    path.write_text(script)
    path.chmod(0o755)


def _copy(program: Path, chroot: Path, name: str) -> None:
    shutil.copy(program, chroot / name)
    listed = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True).stdout
    for library in _LIBRARY.findall(listed):
        place = chroot / library.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, place)
