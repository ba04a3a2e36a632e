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


def test_what_only_begins_with_the_same_letters_is_told_too() -> None:
    """A key that may stay hid all keys whose names go on from its own."""
    own = r"HKLM\Software\offline-bundle"
    after = Picture(
        files={}, registry={own: "", f"{own}|x": "1", rf"{own}\y": "", f"{own}er": "", rf"{own}er\z|v": "2"}
    )
    found = left(Picture(files={}, registry={}), after, (own,))
    assert [(each.name, each.declared) for each in found] == [(own, True), (f"{own}er", False)]


def test_a_folder_above_the_data_may_stay_and_what_else_is_in_it_may_not() -> None:
    """It hid what an uninstallation left beside the data, where the application lies in the same folder."""
    names = (r"C:\Vendor", r"C:\Vendor\Data", r"C:\Vendor\Data\x", r"C:\Vendor\App", r"C:\Vendor\App\y")
    found = left(
        picture(), picture(dict.fromkeys(names, FOLDER)), (r"C:\Vendor", r"C:\Vendor\Data", r"C:\Vendor\Data\*")
    )
    assert [(each.name, each.declared) for each in found] == [
        (r"C:\Vendor", True),
        (r"C:\Vendor\App", False),
        (r"C:\Vendor\Data", True),
    ]


def test_thousands_of_files_are_each_looked_for_once() -> None:
    """A program that is rehearsed may make as many as the disk takes; each was compared with all before it."""
    files = {rf"C:\data\{number}": "1 1" for number in range(50_000)} | {
        rf"C:\data\new\{number}": "1 1" for number in range(50_000)
    }
    after = Picture(files=files | {r"C:\data\new": FOLDER}, registry={})
    assert len(left(Picture(files={}, registry={}), after, ())) == 50_001
