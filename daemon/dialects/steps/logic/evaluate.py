"""JSON-Logic as json-logic-js 2.0.5 evaluates it, within a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from daemon.dialects.steps.logic.budget import Budget, LogicError
from daemon.dialects.steps.logic.javascript import UNDEFINED, Undefined, truthy
from daemon.dialects.steps.logic.operators import OPERATORS, argument


def evaluate(rule: Any, data: Any, max_operations: int) -> Any:
    """What ``rule`` says about ``data``. Neither is changed.

    Raises LogicError where the original throws, and when ``max_operations`` do not suffice.
    """
    try:
        result = apply(rule, data, Budget(max_operations))
    except RecursionError as error:
        # A rule can make lists in lists without end, and writing them as text goes as deep.
        raise LogicError("the rule makes a value that nests too deep") from error
    return None if result is UNDEFINED else result


def apply(rule: Any, data: Any, budget: Budget) -> Any:
    budget.spend()
    if isinstance(rule, list):
        return [apply(item, data, budget) for item in rule]
    if not isinstance(rule, dict) or len(rule) != 1:
        return rule
    [(name, given)] = rule.items()
    arguments = given if isinstance(given, list) else [given]
    lazy = _LAZY.get(name)
    if lazy is not None:
        return lazy(arguments, data, budget)
    values = [apply(item, data, budget) for item in arguments]
    operator = OPERATORS.get(name)
    if operator is None:
        raise LogicError(f"Unrecognized operation {name}")
    return operator(values, data, budget)


def _if(arguments: list[Any], data: Any, budget: Budget) -> Any:
    last = len(arguments) - 1
    for place in range(0, last, 2):
        if truthy(apply(arguments[place], data, budget)):
            return apply(arguments[place + 1], data, budget)
    return apply(arguments[last], data, budget) if len(arguments) % 2 else None


def _and(arguments: list[Any], data: Any, budget: Budget) -> Any:
    value: Any = UNDEFINED
    for item in arguments:
        value = apply(item, data, budget)
        if not truthy(value):
            break
    return value


def _or(arguments: list[Any], data: Any, budget: Budget) -> Any:
    value: Any = UNDEFINED
    for item in arguments:
        value = apply(item, data, budget)
        if truthy(value):
            break
    return value


def _each(
    arguments: list[Any], data: Any, budget: Budget
) -> tuple[list[Any] | None, Callable[[Any], Any]]:
    """The list that an operator goes through (None: no list), and its rule for an element."""
    source = apply(argument(arguments, 0), data, budget)
    rule = argument(arguments, 1)
    return source if isinstance(source, list) else None, lambda item: apply(rule, item, budget)


def _filter(arguments: list[Any], data: Any, budget: Budget) -> Any:
    items, rule = _each(arguments, data, budget)
    return [item for item in items or () if truthy(rule(item))]


def _map(arguments: list[Any], data: Any, budget: Budget) -> Any:
    items, rule = _each(arguments, data, budget)
    return [rule(item) for item in items or ()]


def _reduce(arguments: list[Any], data: Any, budget: Budget) -> Any:
    items, rule = _each(arguments, data, budget)
    initial = argument(arguments, 2)
    value = None if isinstance(initial, Undefined) else apply(initial, data, budget)
    for item in items or ():
        value = rule({"current": item, "accumulator": value})
    return value


def _all(arguments: list[Any], data: Any, budget: Budget) -> Any:
    items, rule = _each(arguments, data, budget)
    return bool(items) and all(truthy(rule(item)) for item in items or ())


def _none(arguments: list[Any], data: Any, budget: Budget) -> Any:
    return not _some(arguments, data, budget)


def _some(arguments: list[Any], data: Any, budget: Budget) -> Any:
    items, rule = _each(arguments, data, budget)
    return any(truthy(rule(item)) for item in items or ())


_LAZY: Mapping[str, Callable[[list[Any], Any, Budget], Any]] = {
    "if": _if,
    "?:": _if,
    "and": _and,
    "or": _or,
    "filter": _filter,
    "map": _map,
    "reduce": _reduce,
    "all": _all,
    "none": _none,
    "some": _some,
}
