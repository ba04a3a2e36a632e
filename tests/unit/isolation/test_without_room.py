"""The profile of builds where there is no room for them."""

from __future__ import annotations

from pathlib import Path

from bundler.isolation.without_room import own_profile


def test_a_developers_profile_is_not_seen(tmp_path: Path) -> None:
    developer = tmp_path / "developer"
    (developer / ".rustup").mkdir(parents=True)
    (developer / "pydistutils.cfg").write_text("[build]\ncompiler = mingw32\n", encoding="utf-8")
    given = {
        "UserProfile": str(developer),
        "APPDATA": str(developer / "Roaming"),
        "HOMEPATH": "\\Users\\developer",
        "HOMEDRIVE": "C:",
        "TEMP": "C:\\T",
        "PATH": "x",
    }
    seen = own_profile(given, tmp_path / "room")
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        folder = Path(seen[name])
        assert folder.is_relative_to(tmp_path / "room")
        assert folder.is_dir()
    assert not list((tmp_path / "room").rglob("*.cfg"))
    assert {"UserProfile", "HOMEPATH", "HOMEDRIVE"}.isdisjoint(seen)
    assert (seen["TEMP"], seen["PATH"]) == ("C:\\T", "x"), "short paths for compilers"
    assert seen["RUSTUP_HOME"] == str(developer / ".rustup"), "compilers that lie there stay"


def test_a_profile_without_compilers(tmp_path: Path) -> None:
    assert "RUSTUP_HOME" not in own_profile({"USERPROFILE": str(tmp_path)}, tmp_path / "room")
    assert own_profile({"RUSTUP_HOME": "R:\\"}, tmp_path / "another")["RUSTUP_HOME"] == "R:\\"
