"""The JSON-Logic operators whose arguments are evaluated before they are called."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from daemon.dialects.steps.logic.budget import Budget, LogicError
from daemon.dialects.steps.logic.javascript import (
    UNDEFINED,
    Comparison,
    compare,
    is_nothing,
    joined,
    loosely_equal,
    member,
    number,
    parse_float,
    strictly_equal,
    text,
    to_number,
    truthy,
)

Operator = Callable[[list[Any], Any, Budget], Any]


def argument(values: list[Any], place: int) -> Any:
    return values[place] if place < len(values) else UNDEFINED


def _var(values: list[Any], data: Any, budget: Budget) -> Any:
    wanted, default = argument(values, 0), argument(values, 1)
    if is_nothing(wanted) or wanted == "":
        return data
    absent = None if default is UNDEFINED else default
    for name in text(wanted).split("."):
        if is_nothing(data):
            return absent
        data = member(data, name)
    return absent if data is UNDEFINED else data


def _missing(values: list[Any], data: Any, budget: Budget) -> Any:
    first = argument(values, 0)
    names = first if isinstance(first, list) else values
    budget.spend(len(names))
    return [name for name in names if _is_missing(_var([name], data, budget))]


def _is_missing(value: Any) -> bool:
    return is_nothing(value) or (isinstance(value, str) and value == "")


def _missing_some(values: list[Any], data: Any, budget: Budget) -> Any:
    names = argument(values, 1)
    if not isinstance(names, list):
        raise LogicError("missing_some needs a list of names")
    missing = _missing([names], data, budget)
    return [] if len(names) - len(missing) >= to_number(argument(values, 0)) else missing


def _add(values: list[Any], data: Any, budget: Budget) -> Any:
    total = 0.0
    for value in values:  # not sum(): newer Pythons compensate, JavaScript does not
        total += parse_float(value)
    return number(total)


def _multiply(values: list[Any], data: Any, budget: Budget) -> Any:
    if not values:
        raise LogicError("* needs a number")
    if len(values) == 1:
        return values[0]
    return number(math.prod(parse_float(value) for value in values))


def _subtract(values: list[Any], data: Any, budget: Budget) -> Any:
    first, second = to_number(argument(values, 0)), argument(values, 1)
    return number(-first if second is UNDEFINED else first - to_number(second))


def _divide(values: list[Any], data: Any, budget: Budget) -> Any:
    first, second = to_number(argument(values, 0)), to_number(argument(values, 1))
    if second:
        return number(first / second)
    if math.isnan(first) or math.isnan(second) or first == 0:
        return math.nan
    return math.copysign(math.inf, first) * math.copysign(1.0, second)


def _modulo(values: list[Any], data: Any, budget: Budget) -> Any:
    first, second = to_number(argument(values, 0)), to_number(argument(values, 1))
    if second == 0 or math.isinf(first) or math.isnan(first) or math.isnan(second):
        return math.nan
    return number(math.fmod(first, second))


def _extreme(
    choose: Callable[[list[float]], float], of_none: float, values: list[Any], *_: Any
) -> Any:
    numbers = [to_number(value) for value in values]
    if any(math.isnan(value) for value in numbers):
        return math.nan
    return number(choose(numbers)) if numbers else of_none


def _in_order(sign: Comparison, values: list[Any], *_: Any) -> Any:
    first, second, third = (argument(values, place) for place in range(3))
    if sign in (">", ">=") or third is UNDEFINED:
        return compare(sign, first, second)
    return compare(sign, first, second) and compare(sign, second, third)


def _in(values: list[Any], data: Any, budget: Budget) -> Any:
    wanted, where = argument(values, 0), argument(values, 1)
    if isinstance(where, str):
        return text(wanted) in where
    if not isinstance(where, list):
        return False
    budget.spend(len(where))
    return any(strictly_equal(wanted, item) for item in where)


def _cat(values: list[Any], data: Any, budget: Budget) -> Any:
    result = joined(values, "")
    budget.spend(len(result))
    return result


def _substr(values: list[Any], data: Any, budget: Budget) -> Any:
    source = text(argument(values, 0))
    budget.spend(len(source))
    length = argument(values, 2)
    rest = source[_start(to_number(argument(values, 1)), len(source)) :]
    if length is UNDEFINED:
        return rest
    count = to_number(length)
    if math.isnan(count):
        return ""
    return rest[: max(0, int(min(count if count >= 0 else len(rest) + count, len(rest))))]


def _start(given: float, length: int) -> int:
    if math.isnan(given):
        return 0
    bounded = int(max(-length, min(given, length)))
    return bounded if bounded >= 0 else length + bounded


def _merge(values: list[Any], data: Any, budget: Budget) -> Any:
    result: list[Any] = []
    for value in values:
        items = value if isinstance(value, list) else [value]
        budget.spend(len(items))
        result.extend(items)
    return result


def _simple(function: Callable[..., Any], values: list[Any], *_: Any) -> Any:
    return function(argument(values, 0), argument(values, 1))


OPERATORS: Mapping[str, Operator] = {
    "var": _var,
    "missing": _missing,
    "missing_some": _missing_some,
    "+": _add,
    "*": _multiply,
    "-": _subtract,
    "/": _divide,
    "%": _modulo,
    "min": partial(_extreme, min, math.inf),
    "max": partial(_extreme, max, -math.inf),
    "<": partial(_in_order, "<"),
    "<=": partial(_in_order, "<="),
    ">": partial(_in_order, ">"),
    ">=": partial(_in_order, ">="),
    "==": partial(_simple, loosely_equal),
    "!=": partial(_simple, lambda left, right: not loosely_equal(left, right)),
    "===": partial(_simple, strictly_equal),
    "!==": partial(_simple, lambda left, right: not strictly_equal(left, right)),
    "!": partial(_simple, lambda value, _: not truthy(value)),
    "!!": partial(_simple, lambda value, _: truthy(value)),
    "log": partial(_simple, lambda value, _: value),
    "in": _in,
    "cat": _cat,
    "substr": _substr,
    "merge": _merge,
}
