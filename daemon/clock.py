"""The only reader of time and of randomness in the daemon.

Everything else is handed a ``Clock`` and an ``Entropy``, so that the simulation can run the
whole daemon on a virtual clock with a seed.
"""

from __future__ import annotations

import os
import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> int:
        """UTC microseconds since 1970."""


class Entropy(Protocol):
    def __call__(self, size: int, /) -> bytes:
        """``size`` random bytes."""


class SystemClock:
    def now(self) -> int:
        return time.time_ns() // 1000


def system_entropy(size: int, /) -> bytes:
    return os.urandom(size)
