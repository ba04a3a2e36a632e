"""Build one archive that installs a Python application on a machine with no network."""

__version__ = "0.1.0"
