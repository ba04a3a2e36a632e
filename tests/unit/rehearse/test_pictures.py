"""What is different between two pictures of a machine."""

from __future__ import annotations

from bundler.rehearse.pictures import FOLDER, Change, Picture, changes, left
from bundler.rehearse.results import Left

SERVICES = r"HKLM\System\CurrentControlSet\Services"
PATH = r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment|PATH"


def picture(files: dict[str, str] | None = None, registry: dict[str, str] | None = None) -> Picture:
    return Picture(files=files or {}, registry=registry or {})


def test_what_is_new_changed_and_gone() -> None:
    before = picture({r"C:\a": "1", r"C:\b": "1"}, {"HKCU\\X": "", "HKCU\\X|v": "1"})
    after = picture({r"C:\a": "2", r"C:\c": "1"}, {"HKCU\\X": "", "HKCU\\X|v": "2"})
    assert changes(before, after) == (
        Change(kind="file", name=r"C:\a", how="changed"),
        Change(kind="file", name=r"C:\b", how="gone"),
        Change(kind="file", name=r"C:\c", how="new"),
        Change(kind="registry", name="HKCU\\X|v", how="changed"),
    )
    assert changes(before, before) == ()


def test_what_is_left_is_told_by_its_top_and_its_kind() -> None:
    after = picture(
        {
            r"C:\App": FOLDER,
            r"C:\App\x": FOLDER,
            r"C:\App\x\y": "1",
            r"C:\App2": "1",
            r"C:\Windows\System32\Tasks\Nightly": "1",
            r"C:\data\kept.db": "1",
        },
        {
            rf"{SERVICES}\web": "",
            rf"{SERVICES}\web|Start": "2",
            rf"{SERVICES}\web\Parameters": "",
            PATH: '"C:\\App"',
            r"HKLM\Software\Vendor": "",
            r"HKLM\Software\Vendor|x": "1",
        },
    )
    assert left(picture(), after, (r"c:\data\*",)) == (
        Left("file", r"C:\App", declared=False),
        Left("file", r"C:\App2", declared=False),
        Left("file", r"C:\data\kept.db", declared=True),
        Left("path", PATH.partition("|")[0], declared=False),
        Left("registry", r"HKLM\Software\Vendor", declared=False),
        Left("service", "web", declared=False),
        Left("task", "Nightly", declared=False),
    )


def test_what_is_gone_is_not_left() -> None:
    assert left(picture({r"C:\a": "1"}), picture(), ()) == ()
