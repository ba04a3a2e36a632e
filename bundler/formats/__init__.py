"""Foreign file formats, each read and written in one place. Knows files and nothing else: no target, no lock, no policy.

- ``wheel_reader``, ``wheel_writer``: wheels; ``core_metadata``: METADATA and PKG-INFO.
- ``zip_records``: a zip's own records, where ``zipfile`` isn't enough.
- ``archives``: zip, tar and 7z from outside, behind one guard.
- ``pe``: Windows programs; ``machine_code``: programs of any system, by their first bytes.
- ``msi``: Windows Installer databases and their cabinets. ``authenticode``: who signed a program or a database.
- ``malformed``: the one error for an installer whose parts don't fit together.
"""
