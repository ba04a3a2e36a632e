"""Requirements of PEP 508 as others wrote them."""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement


def read_requirement(text: str) -> Requirement:
    """The requirement; raises InvalidRequirement, also for a marker nested so deep that its parser has no room left."""
    try:
        return Requirement(text)
    except RecursionError:
        raise InvalidRequirement("its marker is nested too deep") from None
