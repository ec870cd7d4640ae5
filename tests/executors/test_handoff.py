"""Secrets go out with a task and do not come back."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.executors.executor import Outcome
from daemon.executors.handoff import (
    MASK,
    Sources,
    deferred_in,
    resolve,
    runtime_metadata,
    scrub,
    scrubbed,
    sources_of,
)
from eventstore.events import TaskStatus

SOURCES = Sources(
    secrets={
        "TOKEN": "tok-12345",
        "DOC": '{"user": {"name": "ann", "ids": [7, "x-99"]}}',
        "PIN": "1",
    },
    env={"REGION": "eu", "TOKEN": "shadowed"},
)


def handed(template: Any) -> Any:
    return resolve(template, SOURCES, declared=deferred_in(template)).value


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("${workflow.secrets.TOKEN}", "tok-12345"),
        ("Bearer ${workflow.secrets.TOKEN}", "Bearer tok-12345"),
        ("${workflow.env.REGION}-${workflow.secrets.TOKEN}", "eu-tok-12345"),
        ("${workflow.secrets.MISSING}", None),
        ("<${workflow.secrets.MISSING}>", "<>"),
        ("${workflow.env.MISSING}", None),
        ("${workflow.secrets.DOC.user.name}", "ann"),
        ("${workflow.secrets.DOC.user.ids.1}", "x-99"),
        ("${workflow.secrets.DOC.user}", {"name": "ann", "ids": [7, "x-99"]}),
        ("id ${workflow.secrets.DOC.user.ids}", 'id [7,"x-99"]'),
        ("${workflow.secrets.DOC.user.none.at.all}", None),
        ("${workflow.secrets.TOKEN.not.json}", None),
        ("${workflow.input.a}", "${workflow.input.a}"),
        ({"a": ["${workflow.env.REGION}", 1]}, {"a": ["eu", 1]}),
    ],
)
def test_values_are_filled_in(template: Any, expected: Any) -> None:
    assert handed(template) == expected


def test_only_what_the_definition_wrote_is_filled_in() -> None:
    template = {"auth": "${workflow.env.REGION}", "text": "$${workflow.secrets.TOKEN}"}
    passing = {"auth": "${workflow.env.REGION}", "text": "${workflow.secrets.TOKEN}"}
    result = resolve(passing, SOURCES, declared=deferred_in(template))
    assert result.value == {"auth": "eu", "text": "${workflow.secrets.TOKEN}"}
    assert result.secrets == frozenset()


def test_a_task_without_such_expressions_is_not_looked_through() -> None:
    given_input = {"a": "${workflow.secrets.TOKEN}"}
    assert resolve(given_input, SOURCES, declared=()).value is given_input


def test_the_input_itself_keeps_the_expression() -> None:
    template = {"a": ["${workflow.secrets.TOKEN}"]}
    handed(template)
    assert template == {"a": ["${workflow.secrets.TOKEN}"]}


def test_sources_come_from_named_variables() -> None:
    sources = sources_of(
        {"CONDUCTOR_SECRET_A": "1", "CONDUCTOR_ENV_B": "2", "PATH": "/bin", "CONDUCTOR_X": "3"}
    )
    assert (sources.secrets, sources.env) == ({"A": "1"}, {"B": "2"})


def test_a_variable_that_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="CONDUCTOR_SECRET_A is not UTF-8"):
        sources_of({"CONDUCTOR_SECRET_A": "\udcff"})


def test_metadata_takes_secrets_first_and_leaves_out_what_is_missing() -> None:
    names = ("TOKEN", "REGION", "MISSING")
    assert runtime_metadata(names, SOURCES) == {"TOKEN": "tok-12345", "REGION": "eu"}


def test_nothing_that_holds_secrets_prints_them() -> None:
    result = resolve("${workflow.secrets.TOKEN}", SOURCES, declared=["workflow.secrets.TOKEN"])
    assert "tok-12345" not in f"{SOURCES!r} {SOURCES} {result!r} {result}"


def test_what_comes_back_is_scrubbed() -> None:
    template = {"t": "${workflow.secrets.TOKEN}", "d": "${workflow.secrets.DOC.user.ids}"}
    used = resolve(template, SOURCES, declared=deferred_in(template)).secrets
    outcome = Outcome(
        status=TaskStatus.FAILED,
        output={"echo": ["say tok-12345!", "x-99"], "tok-12345": 1, "n": 7},
        reason="refused: tok-12345",
        logs=("sent tok-12345",),
    )
    clean = scrubbed(outcome, used)
    assert clean.output == {"echo": [f"say {MASK}!", MASK], MASK: 1, "n": 7}
    assert clean.reason == f"refused: {MASK}"
    assert clean.logs == (f"sent {MASK}",)


def test_a_short_secret_is_masked_where_it_stands_alone() -> None:
    assert scrub({"pin": "1", "year": "2011"}, {"1"}) == {"pin": MASK, "year": "2011"}


SECRETS = st.text(min_size=4, max_size=30).filter(lambda text: MASK not in text)


@given(SECRETS, st.text(max_size=10), st.text(max_size=10))
def test_a_secret_is_found_in_every_usual_form(secret: str, before: str, after: str) -> None:
    forms = {
        "plain": secret,
        "json": json.dumps({"k": secret}),
        "url": quote(secret, safe=""),
        "base64": base64.b64encode(secret.encode("utf-8", "replace")).decode(),
    }
    clean = scrub({name: before + form + after for name, form in forms.items()}, {secret})
    for name, form in forms.items():
        assert form not in clean[name]
