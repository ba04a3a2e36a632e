"""How many cases the property tests try: so many as they say, or so many times more as ``BUNDLE_TEST_CASES_TIMES`` says."""

from __future__ import annotations

import os

import hypothesis

TIMES = "BUNDLE_TEST_CASES_TIMES"
_DEFAULT = 100


def cases(number: int = _DEFAULT) -> int:
    """What a test gives as its ``max_examples``."""
    return number * int(os.environ.get(TIMES, "1"))


def load_profile() -> None:
    """For the tests that say no number. Without a deadline: no test fails because the machine is loaded."""
    slow = [hypothesis.HealthCheck.too_slow] if TIMES in os.environ else []
    hypothesis.settings.register_profile("ours", max_examples=cases(), deadline=None, suppress_health_check=slow)
    hypothesis.settings.load_profile("ours")
