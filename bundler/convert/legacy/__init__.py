"""Installers of the time before wheels into wheels that are right: bdist_wininst ``.exe``, bdist_msi ``.msi``, ``.egg``."""

from bundler.convert.legacy.converting import Converted, convert_installer
from bundler.convert.legacy.identify import identify
from bundler.convert.legacy.kinds import Kind

__all__ = ["Converted", "Kind", "convert_installer", "identify"]
