"""What is true of every template."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.dialects.tasks.expressions import compile_path, compile_template
from daemon.dialects.tasks.expressions.document import lookup
from daemon.dialects.tasks.expressions.jayway import InvalidPath, read
from tests.dialects.tasks.views import done, job

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
)
NAMES = st.sampled_from(["a", "b", "c-d", "e f", "1", "input"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
JOB = job(done("t", {"a": [1, {"b": "x"}], "c": None}))


def _strings(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for member in value.values() for text in _strings(member)]
        case list():
            return [text for element in value for text in _strings(element)]
        case _:
            return []


@settings(deadline=None)
@given(VALUES)
def test_a_template_without_expressions_resolves_to_itself(template: Any) -> None:
    if not any("${" in text for text in _strings(template)):
        assert compile_template(template)(JOB, 1) == template


@settings(deadline=None)
@given(st.text(alphabet="${}ab. []'t", max_size=30))
def test_any_text_resolves_to_something_and_never_fails(text: str) -> None:
    resolve = compile_template(text)
    assert resolve(JOB, 1) == resolve(JOB, 1)


@settings(deadline=None)
@given(st.text(alphabet="t.ab*[]()?@'0:-, \"=<!&|/$", max_size=24))
def test_any_text_is_a_path_or_is_refused(text: str) -> None:
    try:
        path = compile_path(text)
    except InvalidPath:
        return
    found = read(path, lookup(JOB))
    assert path.definite or path.has_function or found is None or isinstance(found, list)


KEYS = st.lists(NAMES | st.integers(min_value=-3, max_value=3), max_size=4)


@settings(deadline=None)
@given(VALUES, KEYS)
def test_a_plain_path_reads_what_the_general_evaluator_reads(value: Any, keys: list[Any]) -> None:
    of = job(done("t", value))
    text = "t.output" + "".join(f"[{key!r}]" for key in keys)
    path = compile_path(text)
    assert path.keys == ("t", "output", *keys)
    assert compile_template(f"${{{text}}}")(of, None) == read(path, lookup(of))


@settings(deadline=None)
@given(VALUES)
def test_every_value_reads_back_as_itself(value: Any) -> None:
    of = job(done("t", {"x": value}))
    assert compile_template("${t.output.x}")(of, None) == value


@settings(deadline=None)
@given(st.text(max_size=20).filter(lambda text: "{" not in text and "}" not in text))
def test_an_escaped_expression_comes_out_literally(body: str) -> None:
    assert compile_template(f"$${{{body}}}")(JOB, 1) == f"${{{body}}}"
