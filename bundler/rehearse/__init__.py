"""A rehearsal: a finished bundle installed and used on a machine without a network, before it travels."""
