"""What hypothesis draws. Every day it draws the same examples, so that a commit is judged by
what it changes; with ``PLAYHEAD_THOROUGH=1`` it draws new ones, and keeps those that fail."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("every-day", derandomize=True, database=None)
settings.register_profile("thorough")
settings.load_profile("thorough" if os.environ.get("PLAYHEAD_THOROUGH") else "every-day")
