"""A small Twisted web application that tells what it runs on."""

__version__ = "4.14.2"
