"""What travels between the stages, as frozen data; each with its codec beside it."""
