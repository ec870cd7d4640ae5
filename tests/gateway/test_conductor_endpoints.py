"""Every endpoint of Conductor answers good, bad and missing input as its clients expect."""

from __future__ import annotations

import re

from daemon.gateway.conductor.interface import Conductor
from daemon.gateway.conductor.models import CONDUCTOR
from tests.gateway.conductor import error
from tests.gateway.conductor_endpoints import Case, Fixtures, cases, kind_of
from tests.gateway.http import Http

CASES = cases()
ROUTES = Conductor().routes
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


def operation_of(case: Case) -> str | None:
    path = re.sub(r"\{\w+\}", "x", f"api{case.path.partition('?')[0]}").rstrip("/")
    found = ROUTES.find(case.method, tuple(path.split("/")))
    return None if isinstance(found, frozenset) else found.route.operation


def test_none_is_left_out() -> None:
    asked = {operation_of(one) for one in CASES}
    assert {one.operation for one in ROUTES.all} - asked == TRIED_ELSEWHERE


def test_the_description_says_what_is_answered() -> None:
    done = [(one, str(operation_of(one))) for one in CASES if one.status < 300]
    texts = {operation for one, operation in done if one.kind == "text"}
    assert {one for one in texts if not CONDUCTOR.is_text(one)} == set()
    documents = {operation for one, operation in done if one.kind == "json"}
    assert {one for one in documents if CONDUCTOR.answer(one) is None} == set()


def test_each_difference_in_status_is_on_purpose() -> None:
    differing = sorted(str(one).partition(" {")[0] for one in CASES if one.original is not None)
    assert len(differing) == 19, differing
