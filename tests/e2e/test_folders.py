"""Folders on Windows: what leads elsewhere is not entered, and what an administrator makes is closed to others from its first moment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.target.forks import TARGET

if TYPE_CHECKING:
    from tests.support.bed import Mirror, Session

pytestmark = pytest.mark.e2e

PROGRAM = r"""
from __future__ import unicode_literals
import io, json, os, struct, sys
sys.path.insert(0, "C:\\")
from target.compat import native
from target.machine.windows import files
from target.machine.windows.host import windows_host
host, folder = windows_host().files, "C:\\folder"
host.make_guarded("C:\\guarded")
host.make_guarded("C:\\guarded\\below")
host.to_disk(folder)
links = [host.is_link(each) for each in (folder, folder + "\\link", folder + "\\file", folder + "\\nothing")]
plain, kept = folder + "\\plain", host.identity(folder + "\\plain")
held = host.hold(plain, kept)
held.must_be_same()
refused = []
for action in (lambda: os.rename(plain, plain + "2"), lambda: host.hold(plain, host.identity(folder))):
    try:
        action()
    except EnvironmentError:
        refused.append(True)
held.close()
os.rename(plain, plain + "2")
os.rename(plain + "2", plain)
going = host.hold_to_remove(folder + "\\going")
names = sorted(going.names())
for action in (lambda: os.rename(folder + "\\going", plain + "2"), lambda: os.rmdir(folder + "\\going"), going.remove):
    try:
        action()
    except EnvironmentError:
        names.append(True)
    else:
        names.append(False)
os.unlink(folder + "\\going\\fil\u00e9")
os.rmdir(folder + "\\going\\inner")
going.must_be_same()
going.remove()
going.close()
names.append(os.path.exists(folder + "\\going"))
held = host.hold(folder, host.identity(folder))
names.append(sorted(held.names()))
held.close()
found = [links, host.walk(folder), host.sizes(folder), host.folders(folder), host.discard(folder)]
found.append(names)
found.append([refused, host.identity("C:\\elsewhere") == kept])
lead = [host.leads_to(each) for each in (folder, folder + "\\link", folder + "\\nothing")]
def kept_of(tag, name, *flags):
    words = (tag, 8 + 4 * len(flags) + len(name), 0, 0, len(name), 0, 0) + flags
    return struct.pack(native("<IHHHHHH" + "I" * len(flags)), *words) + name
for said in (
    kept_of(0xA0000003, "\\??\\D:\\the\u00e9\\re\\".encode("utf-16-le")),
    kept_of(0xA0000003, "\\??\\Volume{1}\\".encode("utf-16-le")),
    kept_of(0xA000000C, "\\??\\UNC\\server\\share\\x".encode("utf-16-le"), 0),
    kept_of(0xA000000C, "..\\there".encode("utf-16-le"), 1),
    kept_of(0xA000000C, "\\there".encode("utf-16-le"), 1),
):
    files.link_data = lambda path: said
    lead.append(host.leads_to("C:\\folder\\link"))
