"""Composes the stages: recipe -> lock -> stock -> wheelhouse -> bundle. Each stage knows only data; this is who passes it on."""

from __future__ import annotations

from bundler.pipeline.build_bundle import Built, build_recipe
from bundler.pipeline.lock_recipe import Locked, lock_recipe, why_files
from bundler.pipeline.session import Options, Workshop, workshop

__all__ = ["Built", "Locked", "Options", "Workshop", "build_recipe", "lock_recipe", "why_files", "workshop"]
