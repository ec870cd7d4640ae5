"""``cacheConfig`` of tasks: what a key is made of, and what is said of one that says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.dialects.fields import Fields
from daemon.dialects.tasks.caching import LONGEST_SECONDS, compile_cache, read_cache_config
from eventstore.events import CacheUse
from tests.dialects.tasks.definitions import errors, task, warnings, workflow

GIVEN = {"url": "u", "n": 7, "none": None, "deep": {"b": 1, "a": [1, {"x": "y"}]}}


def use(key: str, given: Any = GIVEN, *, name: str = "a", task_type: str = "a") -> CacheUse | None:
    cache = compile_cache(read_cache_config(Fields({"key": key, "ttlInSecond": 5}, "", [])))
    assert cache is not None
    return cache.use(name, task_type, given)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("fixed", "fixed"),
        ("${url}-${n}", "u-7"),
        ("re_${url}_${n}!", "re_u_7!"),
        ("${deep.b}", "1"),
        ("${deep.a[1].x}", "y"),
        ("${$.url}", "u"),
        ("${none}", "null"),
        ("${deep}", '{"a":[1,{"x":"y"}],"b":1}'),
        ("${deep.a}", '[1,{"x":"y"}]'),
        ("${deep..x}", '["y"]'),
        ("$${url}", "${url}"),
    ],
)
def test_a_key_is_a_text_of_the_tasks_input(key: str, text: str) -> None:
    assert use(key) == use("${text}", {"text": text})


@pytest.mark.parametrize(
    "key", ["${gone}", "${url}-${gone}", "${url.gone}", "${deep.gone}", "${workflow.input.n}"]
)
def test_an_input_that_lacks_what_the_key_names_shares_nothing(key: str) -> None:
    assert use(key) is None
    assert use(key, "no object") is None


def test_the_name_and_the_type_are_part_of_it() -> None:
    uses = [use("k"), use("k", name="b"), use("k", task_type="HTTP"), use("K")]
    assert len({one.digest for one in uses if one}) == 4


def test_the_order_of_members_is_no_part_of_it() -> None:
    turned = dict(reversed(GIVEN["deep"].items()))  # type: ignore[attr-defined]
    assert use("${deep}") == use("${deep}", {"deep": turned})


@pytest.mark.parametrize(("given", "seconds"), [(5, 5), ("2500", 2500), (10**15, LONGEST_SECONDS)])
def test_seconds(given: Any, seconds: int) -> None:
    cache = compile_cache(read_cache_config(Fields({"key": "k", "ttlInSecond": given}, "", [])))
    assert cache is not None
    assert cache.seconds == seconds


def of_task(config: Any, **fields: Any) -> dict[str, Any]:
    given = {"inputParameters": {"a": 1}, "cacheConfig": config, **fields}
    return workflow(task(**given))


GOOD = {"key": "${a}", "ttlInSecond": 5}


@pytest.mark.parametrize("kind", ["SIMPLE", "custom", "INLINE", "LAMBDA"])
def test_nothing_is_said_of_one_that_has_effect(kind: str) -> None:
    about = [path for path, _ in warnings(of_task(GOOD, type=kind)) if "cacheConfig" in path]
    assert about == []


@pytest.mark.parametrize("config", [{}, None])
def test_an_empty_one_is_none(config: Any) -> None:
    assert warnings(of_task(config)) == []


@pytest.mark.parametrize(
    ("config", "path", "words"),
    [
        ({"ttlInSecond": 5}, "key", "has to be a text such as ${url}-${method}"),
        ({"key": "k"}, "ttlInSecond", "1 or more"),
        ({"key": "k", "ttlInSecond": -1}, "ttlInSecond", "1 or more"),
        ({"key": "${a b}", "ttlInSecond": 5}, "key", "cannot be read at ${a b}"),
        ({"key": "${b}", "ttlInSecond": 5}, "key", "put it into inputParameters"),
        (
            {"key": "${workflow.input.a}", "ttlInSecond": 5},
            "key",
            "names ${workflow.input.a}",
        ),
    ],
)
def test_one_that_says_nothing_is_told(config: Any, path: str, words: str) -> None:
    ((told, message),) = warnings(of_task(config))
    assert told == f"/tasks/0/cacheConfig/{path}"
    assert "task t: its output is not cached" in message
    assert words in message


@pytest.mark.parametrize(
    "fields",
    [
        {"taskDefinition": {"name": "x", "inputTemplate": {"b": 1}}},
        {"inputParameters": {}, "inputExpression": {"expression": "workflow.input"}},
    ],
)
def test_inputs_that_come_from_elsewhere_are_known_or_not_judged(fields: Any) -> None:
    config = {"key": "${b}", "ttlInSecond": 5}
    about = [path for path, _ in warnings(of_task(config, **fields)) if "cacheConfig" in path]
    assert about == []


@pytest.mark.parametrize("kind", ["WAIT", "HUMAN", "SET_VARIABLE", "KAFKA_PUBLISH", "NOOP"])
def test_types_that_do_more_than_give_an_output(kind: str) -> None:
    told = dict(warnings(of_task(GOOD, type=kind)))
    assert "has no effect on tasks of type" in told["/tasks/0/cacheConfig"]


def test_seconds_that_are_no_number() -> None:
    ((path, _),) = errors(of_task({"key": "k", "ttlInSecond": "soon"}))
    assert path == "/tasks/0/cacheConfig/ttlInSecond"
