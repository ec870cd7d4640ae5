"""Templates resolved for a task (reference conductor.md §2.1, 2.3 to 2.5)."""

import copy
from typing import Any

import pytest

from daemon.dialects.tasks.expressions import compile_template
from tests.dialects.tasks.views import done, job

JOB = job(
    done(
        "t",
        {
            "text": "hello",
            "int": 5,
            "double": 1.0,
            "yes": True,
            "null": None,
            "map": {"k": "v", "n": 1},
            "list": ["a", "b"],
            "rows": [{"id": 1}, {"id": 2}],
            "at": 1,
            "key": "map",
            "code": "${workflow.input.secret}",
            "escaped": "$${x}",
        },
    ),
    input={"secret": "s3cret", "i": 1, "blank": " "},
)


def value(template: Any, number: int | None = 4) -> Any:
    return compile_template(template)(JOB, number)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The whole text one expression: the value as it is.
        ("${t.output.text}", "hello"),
        ("${t.output.int}", 5),
        ("${t.output.double}", 1.0),
        ("${t.output.yes}", True),
        ("${t.output.null}", None),
        ("${t.output.missing}", None),
        ("${t.output.map}", {"k": "v", "n": 1}),
        ("${t.output.list}", ["a", "b"]),
        ("${t.output.rows[*].id}", [1, 2]),
        # Part of a longer text: its text form.
        ("x ${t.output.text} y", "x hello y"),
        (" ${t.output.text}", " hello"),
        ("${t.output.int}${t.output.int}", "55"),
        ("<${t.output.int}>", "<5>"),
        ("<${t.output.double}>", "<1.0>"),
        ("<${t.output.yes}>", "<true>"),
        ("<${t.output.null}>", "<null>"),
        ("<${t.output.missing}>", "<null>"),
        ("<${t.output.map}>", "<{k=v, n=1}>"),
        ("<${t.output.list}>", "<[a, b]>"),
        ("<${t.output.rows}>", "<[{id=1}, {id=2}]>"),
        # A list that the path itself made looks like JSON.
        ("<${t.output.list[*]}>", '<["a","b"]>'),
        ("<${t.output.rows[?(@.id == 2)]}>", '<[{"id":2}]>'),
        ("<${t.output..nothing}>", "<[]>"),
        ("<${t.output.map.keys()}>", "<[k, n]>"),
        # Over several lines.
        ("a\n${t.output.text}\n", "a\nhello\n"),
        # Blank.
        ("${}", ""),
        ("${   }", ""),
        ("<${}>", "<>"),
        # No path at all.
        ("${t.output.a b}", None),
        ("<${t.output.a b}>", "<null>"),
        ("${ t.output.text}", None),
        ("${t.output.text }", None),
        ("${t.output.text.}", None),
        # Not balanced: literal.
        ("${t.output.text", "${t.output.text"),
        ("${t.output.text} ${t.output", "hello ${t.output"),
        # Escapes.
        ("$${t.output.text}", "${t.output.text}"),
        ("$$${t.output.text}", "$${t.output.text}"),
        ("a $${x} ${t.output.text}", "a ${x} hello"),
        ("$${a} $${b", "${a} ${b"),
    ],
)
def test_a_text_resolves(text: str, expected: Any) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${t.output.list[${t.output.at}]}", "b"),
        ("${t.output.${t.output.key}.k}", "v"),
        ("${t.output.list[${workflow.input.i}]}", "b"),
        ("<${t.output.${t.output.key}}>", "<{k=v, n=1}>"),
        ("<${t.output.rows[${t.output.at}]..id}>", "<[2]>"),
        ("${${t.output.missing}}", None),
        ("${${workflow.input.blank}}", ""),
        ("<${${workflow.input.blank}}>", "<>"),
        ("${t.output.${t.output.missing}}", None),
        ("${t.output.a ${t.output.key}}", None),
        ("${workflow.secrets.${t.output.key}}", "${workflow.secrets.${t.output.key}}"),
        ("${CPEWF_TASK_${t.output.id}}", None),
    ],
)
def test_expressions_within_expressions_go_first(text: str, expected: Any) -> None:
    assert value(text) == expected


def test_a_value_is_never_looked_through_again() -> None:
    assert value("${t.output.code}") == "${workflow.input.secret}"
    assert value("<${t.output.code}>") == "<${workflow.input.secret}>"


def test_escapes_in_a_value_go_only_where_it_stands_in_a_longer_text() -> None:
    assert value("${t.output.escaped}") == "$${x}"
    assert value("<${t.output.escaped}>") == "<${x}>"


@pytest.mark.parametrize(
    "text",
    [
        "${workflow.secrets.TOKEN}",
        "${workflow.secrets.TOKEN.json.path}",
        "Bearer ${workflow.secrets.TOKEN}",
        "${workflow.env.REGION}",
        "in ${workflow.env.REGION.name} ${workflow.secrets.A}",
        "${NETFLIX_ENV}",
        "a ${NETFLIX_STACK}",
    ],
)
def test_secrets_and_environment_stay_as_they_are_written(text: str) -> None:
    assert value(text) == text


def test_a_secret_stays_while_the_rest_resolves() -> None:
    assert value("${t.output.int} ${workflow.secrets.A}") == "5 ${workflow.secrets.A}"


def test_the_task_id_is_that_of_the_task_in_the_making() -> None:
    assert value("${CPEWF_TASK_ID}", 4) == "j.4"
    assert value("id ${CPEWF_TASK_ID}!", 4) == "id j.4!"


def test_without_a_task_the_task_id_stays_literal() -> None:
    assert value("${CPEWF_TASK_ID}", None) == "${CPEWF_TASK_ID}"
    assert value("id ${CPEWF_TASK_ID}", None) == "id ${CPEWF_TASK_ID}"


def test_values_resolve_at_any_depth_and_keys_never() -> None:
    template = {
        "${t.output.text}": {"a": ["${t.output.int}", {"b": "${t.output.text}"}, 7]},
        "fixed": [1, "x", None, True, {"y": []}],
    }
    assert value(template) == {
        "${t.output.text}": {"a": [5, {"b": "hello"}, 7]},
        "fixed": [1, "x", None, True, {"y": []}],
    }


def test_the_order_of_members_stays() -> None:
    template = {"z": 1, "y": "${t.output.int}", "x": 2, "w": "${t.output.text}", "v": 3}
    assert list(value(template)) == list(template)


def test_a_null_result_keeps_its_key() -> None:
    assert value({"a": "${t.output.missing}"}) == {"a": None}


@pytest.mark.parametrize("constant", [None, True, 5, 1.5, [], {}])
def test_anything_that_is_no_text_passes_through(constant: Any) -> None:
    assert value(constant) == constant


def test_a_template_is_not_changed_by_being_resolved() -> None:
    template = {"a": {"b": ["${t.output.list}"]}, "c": "${t.output.map}"}
    before = copy.deepcopy(template)
    resolve = compile_template(template)
    resolve(JOB, 1)["new"] = 1
    assert template == before
    assert resolve(JOB, 1) == {"a": {"b": [["a", "b"]]}, "c": {"k": "v", "n": 1}}
