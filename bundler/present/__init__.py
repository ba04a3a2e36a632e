"""What people and machines see: progress, tables, and declared JSON shapes."""
