"""The port to Windows."""
