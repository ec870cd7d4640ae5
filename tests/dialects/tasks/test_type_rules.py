"""What each type of task demands of its fields (reference conductor.md §1.4)."""

from typing import Any

import pytest

from daemon.dialects.tasks.waiting import is_date, is_duration
from tests.dialects.tasks.definitions import findings, task, workflow


def problems(**fields: Any) -> list[tuple[str, str]]:
    """Of a task of that kind, beside that it cannot be run yet."""
    found = findings(workflow(task("t", **fields), task("u")))
    return [
        (one.path.removeprefix("/tasks/0"), one.message)
        for one in found.errors
        if one.kind != "unsupportedType"
    ]


def required(field: str, kind: str) -> str:
    return f"{field} field is required for taskType: {kind} taskName: do_t"


def too_few(field: str, kind: str) -> str:
    return f"{field} should have atleast one task for taskType: {kind} taskName: do_t"


CASES = {"a": [task("x")]}

REFUSED: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"type": "EVENT"}, [("/sink", required("sink", "EVENT"))]),
    (
        {"type": "DECISION"},
        [
            ("/caseValueParam", required("caseValueParam or caseExpression", "DECISION")),
            ("/decisionCases", too_few("decisionCases", "DECISION")),
        ],
    ),
    (
        {"type": "SWITCH"},
        [
            ("/evaluatorType", required("evaluatorType", "SWITCH")),
            ("/decisionCases", too_few("decisionCases", "SWITCH")),
        ],
    ),
    (
        {"type": "SWITCH", "evaluatorType": "javascript", "decisionCases": CASES},
        [("/expression", required("expression", "SWITCH"))],
    ),
    (
        {"type": "DO_WHILE"},
        [
            ("/loopCondition", required("loopCondition", "DO_WHILE")),
            ("/loopOver", required("loopOver", "DO_WHILE")),
        ],
    ),
    (
        {"type": "DO_WHILE", "items": "${t.output.x}", "loopOver": [task("x")]},
        [("/loopCondition", required("loopCondition", "DO_WHILE"))],
    ),
    (
        {"type": "DYNAMIC"},
        [("/dynamicTaskNameParam", required("dynamicTaskNameParam", "DYNAMIC"))],
    ),
    ({"type": "FORK_JOIN"}, [("/forkTasks", too_few("forkTasks", "FORK_JOIN"))]),
    (
        {"type": "FORK_JOIN_DYNAMIC"},
        [
            (
                "/dynamicForkTasksParam",
                required("dynamicForkTasksParam", "FORK_JOIN_DYNAMIC"),
            ),
            (
                "/dynamicForkTasksInputParamName",
                required("dynamicForkTasksInputParamName", "FORK_JOIN_DYNAMIC"),
            ),
        ],
    ),
    (
        {
            "type": "FORK_JOIN_DYNAMIC",
            "dynamicForkJoinTasksParam": "a",
            "dynamicForkTasksParam": "b",
        },
        [
            (
                "/dynamicForkJoinTasksParam",
                (
                    "dynamicForkJoinTasksParam or combination of dynamicForkTasksInputParamName "
                    "and dynamicForkTasksParam cam be used for taskType: FORK_JOIN_DYNAMIC "
                    "taskName: do_t"
                ),
            )
        ],
    ),
    (
        {"type": "HTTP"},
        [
            (
                "/inputParameters",
                required("inputParameters.http_request or inputParameters.uri", "HTTP"),
            )
        ],
    ),
    (
        {"type": "KAFKA_PUBLISH"},
        [("/inputParameters", required("inputParameters.kafka_request", "KAFKA_PUBLISH"))],
    ),
    (
        {"type": "JSON_JQ_TRANSFORM"},
        [("/inputParameters", required("inputParameters.queryExpression", "JSON_JQ_TRANSFORM"))],
    ),
    (
        {"type": "SUB_WORKFLOW"},
        [("/subWorkflowParam", required("subWorkflowParam", "SUB_WORKFLOW"))],
    ),
    (
        {
            "type": "TERMINATE",
            "optional": True,
            "inputParameters": {"terminationStatus": "${workflow.input.s}"},
        },
        [
            ("/optional", "terminate task cannot be optional, taskName: do_t"),
            (
                "/inputParameters/terminationStatus",
                (
                    "terminate task must have an terminationStatus parameter and must be set to "
                    "COMPLETED or FAILED, taskName: do_t"
                ),
            ),
        ],
    ),
    (
        {"type": "WAIT", "inputParameters": {"duration": "5 s", "until": "2030-01-01"}},
        [
            (
                "/inputParameters/until",
                "Both 'duration' and 'until' specified. Please provide only one input",
            )
        ],
    ),
    (
        {"type": "WAIT", "inputParameters": {"duration": "soon"}},
        [("/inputParameters/duration", "Either date or duration is passed as null ")],
    ),
    (
        {"type": "WAIT", "inputParameters": {"until": "tomorrow"}},
        [("/inputParameters/until", "Unable to parse date ")],
    ),
]

