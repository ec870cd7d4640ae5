"""All lines by name, whichever file tells them."""

from __future__ import annotations

from tests.simulation.lines import (
    choices,
    configuration,
    dynamic_forks,
    families,
    forks,
    loops,
    observed,
    retries,
    simple_workflows,
    system_tasks,
)
from tests.simulation.lines.hand import LINES

__all__ = ["LINES"]

TOLD_IN = (
    choices,
    configuration,
    dynamic_forks,
    families,
    forks,
    loops,
    observed,
    retries,
    simple_workflows,
    system_tasks,
)
