"""A value of any type of ours with every field filled in, each with what names the field, so that none is taken for another."""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime
import enum
import sys
import types
import typing
import zlib
from pathlib import Path, PurePosixPath
from typing import Any


def sample(kind: Any, name: str = "text") -> Any:
    """``X | None`` is an X, a Literal its first value, a tuple of any length has one entry; ``name``: that of the field."""
    plain: dict[Any, Any] = {
        str: name,
        int: zlib.crc32(name.encode()) % 1000,
        float: zlib.crc32(name.encode()) % 1000 / 8,
        bool: True,
        bytes: name.encode(),
        Path: PurePosixPath("/folder", name),  # the same text on every host
        datetime.datetime: datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
    }
    if kind in plain:
        return plain[kind]
    if typing.get_args(kind):
        return _composed(kind, name)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    return _filled(kind)


def _composed(kind: Any, name: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return arguments[0]
    if origin in (tuple, frozenset):
        return origin(sample(each, name) for each in arguments if each is not Ellipsis)
    if origin in (dict, collections.abc.Mapping):
        return {sample(arguments[0], name): sample(arguments[1], name)}
    assert origin in (typing.Annotated, typing.Union, types.UnionType), kind
    return sample(next(each for each in arguments if each is not type(None)), name)


def _filled(kind: Any) -> Any:
    hints = typing.get_type_hints(kind, vars(sys.modules[kind.__module__]), include_extras=True)
    return kind(**{each.name: sample(hints[each.name], each.name) for each in dataclasses.fields(kind) if each.init})
