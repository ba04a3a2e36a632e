"""Installers of the time before wheels into wheels that are right: bdist_wininst ``.exe``, bdist_msi ``.msi``, ``.egg``."""

from bundler.legacy.converting import Converted, convert_installer
from bundler.legacy.identify import identify
from bundler.legacy.kinds import Kind

__all__ = ["Converted", "Kind", "convert_installer", "identify"]
