"""All scenarios by name, whichever file tells them."""

from __future__ import annotations

from tests.simulation import (
    scenarios_of_caching,
    scenarios_of_families,
    scenarios_of_fields,
    scenarios_of_limits,
    scenarios_of_messages,
    scenarios_of_operators,
    scenarios_of_scripts,
)
from tests.simulation.scenarios import SCENARIOS

__all__ = ["SCENARIOS"]

TOLD_IN = (
    scenarios_of_caching,
    scenarios_of_families,
    scenarios_of_messages,
    scenarios_of_fields,
    scenarios_of_limits,
    scenarios_of_operators,
    scenarios_of_scripts,
)
