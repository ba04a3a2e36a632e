"""The program shelf-manage: Django's commands for this site. ``--data FOLDER`` in front says where its data is."""

import os
import sys


def main():
    """What manage.py is elsewhere."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--data"] and len(arguments) > 1:
        os.environ["SHELF_DATA"] = arguments[1]
        arguments = arguments[2:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_shelf.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["shelf-manage", *arguments])
