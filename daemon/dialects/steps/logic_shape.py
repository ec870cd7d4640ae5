"""How many arguments each JSON-Logic operator takes, checked before it is ever evaluated.

A list or an object that is no operation is plain data: what is inside is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from daemon.dialects.contracts.pointer import escaped
from daemon.dialects.plan import Problem

_MOST_ARGUMENTS: Final[Mapping[str, int]] = {
    "!": 1,
    "!!": 1,
    **dict.fromkeys(("==", "!=", "===", "!==", ">", ">=", "-", "/", "%", "in"), 2),
    **dict.fromkeys(("map", "filter", "all", "none", "some"), 2),
    **dict.fromkeys(("<", "<=", "reduce", "substr"), 3),
}
_ANY_NUMBER: Final = frozenset({"+", "*", "and", "or", "cat", "max", "min", "merge", "if", "?:"})
_ANY_NUMBER_TOO: Final = frozenset({"method"})
_NAMING: Final = frozenset({"var", "missing"})
_COMPUTED_NAMES: Final = frozenset({"map", "merge", "filter", "reduce"})


def is_operation(value: Any) -> bool:
    """Whether ``value`` is an object with one key, and that an operator."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    name = next(iter(value))
    return (
        name in _MOST_ARGUMENTS
        or name in _ANY_NUMBER
        or name in _ANY_NUMBER_TOO
        or name in _NAMING
        or name in ("missing_some", "log")
    )


def logic_problems(branches: list[Any], path: str) -> Iterator[Problem]:
    """What is wrong with the operations in ``branches``, which stand at ``path``."""
    for place, value in enumerate(branches):
        yield from _problems(value, f"{path}/{place}")


def _problems(value: Any, path: str) -> Iterator[Problem]:
    if not is_operation(value):
        return
    [(name, given)] = value.items()
    path = f"{path}/{escaped(name)}"
    if name in _NAMING:
        yield from _naming_problems(name, given, path)
    elif name == "missing_some":
        yield from _missing_some_problems(given, path)
    elif name == "log":
        yield from _problems(given, path)
    else:
        yield from _argument_problems(name, given, path)


def _argument_problems(name: str, given: Any, path: str) -> Iterator[Problem]:
    if not isinstance(given, list):
        yield from _problems(given, path)
        return
    most = _MOST_ARGUMENTS.get(name)
    if most is not None and not 1 <= len(given) <= most:
        wanted = "exactly 1 argument" if most == 1 else f"1 to {most} arguments"
        yield _problem(path, f"'{name}' takes {wanted}, got {len(given)}")
    yield from logic_problems(given, path)


def _naming_problems(name: str, given: Any, path: str) -> Iterator[Problem]:
    if isinstance(given, list):
        yield from _name_and_default_problems(name, given, path)
    elif is_operation(given) and next(iter(given)) in _COMPUTED_NAMES:
        yield from _problems(given, path)
    elif not (given is None or given == "" or _is_name(given)):
        yield _problem(path, f"'{name}' needs a name, a place in a list, or [name, default]")


def _name_and_default_problems(name: str, given: list[Any], path: str) -> Iterator[Problem]:
    if given and is_operation(given[0]) and "if" in given[0]:
        yield from _problems(given[0], f"{path}/0")
    elif given and not _is_name(given[0]):
        yield _problem(f"{path}/0", f"'{name}' needs a name or a place in a list")
    if len(given) > 1 and is_operation(given[1]):
        yield _problem(f"{path}/1", f"the second item of '{name}' must be plain data")


def _missing_some_problems(given: Any, path: str) -> Iterator[Problem]:
    if not isinstance(given, list) or len(given) != 2:
        yield _problem(path, "'missing_some' takes a number and a list of names")
        return
    if not _is_whole(given[0]):
        yield _problem(f"{path}/0", "'missing_some' needs a whole number first")
    yield from _naming_problems("missing_some", given[1], f"{path}/1")


def _is_name(value: Any) -> bool:
    if isinstance(value, str):
        return value != ""
    return _is_whole(value) and value >= 0


def _is_whole(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _problem(path: str, message: str) -> Problem:
    return Problem(path=path, message=message, kind="logic")
