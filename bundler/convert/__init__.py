"""Anything that is no wheel becomes a wheel that is right for the target; files are known for what they are."""
