"""Conductor's query language (conductor.md §5, *Search*) as conditions of a search.

``field op value`` joined by ``AND``; ops are ``=``, ``>``, ``<`` and ``IN (a,b)``; quotes and
parentheses are taken off; ``*`` within a value of ``=`` stands for anything. A field that
Conductor does not know either is passed over.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from daemon.gateway.asking import bad_request

Json = dict[str, Any]

JOB_FIELDS = {
    "workflowId": "jobId",
    "correlationId": "correlationId",
    "idempotencyKey": "idempotencyKey",
    "workflowType": "workflow",
    "workflowName": "workflow",
    "version": "versionNumber",
    "status": "status",
    "startTime": "createdAt",
    "endTime": "endedAt",
    "updateTime": "updatedAt",
    "createdBy": "submittedBy",
    "priority": "priority",
    "parentWorkflowId": "parentJobId",
}
TASK_FIELDS = {
    "taskId": "taskId",
    "workflowId": "jobId",
    "workflowType": "workflow",
    "workflowName": "workflow",
    "taskType": "taskType",
    "taskDefName": "name",
    "referenceTaskName": "ref",
    "status": "status",
    "workerId": "workerId",
    "scheduledTime": "scheduledAt",
    "startTime": "startedAt",
    "endTime": "endedAt",
    "updateTime": "updatedAt",
}
TIMES = (
    "createdAt",
    "scheduledAt",
    "startedAt",
    "endedAt",
    "updatedAt",
    "dueAt",
    "firedAt",
)
NUMBERS = ("versionNumber", "priority")

_TERM = re.compile(r"\s*([A-Za-z]\w*)\s*(=|>|<|\bIN\b)\s*(.+?)\s*", re.DOTALL)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def conditions(query: str | None, fields: dict[str, str]) -> list[Json]:
    """Raises HttpError."""
    found: list[Json] = []
    for term in (query or "").split(" AND "):
        if not term.strip():
            continue
        match = _TERM.fullmatch(term)
        if match is None:
            raise bad_request(f"Incorrectly formatted query string: {query}")
        field = fields.get(match[1])
        if field is not None:
            found.append(_condition(field, match[2], _bare(match[3]), query))
    return found


def _condition(field: str, op: str, text: str, query: str | None) -> Json:
    if op == "IN":
        values = [_value(field, _bare(one), query) for one in text.split(",") if one.strip()]
        return {"field": field, "test": "in", "values": values}
    if op == "=" and not text and field == "parentJobId":
        return {"field": field, "test": "missing"}
    if op == "=" and "*" in text:
        return {"field": field, "test": "like", "values": [text]}
    return {"field": field, "test": op, "values": [_value(field, text, query)]}


def _value(field: str, text: str, query: str | None) -> str | int:
    if field not in TIMES and field not in NUMBERS:
        return text
    try:
        number = int(text)
        if field in NUMBERS:
            return number
        return (_EPOCH + timedelta(milliseconds=number)).isoformat()
    except (ValueError, OverflowError):
        raise bad_request(f"Incorrectly formatted query string: {query}") from None


def _bare(text: str) -> str:
    return text.strip().strip("()").strip().strip("'\"")


def orders(sort: str | None, fields: dict[str, str]) -> list[Json]:
    """Of ``field:ASC|field:DESC``; a part without its order is passed over."""
    found = []
    for part in (sort or "").split("|"):
        name, _, order = part.partition(":")
        field = fields.get(name.strip())
        if field is not None and order.strip().upper() in ("ASC", "DESC"):
            found.append({"field": field, "descending": order.strip().upper() == "DESC"})
    return found
