"""The machine that the target's half is tested on: programs that run under every Python."""
