"""Which Python the target gets: where it comes from, what it must be, what it brings along, and which DLLs are missing beside it."""
