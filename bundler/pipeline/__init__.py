"""Composes the stages: recipe -> lock -> stock -> wheelhouse -> bundle. Each stage knows only data; this is who passes it on."""

from __future__ import annotations

from bundler.pipeline.build_bundle import Built, build_recipe
from bundler.pipeline.lock_recipe import Locked, lock_recipe, why_files
from bundler.pipeline.session import Options, Session, open_session

__all__ = ["Built", "Locked", "Options", "Session", "build_recipe", "lock_recipe", "open_session", "why_files"]
