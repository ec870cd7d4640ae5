"""Every endpoint of Conductor answers good, bad and missing input as its clients expect."""

from __future__ import annotations

import re

from daemon.gateway.conductor.interface import Conductor
from tests.gateway.conductor import error
from tests.gateway.conductor_endpoints import Case, Fixtures, cases, kind_of
from tests.gateway.http import Http

CASES = cases()
TRIED_ELSEWHERE = frozenset({"getSecret", "putSecret", "deleteSecret", "secretExists"})
"""``test_secrets``: their keys are no workflow's."""


def test_each_is_answered_in_turn(http: Http) -> None:
    things = Fixtures(http)
    wrong = []
    for case in CASES:
        try:
            _check(things, case)
        except AssertionError as problem:
            wrong.append(f"{case}\n    {problem}")
    assert not wrong, "\n".join(wrong)


def _check(things: Fixtures, case: Case) -> None:
    answer = things.send(case)
    assert (answer.status, kind_of(answer)) == (case.status, case.kind), answer.body[:300]
    if answer.status < 400:
        return
    found = error(answer, case.status)
    if case.said is not None:
        assert found["message"] == things.filled(case.said)
    if case.places is not None:
        places = sorted(one["path"] for one in found["validationErrors"])
        assert places == things.filled(case.places)


def test_none_is_left_out() -> None:
    routes = Conductor().routes
    asked = set()
    for one in CASES:
        path = re.sub(r"\{\w+\}", "x", f"api{one.path.partition('?')[0]}").rstrip("/")
        found = routes.find(one.method, tuple(path.split("/")))
        if not isinstance(found, frozenset):
            asked.add(found.route.operation)
    assert {one.operation for one in routes.all} - asked == TRIED_ELSEWHERE


def test_each_difference_in_status_is_on_purpose() -> None:
    differing = sorted(str(one).partition(" {")[0] for one in CASES if one.original is not None)
    assert len(differing) == 18, differing
