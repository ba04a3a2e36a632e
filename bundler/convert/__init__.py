"""Anything that is no wheel becomes a wheel that is right for the target; files are known for what they are."""

from bundler.convert.isolated import Environment, host_target, make_environment
from bundler.convert.metadata import EnvironmentMaker, build_requirements, dynamic_requirements, inspect_source
from bundler.convert.sdist import build_wheel

__all__ = [
    "Environment",
    "EnvironmentMaker",
    "build_requirements",
    "build_wheel",
    "dynamic_requirements",
    "host_target",
    "inspect_source",
    "make_environment",
]
