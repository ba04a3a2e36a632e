"""Packing: what goes into a bundle and where, the archive, and reading and checking it again."""
