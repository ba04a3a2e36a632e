"""Moments in UTC: as people write them, and for people."""

from __future__ import annotations

import datetime
import re

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2}))?", re.ASCII)


def in_utc(moment: datetime.datetime) -> datetime.datetime:
    """Without an offset it is taken as UTC; raises ValueError where it is before the first moment that there is, or behind the last."""
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from None


def moment_of(text: str) -> datetime.datetime:
    """A day (its beginning, UTC) or a moment with its offset; raises ValueError."""
    if not MOMENT.fullmatch(text):
        raise ValueError(f"{text!r} is neither a day, YYYY-MM-DD, nor a moment, YYYY-MM-DDTHH:MM:SSZ")
    try:
        return in_utc(datetime.datetime.fromisoformat(text))
    except ValueError:
        raise ValueError(f"there is no day or moment {text!r}") from None


def moment_text(moment: datetime.datetime) -> str:
    """To the minute."""
    return moment.astimezone(datetime.UTC).isoformat(" ", "minutes").removesuffix("+00:00") + " UTC"
