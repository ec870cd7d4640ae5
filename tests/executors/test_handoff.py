"""Secrets go out with a task, and only those that the definition names."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.executors.handoff import (
    MissingSecret,
    Sources,
    bound,
    bound_in,
    deferred_in,
    metadata_in,
    resolve,
    runtime_metadata,
    sources_of,
    texts_of,
)

SOURCES = Sources(
    secrets={
        "TOKEN": "tok-12345",
        "DOC": '{"user": {"name": "ann", "ids": [7, "x-99"]}}',
        "PIN": "1",
    },
    env={"REGION": "eu", "TOKEN": "shadowed"},
)


def handed(template: Any) -> Any:
    return resolve(template, SOURCES, declared=deferred_in(template))


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
    assert result == {"auth": "eu", "text": "${workflow.secrets.TOKEN}"}


def test_a_task_without_such_expressions_is_not_looked_through() -> None:
    given_input = {"a": "${workflow.secrets.TOKEN}"}
    assert resolve(given_input, SOURCES, declared=()) is given_input


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


def test_sources_do_not_print_their_values() -> None:
    assert "tok-12345" not in f"{SOURCES!r} {SOURCES}"


def test_slots_are_filled_by_key() -> None:
    assert bound({"auth": "TOKEN", "pin": "PIN"}, SOURCES) == {"auth": "tok-12345", "pin": "1"}


def test_a_slot_whose_secret_is_missing_is_said() -> None:
    with pytest.raises(MissingSecret, match="binding 'auth' names the secret 'NONE'"):
        bound({"auth": "NONE"}, SOURCES)


def test_a_definition_says_which_secrets_it_names() -> None:
    definition = {
        "steps": [{"integrationDetails": {"secretBindings": {"a": "KEY", "b": "OTHER"}}}],
        "tasks": [{"taskDefinition": {"runtimeMetadata": ["TOKEN", "REGION"]}}],
    }
    assert bound_in(definition) == {"KEY", "OTHER"}
    assert metadata_in(definition, {"t": {"runtimeMetadata": ["X"]}}) == {"TOKEN", "REGION", "X"}


def test_what_goes_out_of_a_document_is_the_whole_and_its_parts() -> None:
    found = list(texts_of("workflow.secrets.DOC.user.ids", SOURCES.secrets["DOC"]))
    assert found == [SOURCES.secrets["DOC"], "7", "x-99"]
    assert list(texts_of("workflow.secrets.TOKEN", "tok-12345")) == ["tok-12345"]
