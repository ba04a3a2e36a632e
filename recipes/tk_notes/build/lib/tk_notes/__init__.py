"""A notepad for each user."""

__version__ = "1.0"
