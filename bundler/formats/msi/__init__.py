"""Windows Installer's format: the compound file, its tables, its cabinets. Python's own MSIs and bdist_msi ones are read with it."""
