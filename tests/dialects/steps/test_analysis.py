"""What the analysis says when a definition is registered: always the same, all at once."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from daemon.dialects.plan import Findings, Known, Problem
from daemon.dialects.steps import Limits, StepsDialect
from daemon.dialects.steps.references import References
from tests.dialects.steps.jobs import CLOSED_EMPTY, definition, record, step

TRANSFORMER = "/steps/1/integrationDetails/inputTransformer"


def judged(given: dict[str, Any], **known: Any) -> Findings:
    found = StepsDialect().validate(given, Known(**known))
    assert found == StepsDialect().validate(json.loads(json.dumps(given)), Known(**known))
    return found


def errors(given: dict[str, Any], **known: Any) -> tuple[Problem, ...]:
    return judged(given, **known).errors


def reading(*paths: str) -> list[dict[str, Any]]:
    return [{"from": path, "to": path.rpartition(".")[2]} for path in paths]


def pair(gives: dict[str, Any], takes: dict[str, Any], *paths: str) -> dict[str, Any]:
    """``a`` gives G, ``b`` reads these paths and takes T."""
    return definition(
        step("a", "b", gives="G"), step("b", takes="T", fieldset=reading(*paths)), G=gives, T=takes
    )


@pytest.mark.parametrize(
    ("gives", "takes"),
    [
        (record(p="string"), record(p="string")),
        (record(p="integer"), record(p="number")),
        (record(p="boolean"), record(p="boolean")),
        (record(p="null"), record(p="null")),
        (record(p="string", q_o="string"), record(p="string")),
        (record(p="string"), {"type": "object"}),
    ],
)
def test_what_fits_is_accepted(gives: dict[str, Any], takes: dict[str, Any]) -> None:
    assert errors(pair(gives, takes, "aOutput.p")) == ()


@pytest.mark.parametrize(
    ("gives", "takes", "told"),
    [
        (record(p="number"), record(p="integer"), "/p must be integer"),
        (record(p="string"), record(p="number"), "/p must be number"),
        (record(p="string"), record(q="string", p_o="string"), "required property 'q'"),
        (record(p="string"), CLOSED_EMPTY, "must NOT have additional properties: 'p'"),
    ],
)
def test_what_does_not_fit_is_told(gives: Any, takes: Any, told: str) -> None:
    [found] = errors(pair(gives, takes, "aOutput.p"))
    assert found.path == "/steps/1/integrationDetails/inputDefinition"
    assert found.message.startswith("Validation failed step 'b' input validation: ")
    assert told in found.message


@pytest.mark.parametrize(
    "path", ["aOutput.q", "cOutput.p", "bOutput.p", "aOutput.p.x", "workflowInput.p", "nope"]
)
def test_a_source_that_is_not_there_is_told_with_the_data(path: str) -> None:
    [found] = errors(pair(record(p="string"), {"type": "object"}, path))
    assert found.path == f"{TRANSFORMER}/fieldset/0/from"
    assert found.message == (
        f"Transformation error: Missing expected field '{path}' in execution data. "
        'ExecutionData: {"aInput":{},"aOutput":{"p":"sample"}}'
    )


def test_every_error_is_in_one_answer() -> None:
    given = pair(record(p="string"), record(x="string"), "aOutput.q", "aOutput.r")
    given["steps"][1]["transitionToStep"] = {"if": [True, "gone", {"if": [True, "away", "a"]}]}
    given["steps"][0]["integrationDetails"]["inputDefinition"] = {"$ref": "#/definitions/No"}
    given["definitions"]["Odd"] = {"type": "whole"}
    assert [(one.path, one.kind) for one in errors(given)] == [
        ("/steps/0/integrationDetails/inputDefinition/$ref", "reference"),
        ("/steps/1/transitionToStep/if/1", "unknownStep"),
        ("/steps/1/transitionToStep/if/2/if/1", "unknownStep"),
        ("/definitions/Odd/type", "enum"),
        (f"{TRANSFORMER}/fieldset/0/from", "transformation"),
        (f"{TRANSFORMER}/fieldset/1/from", "transformation"),
    ]


def test_a_source_that_is_optional_up_stream_is_told_so() -> None:
    [found] = errors(pair(record(p="string", o_o="string"), record(o_o="string"), "aOutput.o"))
    assert found.message.startswith(
        "The workflow definition is relying on a required property which is not marked as "
        "required up stream."
    )
    assert "Missing expected field 'aOutput.o'" in found.message


def test_optional_members_of_whole_objects_are_looked_at() -> None:
    takes = {"type": "object", "properties": {"aOutput": record(p="string", o_o="number")}}
    [found] = errors(pair(record(p="string", o_o="string"), takes, "aOutput"))
    assert "/aOutput/o must be number" in found.message


def branching(then: Any) -> dict[str, Any]:
    fieldset = reading("bOutput.p")
    return definition(
        step("a", then),
        step("b", "d", gives="P"),
        step("c", "d"),
        step("d", takes="P", fieldset=fieldset),
        P=record(p="string"),
    )


def test_a_value_has_to_be_there_on_every_way() -> None:
    [found] = errors(branching({"if": [True, "b", "c"]}))
    assert found.path == "/steps/3/integrationDetails/inputTransformer/fieldset/0/from"
    given = branching("b")
    del given["steps"][2]
    assert errors(given) == ()


def test_a_loop_reads_nothing_that_only_comes_later() -> None:
    given = definition(
        step("a", "b", fieldset=reading("bOutput.p")),
        step("b", {"if": [True, "a", None]}, gives="P"),
        P=record(p="string"),
    )
    [found] = errors(given)
    assert "'bOutput.p'" in found.message


def test_a_step_of_a_loop_reads_what_always_came_before() -> None:
    given = definition(
        step("a", "b", gives="P"),
        step("b", {"if": [True, "c", None]}, fieldset=reading("aOutput.p")),
        step("c", "b", fieldset=reading("bInput.p", "aOutput.p")),
        P=record(p="string"),
    )
    assert errors(given) == ()


def test_a_chain_of_diamonds_costs_no_more_than_its_steps() -> None:
    steps = []
    for n in range(150):
        steps.append(step(f"s{n}", {"if": [{"var": "x"}, f"l{n}", f"r{n}"]}, gives="P"))
        steps.append(step(f"l{n}", f"s{n + 1}"))
        steps.append(step(f"r{n}", f"s{n + 1}"))
    steps.append(step("s150", fieldset=reading("s0Output.p", "s149Output.p", "l7Output")))
    [found] = errors(definition(*steps, P=record(p="string")))
    assert "'l7Output'" in found.message


@pytest.mark.parametrize(
    ("broken", "path", "message"),
    [
        ({"T": {"type": "foo"}}, "/definitions/T/type", 'unknown primitive "foo" in /type'),
        (
            {"T": {"type": "object", "properties": {"p": {"type": "foo"}}}},
            "/definitions/T/properties/p/type",
            'unknown primitive "foo" in /properties/p/type',
        ),
        (
            {"T": {"type": "object", "properties": {"p": {"$ref": "#/definitions/No"}}}},
            "/definitions/T/properties/p/$ref",
            "Missing $ref definitions:\n/properties/p -> #/definitions/No",
        ),
        (
            {"T": {"$ref": "Empty"}},
            "/definitions/T/$ref",
            "Missing $ref definitions:\n# -> Empty",
        ),
        (
            {"T": {"type": "array", "items": {"$ref": "#/definitions/T"}}},
            "/definitions/T",
            "can't resolve reference #/definitions/T from id #",
        ),
        (
            {
                "T": {"$ref": "#/definitions/U"},
                "U": {"type": "array", "items": {"$ref": "#/definitions/T"}},
            },
            "/definitions/T",
            "can't resolve reference #/definitions/T from id #",
        ),
        (
            {"T": {"$ref": "#/definitions/U"}, "U": {"$ref": "#/definitions/U"}},
            "/definitions/T",
            "can't resolve reference #/definitions/U from id #",
        ),
    ],
)
def test_definitions_that_cannot_be_used_are_told(
    broken: dict[str, Any], path: str, message: str
) -> None:
    found = errors(definition(step("a", takes="T"), **broken))
    assert path in {one.path for one in found}
    assert any(one.message.startswith(message) for one in found)


def test_a_reference_is_told_in_the_words_of_its_use() -> None:
    broken = {"type": "object", "properties": {"p": {"$ref": "#/definitions/No"}}}
    given = definition(step("a", takes="T", fieldset=reading("workflowInput")), T=broken)
    given["definitions"]["workflowInput"] = {"type": "object"}
    [found] = errors(given)
    assert found.path == "/definitions/T/properties/p/$ref"
    assert found.message == "can't resolve reference #/definitions/No from id #"


def test_broken_definitions_that_nothing_uses_are_passed_over_but_for_their_types() -> None:
    unused = {"T": {"$ref": "#/definitions/T"}, "U": {"$ref": "#/definitions/No"}}
    assert errors(definition(step("a"), **unused)) == ()
    [found] = errors(definition(step("a"), V={"type": "foo"}))
    assert found.path == "/definitions/V/type"
    assert found.message.startswith(
        "schema is invalid: data/definitions/V/type must be equal to one of the allowed values, "
    )


def test_a_long_chain_of_references_is_too_deep() -> None:
    names = [f"D{n}" for n in range(70)]
    chain: dict[str, Any] = {
        name: {"$ref": f"#/definitions/{following}"}
        for name, following in itertools.pairwise(names)
    }
    given = definition(step("a", takes="D0"), D69={"type": "string"}, **chain)
    [found] = errors(given)
    assert found.kind == "nesting"
    assert "nests deeper than 64 levels when its references are followed" in found.message


def doubling(levels: int) -> dict[str, Any]:
    made: dict[str, Any] = {"D0": {"type": "string"}}
    for n in range(levels):
        inner = {"$ref": f"#/definitions/D{n}"}
        made[f"D{n + 1}"] = {"type": "object", "properties": {"a": inner, "b": inner}}
    return made


def test_definitions_that_double_and_double_are_too_big() -> None:
    [found] = errors(definition(step("a", takes="D15"), **doubling(15)))
    assert "has more than 50000 parts when its references are followed" in found.message
    small = References(doubling(2), Limits(max_parts=13))
    assert small.defects("D2") == ()
    assert References(doubling(2), Limits(max_parts=12)).defects("D2") != ()


def test_a_definition_that_nothing_can_keep_is_told() -> None:
    never = {"type": "object", "required": ["p"], "additionalProperties": False}
    [found] = errors(definition(step("a", gives="T"), T=never))
    assert found.message.startswith("Validation failed step 'a' output validation: ")


@pytest.mark.parametrize(
    ("config", "path", "message"),
    [
        (None, "", "Missing required config for step 'a' of type 'work'"),
        ({}, "", "Validation failed step 'a' config validation: must have required property 'p'"),
        ({"p": 5}, "/p", "Validation failed step 'a' config validation: /p must be string"),
    ],
)
def test_the_config_is_what_the_executor_asks_for(config: Any, path: str, message: str) -> None:
    given = definition(step("a"))
    if config is not None:
        given["steps"][0]["integrationDetails"]["config"] = config
    assert errors(given) == ()
    [found] = errors(given, configs={"work": record(p="string")})
    assert found.path == f"/steps/0/integrationDetails/config{path}"
    assert found.message.startswith(message)


def test_what_no_transition_names_is_a_warning_only() -> None:
    given = definition(
        step("a"),
        step("b", "gone", takes="No", fieldset=[]),
        step("a", "nowhere"),
    )
    found = judged(given)
    assert found.errors == ()
    assert [(one.path, one.kind) for one in found.warnings] == [
        ("/steps/1", "unreachable"),
        ("/steps/1/transitionToStep", "unknownStep"),
        ("/steps/1/integrationDetails/inputDefinition/$ref", "reference"),
        ("/steps/2", "unreachable"),
        ("/steps/2/transitionToStep", "unknownStep"),
    ]
    assert found.warnings[0].message == "step 'b' is never reached: no transition names it"
    assert "a step before it has the same name" in found.warnings[3].message


@pytest.mark.parametrize(
    ("branch", "wrong"),
    [
        ({"var": "aOutput.next"}, ["aOutput.next"]),
        ({"cat": ["b", "x"]}, ["x"]),
        ({"or": ["b", "y"]}, ["y"]),
        ({"if": [{"==": ["q", "r"]}, "b", "z"]}, ["z"]),
        (5, []),
        ("", []),
    ],
)
def test_names_in_branches_have_to_be_steps(branch: Any, wrong: list[str]) -> None:
    found = errors(definition(step("a", {"if": [True, branch, None]}), step("b")))
    assert [one.message for one in found] == [f"No step found with name '{n}'" for n in wrong]


def test_inputs_that_are_handed_on_and_may_not_fit_are_warnings() -> None:
    given = definition(
        step("a", "b", takes="P", gives="G"),
        step("b", takes="P"),
        P=record(p="string"),
        G=record(p_o="string"),
        workflowInput=record(q="string"),
    )
    found = judged(given)
    assert found.errors == ()
    assert [one.path for one in found.warnings] == [
        "/steps/0/integrationDetails/inputDefinition",
        "/steps/1/integrationDetails/inputDefinition",
    ]
    assert "step 'a' gets the workflow input" in found.warnings[0].message
    assert "step 'b' gets the output of step 'a'" in found.warnings[1].message


def test_optional_workflow_input_is_a_warning_only() -> None:
    given = definition(
        step("a", fieldset=reading("workflowInput.o")), workflowInput=record(o_o="string")
    )
    found = judged(given)
    assert found.errors == ()
    [warning] = found.warnings
    assert warning.message.startswith("relies on a property that the workflow input may lack")


def test_paths_that_the_original_does_not_follow_are_warnings_only() -> None:
    fieldset: list[dict[str, Any]] = [
        {"withTemplate": "${nope.x}", "to": "t"},
        {"fromArray": ["nope.y"], "to": "l"},
        {"fromEach": {"field": "workflowInput.l", "to": "e", "fieldset": [{"from": "nope.z"}]}},
    ]
    items = {"type": "array", "items": {"type": "object"}}
    given = definition(
        step("a", fieldset=fieldset),
        workflowInput={"type": "object", "properties": {"l": items}, "required": ["l"]},
    )
    found = judged(given)
    assert found.errors == ()
    where = "/steps/0/integrationDetails/inputTransformer/fieldset"
    assert [one.path for one in found.warnings] == [
        f"{where}/0/withTemplate",
        f"{where}/1/fromArray/0",
        f"{where}/2/fromEach/fieldset/0/from",
    ]


def dated(path: str) -> list[dict[str, Any]]:
    via = {"type": "date", "sourceFormat": "yyyy-MM-dd", "format": "dd/MM/yyyy"}
    return [{"from": path, "to": "p", "via": via}]


def test_only_texts_of_the_workflow_input_may_be_dates() -> None:
    given = definition(
        step("a", "b", takes="P", gives="P", fieldset=dated("workflowInput.p")),
        step("b", takes="P", fieldset=dated("aOutput.p")),
        P=record(p="string"),
        workflowInput=record(p="string"),
    )
    [found] = errors(given)
    assert found.path == f"{TRANSFORMER}/fieldset/0/via"
    assert found.message.startswith(
        "Invalid time value error occured when trying to format sample with dd/MM/yyyy"
    )
