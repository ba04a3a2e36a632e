"""``[packages.source.NAME]``. All of it is an input of the lock, since a package's dependencies may come out of its build."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from pydantic import ConfigDict, StrictBool

from bundler.model.codec import KEBAB
from bundler.model.fields import described as _field


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SourceTable:
    """How one package is built where it comes from source."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    network: StrictBool = _field("true lets its build reach the network, which its sandbox hasn't", default=False)
