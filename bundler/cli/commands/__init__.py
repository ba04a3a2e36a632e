"""The commands, one a module: ``NAME_command.py`` has the function ``command``."""
