"""``bundle doctor``: can this host build (that recipe), and how to fix what is missing."""

from bundler.doctor.examination import examine
from bundler.doctor.finding import Finding

__all__ = ["Finding", "examine"]