TAKEN: list[dict[str, Any]] = [
    {"type": "EVENT", "sink": "conductor"},
    {"type": "DECISION", "caseExpression": "1", "decisionCases": CASES},
    {
        "type": "SWITCH",
        "evaluatorType": "value-param",
        "expression": "x",
        "decisionCases": CASES,
    },
    {"type": "DO_WHILE", "loopCondition": "", "loopOver": [task("x")]},
    {"type": "DYNAMIC", "dynamicTaskNameParam": "x"},
    {"type": "FORK_JOIN", "forkTasks": [[task("x")]]},
    {"type": "FORK_JOIN_DYNAMIC", "inputParameters": {"forkTaskInputs": []}},
    {"type": "FORK_JOIN_DYNAMIC", "dynamicForkJoinTasksParam": "x"},
    {
        "type": "FORK_JOIN_DYNAMIC",
        "dynamicForkTasksParam": "x",
        "dynamicForkTasksInputParamName": "y",
    },
    {"type": "HTTP", "inputParameters": {"http_request": {}}},
    {"type": "HTTP", "inputParameters": {"uri": "x"}},
    {"type": "HTTP", "inputParameters": {"method": "GET"}},
    {"type": "HTTP", "taskDefinition": {"inputTemplate": {"http_request": {}}}},
    {"type": "KAFKA_PUBLISH", "inputParameters": {"kafka_request": {}}},
    {"type": "JSON_JQ_TRANSFORM", "inputParameters": {"queryExpression": "."}},
    {"type": "SUB_WORKFLOW", "subWorkflowParam": {}},
    {"type": "TERMINATE", "inputParameters": {"terminationStatus": "TERMINATED"}},
    {"type": "WAIT"},
    {"type": "WAIT", "inputParameters": {"duration": "${workflow.input.d}"}},
    {"type": "WAIT", "inputParameters": {"duration": "2 days 3 hours 5 mins 10s"}},
    {"type": "WAIT", "inputParameters": {"until": "2030-01-02 03:04 GMT-08:00"}},
    {"type": "HUMAN"},
    {"type": "NOOP"},
]


@pytest.mark.parametrize(("fields", "expected"), REFUSED)
def test_a_task_is_refused(fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert problems(**fields) == expected


@pytest.mark.parametrize("fields", TAKEN)
def test_a_task_is_taken(fields: dict[str, Any]) -> None:
    assert problems(**fields) == []


def test_inside_a_loop_mistakes_are_warnings() -> None:
    inner = task("x", type="SWITCH", decisionCases={"a": [task("v", type="EVENT")]})
    found = findings(workflow(task(type="DO_WHILE", loopCondition="1", loopOver=[inner])))
    assert found.errors == ()
    assert [one.path for one in found.warnings] == [
        "/tasks/0/loopOver/0/evaluatorType",
        "/tasks/0/loopOver/0/decisionCases/a/0/sink",
    ]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("10s", True),
        ("5 mins", True),
        ("2 days 3 hours 5 mins 10s", True),
        ("1D2H3M4S", True),
        (" 1 hr ", True),
        ("10", False),
        ("", False),
        ("  ", False),
        ("1.5 s", False),
        ("10s 5 mins", False),
        ("2 weeks", False),
        ("1 year", False),
        ("-5s", False),
    ],
)
def test_durations(text: str, right: bool) -> None:
    assert is_duration(text) is right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("2030-01-02", True),
        ("2030-01-02 03:04", True),
        ("2030-01-02 03:04 PST", True),
        ("2030-01-02T03:04", False),
        ("02.01.2030", False),
        ("", False),
    ],
)
def test_dates(text: str, right: bool) -> None:
    assert is_date(text) is right


def test_python_is_refused_by_name() -> None:
    inline = task(type="INLINE", inputParameters={"evaluatorType": "python", "expression": "1"})
    switch = task("u", type="SWITCH", evaluatorType="python", expression="1", decisionCases=CASES)
    found = findings(workflow(inline, switch))
    assert [(one.path, one.kind) for one in found.errors] == [
        ("/tasks/0/inputParameters/evaluatorType", "unsupportedEvaluator"),
        ("/tasks/1/evaluatorType", "unsupportedEvaluator"),
    ]
    assert "javascript" in found.errors[0].message


def test_a_ref_that_looks_like_an_iteration_is_a_warning_inside_a_loop() -> None:
    loop = task(type="DO_WHILE", loopCondition="1", loopOver=[task("u__v", name="do_u")])
    assert [one.path for one in findings(workflow(loop)).warnings] == [
        "/tasks/0/loopOver/0/taskReferenceName"
    ]


def test_a_join_on_a_task_that_there_is_not_is_a_warning() -> None:
    fork = task(type="FORK_JOIN", forkTasks=[[task("u")]])
    found = findings(workflow(fork, task("v", type="JOIN", joinOn=["u", "gone"])))
    assert [one.path for one in found.warnings] == ["/tasks/1/joinOn/1"]
    assert found.errors == ()
