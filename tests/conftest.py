"""What all tests need."""

from __future__ import annotations

import signal

# A run in the background begins with SIGINT ignored, and so would every program that a test starts and then interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
