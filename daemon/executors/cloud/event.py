"""What a function is given: the step's input and where it came from."""

from __future__ import annotations

from typing import Any

from daemon.executors.executor import Order

CONTEXT = "__jobContext"


class NoObject(ValueError):
    """The step's input cannot carry the context."""


def event_of(order: Order, organization: str) -> dict[str, Any]:
    """The input, which must be an object, plus ``__jobContext``: jobId, organizationId,
    stepName and idempotencyKey, the same for the same attempt; and, of a step with secret
    bindings, ``secrets`` by slot."""
    given = {} if order.input is None else order.input
    if not isinstance(given, dict):
        raise NoObject(
            f"the input of step '{order.ref}' is no object; a function gets an object with "
            f"{CONTEXT} in it"
        )
    context = {
        "jobId": order.job_id,
        "organizationId": organization,
        "stepName": order.ref,
        "idempotencyKey": order.key,
        **({"secrets": dict(order.secrets)} if order.secrets else {}),
    }
    return {**given, CONTEXT: context}
