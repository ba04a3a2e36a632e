"""The port to the system: everything that can't be asked of it portably."""
