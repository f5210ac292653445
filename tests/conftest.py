"""Lets every test import what lies in tests/support; property tests are judged by what holds, not by the clock."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent / "support"))
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
