"""Where a user's notes are: in the user's own folder, since nobody may write into a release."""

from pathlib import Path

from platformdirs import user_data_dir


def notes_file():
    return Path(user_data_dir("Notes", appauthor=False)) / "notes.txt"
