"""Orders of a SQL Server as a page."""
