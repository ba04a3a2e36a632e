"""Foreign file formats, each read and written in one place. Knows files and nothing else: no target, no lock, no policy."""
