"""A small Django site with a database and static files."""
