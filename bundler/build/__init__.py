"""Sdists and local projects become wheels for the target (PEP 517), and every wheel that is made here passes a gate."""
