"""How long to wait between tries."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Doubles from ``first_seconds`` to ``most_seconds``, each up to half shorter by chance
    so that many clients do not come back at the same moment.

    The default stays below the two seconds that a daemon gives a worker to return.
    """

    first_seconds: float = 0.02
    most_seconds: float = 0.5

    def delays(self) -> Iterator[float]:
        delay = self.first_seconds
        while True:
            yield delay * random.uniform(0.5, 1.0)
            delay = min(delay * 2, self.most_seconds)
