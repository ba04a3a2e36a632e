"""The DLLs of a bundle: which programs its wheels hold, what those want, and who provides it."""

from bundler.convert.dlls.needed import Holder, needed_dlls
from bundler.convert.dlls.programs import Program, wheel_programs
from bundler.convert.dlls.runtime import RuntimeDlls, runtime_dlls

__all__ = ["Holder", "Program", "RuntimeDlls", "needed_dlls", "runtime_dlls", "wheel_programs"]
