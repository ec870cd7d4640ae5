"""The event handlers of Conductor as ``daemon.dialects.handlers`` asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.dialects.conditions import NOT_SIMPLE, decide, to_boolean, value_param
from daemon.dialects.fields import Fields
from daemon.dialects.handlers import HandlerPlan, Message, Order, Question
from daemon.dialects.plan import Fault, Findings, Problem
from daemon.dialects.tasks.handlers.definition import (
    REPORT,
    Handler,
    problems,
    read_handler,
    unsupported,
)
from daemon.dialects.tasks.handlers.embedded import expanded
from daemon.dialects.tasks.handlers.orders import order_of
from daemon.dialects.tasks.sinks import PREFIX
from eventstore.events import TaskStatus, Value


class EventHandlers:
    def check(self, definition: Mapping[str, Any]) -> Findings:
        found: list[Problem] = []
        handler = read_handler(Fields(definition, "", found))
        return Findings(
            errors=(*found, *problems(handler)), unsupported=tuple(unsupported(handler))
        )

    def read(self, definition: Mapping[str, Any]) -> HandlerPlan:
        return _Plan(read_handler(Fields(definition, "", [])))

    def reports(self, status: TaskStatus) -> dict[str, Any]:
        return {
            "name": f"queue of {status}",
            "event": f"{PREFIX}{status}",
            "active": True,
            "actions": [{"action": REPORT, REPORT: {"status": status}}],
        }


class _Plan:
    def __init__(self, handler: Handler) -> None:
        self.name = handler.name
        self.event = handler.event
        self.active = handler.active
        self.actions = len(handler.actions)
        self._handler = handler

    def judge(self, payload: Value) -> bool | Question:
        """The condition sees JSON inside strings as what it says (§7)."""
        condition = self._handler.condition
        if not condition:
            return True
        given = expanded(payload)
        if self._handler.evaluator == "value-param":
            return isinstance(given, dict) and to_boolean(value_param(condition, given))
        if isinstance(given, dict):
            known = decide(condition, given)
            if known is not NOT_SIMPLE:
                return self.holds(known)
        return Question(language="javascript", expression=condition, input=given)

    def holds(self, answer: Value) -> bool:
        return to_boolean(answer)

    def order(self, action: int, message: Message) -> Order | Fault:
        return order_of(self._handler.actions[action], message)
