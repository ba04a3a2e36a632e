"""What all tests need."""

from __future__ import annotations

import signal

from hypothesis import settings

# A run in the background begins with SIGINT ignored, and so would every program that a test starts and then interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# no test fails because the machine is loaded
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")
