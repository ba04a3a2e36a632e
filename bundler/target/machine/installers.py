"""Files that install something, and what they say of themselves."""

from __future__ import absolute_import, unicode_literals


class Installers(object):
    def msi_features(self, path):
        # type: (str) -> list[str]
        """The names in an MSI's Feature table. Raises InstallError (1603) where it can't be read."""
        raise NotImplementedError

    def file_version(self, path):
        # type: (str) -> str | None
        """Of the version resource of a program or DLL, ``14.38.33135.0``; None: it has none."""
        raise NotImplementedError
