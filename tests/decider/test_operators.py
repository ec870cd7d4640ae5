"""Steps of the plan itself: loops, joins, values computed outside, jobs that others run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daemon.decider.commands import (
    NoteChildEnd,
    NoteChildReopened,
    NoteChildStart,
    NoteEvaluation,
    Rerun,
    Retry,
    SkipTask,
    Terminate,
)
from daemon.dialects.plan import (
    ChildEnd,
    ChildJob,
    EndTask,
    Evaluate,
    Forget,
    Iterate,
    JobView,
    Move,
    Schedule,
    TaskRules,
    TaskView,
)
from eventstore.events import (
    ChildRequested,
    EvaluationRequested,
    JobStatus,
    LoopIterated,
    TaskScheduled,
    TasksSuperseded,
    TaskStatus,
)
from tests.decider.plans import Stages
from tests.decider.scenario import Given, done, given, nothing, submit

Answer = Callable[[JobView, TaskView], tuple[Move, ...]]


def no_moves(job: JobView, task: TaskView) -> tuple[Move, ...]:
    return ()


class Scripted(Stages, frozen=True, kw_only=True):
    """Says what it is told to say."""

    begins_with: tuple[Move, ...]
    asked: Answer = no_moves
    then: Answer = no_moves

    def first(self, job: JobView) -> tuple[Move, ...]:
        return self.begins_with

    def after(self, job: JobView, task: TaskView) -> tuple[Move, ...]:
        return self.then(job, task)

    def joined(self, job: JobView, task: TaskView) -> tuple[Move, ...]:
        return self.asked(job, task)

    def rules(self, job: JobView, task: TaskView | Schedule) -> TaskRules:
        return TaskRules(permissive=True)

    def retry_input(self, job: JobView, task: TaskView) -> Any:
        return task.input

    def accept(self, job: JobView, task: TaskView, output: Any) -> None:
        return None

    def child(self, job: JobView, task: TaskView) -> ChildJob:
        return ChildJob(workflow="child", input={})

    def child_ended(self, job: JobView, task: TaskView, end: ChildEnd) -> EndTask:
        status = TaskStatus.COMPLETED if end.status == "COMPLETED" else TaskStatus.FAILED
        return EndTask(task=task.number, status=status)

    def step(self, ref: str) -> Schedule | None:
        return worker(ref)


def plan(*moves: Move, asked: Answer = no_moves, then: Answer = no_moves) -> Scripted:
    return Scripted(stages=(), begins_with=moves, asked=asked, then=then)


def worker(ref: str, **fields: Any) -> Schedule:
    return Schedule(ref=ref, name=ref, task_type=ref, kind="W", input={}, **fields)


def operator(ref: str, **fields: Any) -> Schedule:
    return worker(ref, offered=False, **fields)


def names(job: Given) -> list[str]:
    return [task.ref for task in job.state.in_order()]


def test_a_loop_is_asked_when_it_begins_and_when_it_shows_an_iteration() -> None:
    shown: list[tuple[int, Any]] = []

    def asked(job: JobView, task: TaskView) -> tuple[Move, ...]:
        shown.append((task.loop, task.output))
        if task.loop == 2:
            return (worker("inside"),)
        return (Iterate(task=1, iteration=task.loop + 1, output={"i": task.loop + 1}),)

    outcome = nothing(plan(operator("l", is_loop=True), asked=asked)).when(submit())
    assert shown[:3] == [(0, None), (1, {"i": 1}), (2, {"i": 2})]
    assert [type(event) for event in outcome.events[1:]] == [
        TaskScheduled,
        LoopIterated,
        LoopIterated,
        TaskScheduled,
    ]


def test_an_operator_that_waits_for_nothing_is_asked_as_it_begins() -> None:
    def asked(job: JobView, task: TaskView) -> tuple[Move, ...]:
        return (EndTask(task=task.number, status=TaskStatus.COMPLETED),)

    job = given(plan(operator("o"), asked=asked))
    assert job.state.status is JobStatus.COMPLETED


def test_a_value_that_is_being_evaluated_is_not_asked_for_twice() -> None:
    def asked(job: JobView, task: TaskView) -> tuple[Move, ...]:
        evaluate = Evaluate(key="k", task=1, language="javascript", expression="f()")
        return (evaluate, evaluate)

    job = nothing(plan(operator("o", eager=True), asked=asked))
    job.when(submit()).of(EvaluationRequested)
    job.when(NoteEvaluation(key="k", task=1, result=1))
    assert not job.state.evaluations


def test_nothing_follows_from_a_task_that_is_forgotten() -> None:
    def then(job: JobView, task: TaskView) -> tuple[Move, ...]:
        assert task.ref != "b", "it was forgotten before its turn came"
        if task.ref != "a":
            return ()
        ends = EndTask(task=2, status=TaskStatus.COMPLETED)
        return (ends, Forget(tasks=(2,)), worker("c"))

    job = given(plan(worker("a"), worker("b"), then=then))
    outcome = job.when(done(1))
    assert outcome.of(TasksSuperseded).tasks == (2,)
    assert names(job) == ["a", "c"]


def completes(job: JobView, task: TaskView) -> tuple[Move, ...]:
    return (EndTask(task=task.number, status=TaskStatus.COMPLETED),)


def test_a_join_does_not_wait_for_a_step_that_is_skipped_meanwhile() -> None:
    job = given(plan(worker("a"), operator("j", joins=("a", "b")), asked=completes), done(1))
    assert job.state.status is JobStatus.FAILED, "nothing brings b"
    job = given(plan(worker("a"), operator("j", joins=("b",)), asked=completes))
    job.after(SkipTask(ref="b"))
    assert job.task(2).status is TaskStatus.COMPLETED


def test_a_join_waits_for_a_child_that_runs_again() -> None:
    begins = (operator("s", starts_job=True), worker("a"), operator("j", joins=("s", "a")))
    job = nothing(plan(*begins, asked=completes))
    child = job.when(submit()).of(ChildRequested).job_id
    job.after(
        NoteChildStart(task=1, job_id=child, started=True),
        NoteChildEnd(task=1, job_id=child, status=JobStatus.FAILED),
        NoteChildReopened(task=1, job_id=child, why="retried"),
        done(2),
    )
    assert job.task(3).status is TaskStatus.IN_PROGRESS
    job.after(NoteChildEnd(task=1, job_id=child, status=JobStatus.COMPLETED))
    assert job.task(3).status is TaskStatus.COMPLETED


def test_a_child_is_served_by_the_workers_of_its_parent_unless_it_says_otherwise() -> None:
    job = nothing(plan(operator("s", starts_job=True)))
    assert job.when(submit(domains={"*": "green"})).of(ChildRequested).domains == {"*": "green"}


def test_a_loop_that_is_tried_again_goes_on_in_its_iteration() -> None:
    def asked(job: JobView, task: TaskView) -> tuple[Move, ...]:
        if task.loop:
            return ()
        return (Iterate(task=1, iteration=3, output={"i": 3}), worker("a"))

    job = given(plan(operator("l", is_loop=True), asked=asked), Terminate(), Retry())
    assert (job.task(1).loop, job.task(1).output) == (3, {"i": 3})
    assert (job.task(1).attempt, job.task(1).status) == (0, TaskStatus.IN_PROGRESS)


def test_every_attempt_of_a_step_is_known_by_its_number() -> None:
    job = given(plan(worker("a")), Terminate(), Retry(), Terminate(), Retry())
    assert job.state.numbers("a") == (3, 2, 1)
    assert job.state.numbers("b") == ()


def test_a_rerun_leaves_what_a_ref_inside_a_loop_stood_for_before() -> None:
    refs = ("a__1", "b__1", "a__2", "a__3")
    moves = [worker(ref, iteration=int(ref[-1])) for ref in refs]
    job = given(plan(*moves), *(done(number) for number in (1, 2, 3, 4)))
    assert job.state.bare["a"] == 4
    job.after(Rerun(task=2))
    assert job.state.bare["a"] == 1
