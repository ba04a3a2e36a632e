"""The DLLs of a bundle: which programs its wheels hold, what those want, and who provides it."""

from bundler.formats.pe.programs import Program
from bundler.runtime.dlls.needed import Holder, needed_dlls
from bundler.runtime.dlls.provided import RuntimeDlls, runtime_dlls
from bundler.runtime.dlls.wheel_programs import wheel_programs

__all__ = ["Holder", "Program", "RuntimeDlls", "needed_dlls", "runtime_dlls", "wheel_programs"]
