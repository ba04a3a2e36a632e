"""The program notes-console: what a script asks of it."""

import argparse

from tk_notes import __version__
from tk_notes.place import notes_file


def main():
    parser = argparse.ArgumentParser(prog="notes-console")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--where", action="store_true", help="print where this user's notes are")
    if parser.parse_args().where:
        print(notes_file())