found.append(lead)
volume = "\\\\?\\Volume{1}\\"
found.append([os.path.dirname(volume), os.path.dirname(os.path.join(volume, "x")), os.path.join("C:\\x", volume)])
sys.stdout.write(json.dumps(found))
"""


@pytest.mark.parametrize("version", ["2.7.18", "3.11.7"])
def test_what_leads_elsewhere_is_not_entered(windows: Session, mirror: Mirror, version: str) -> None:
    """Wine makes no junctions, and no links; what is one on its host is a reparse point without a tag to Windows programs.

    It can't be removed by them either.
    """
    windows.copy_in(mirror.tree(version, "amd64"), r"C:\Python")
    windows.copy_in(TARGET, r"C:\target")
    folder = windows.host_path(r"C:\folder")
    elsewhere = windows.host_path(r"C:\elsewhere")
    (elsewhere / "inside").mkdir(parents=True)
    (elsewhere / "inside" / "precious").write_text("x")
    (folder / "plain").mkdir(parents=True)
    (folder / "plain" / "file").write_text("12345")
    (folder / "going" / "inner").mkdir(parents=True)
    (folder / "going" / "fil\u00e9").touch()
    (folder / "file").write_text("1")
    (folder / "link").symlink_to("../elsewhere", target_is_directory=True)
    windows.host_path(r"C:\program.py").write_text(PROGRAM)
    done = windows.run([r"C:\Python\python.exe", "-E", "-s", "-B", r"C:\program.py"])
    assert done.returncode == 0, done.output
    links, walked, sized, folders, left, names, held, lead, volume = json.loads(done.output)
    assert names == [
        ["fil\u00e9", False],
        ["inner", True],
        True,
        True,
        True,
        False,
        [["file", False], ["link", False], ["plain", True]],
    ]
    assert links == [False, True, False, False]
    assert walked == [r"C:\folder\file", r"C:\folder\plain\file"]
    assert sized == [[r"C:\folder\file", 1], [r"C:\folder\plain\file", 5]]
    assert folders == [r"C:\folder\plain", r"C:\folder"]
    assert left == [r"C:\folder\link"]
    assert held == [[True, True], False]
    # of this folder, of what Wine doesn't tell, and of nothing; then what Windows would tell
    assert lead == [
        None,
        None,
        None,
        "D:\\the\u00e9\\re",
        "\\\\?\\Volume{1}\\",
        r"\\server\share\x",
        r"C:\there",
        r"C:\there",
    ]
    assert volume == ["\\\\?\\Volume{1}\\"] * 3  # a drive of its own, also where one goes up from it
    assert (elsewhere / "inside" / "precious").read_text() == "x"
    assert [each.name for each in folder.iterdir()] == ["link"]
    # Wine keeps rights as the host has them: others have none, as they have in a folder that is made without a word
    assert [windows.host_path(path).stat().st_mode & 0o7 for path in (r"C:\guarded", r"C:\elsewhere")] == [0, 5]


RIGHTS = r"""
from __future__ import unicode_literals
import io, json, sys
sys.path.insert(0, "C:\\")
from target.machine.windows.host import windows_host
from target.machine.rights import MOVING, contents_only
from target.machine.windows import access_lists
host = windows_host()
host.files.make_guarded("C:\\guarded")
host.files.write("C:\\guarded\\secret", b"x", private=True)
host.files.write("C:\\guarded\\secret", b"y", private=True)
host.files.write("C:\\guarded\\plain", b"z")
def told(path):
    return [[each.sid, each.mask] for each in host.rights.access(path).allowed]
before = told("C:\\guarded")
host.rights.contents_only("C:\\guarded", "S-1-5-80-1-2-3-4-5")
same = told("C:\\guarded") == before
# Wine keeps lists as its host's modes: one that is set is still one that can be read
access_lists.change_list("C:\\guarded", lambda entries: contents_only(entries, before[0][0]) + b"")
mine = before[0][0]
kept = host.rights.own_entries("C:\\guarded", mine)
host.rights.leave_entries("C:\\guarded", mine, kept)
own = [bool(kept), host.rights.own_entries("C:\\guarded", mine) == kept]
host.rights.leave_entries("C:\\guarded", mine, [])
host.rights.guard("C:\\guarded", ["S-1-5-80-1-2-3-4-5"])
link = host.rights.access("C:\\link")
content = [io.open("C:\\guarded\\" + name, "rb").read().decode() for name in ("secret", "plain")]
sys.stdout.write(json.dumps([bool(before), same, bool(told("C:\\guarded")), bool(link.owner), content, own]))
"""


@pytest.mark.parametrize("version", ["2.7.18", "3.11.7"])
def test_rights_are_read_and_changed_by_handles(windows: Session, mirror: Mirror, version: str) -> None:
    windows.copy_in(mirror.tree(version, "amd64"), r"C:\Python")
    windows.copy_in(TARGET, r"C:\target")
    windows.host_path(r"C:\link").symlink_to("target", target_is_directory=True)
    windows.host_path(r"C:\program.py").write_text(RIGHTS)
    done = windows.run([r"C:\Python\python.exe", "-E", "-s", "-B", r"C:\program.py"])
    assert json.loads(done.output) == [True, True, True, True, ["y", "z"], [True, True]]
