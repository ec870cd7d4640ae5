"""Random structured definitions, random workers and operators who meddle at any time: jobs
paused, resumed, terminated, retried, restarted, rerun from any of their tasks, steps skipped in
advance, at every level of a family. Each decision keeps the laws; afterwards every job ends."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.decider.commands import (
    Command,
    NoteChildReopened,
    Pause,
    Rerun,
    Resume,
    Retry,
    SkipTask,
    Terminate,
)
from daemon.decider.evolve import evolve
from daemon.decider.waiting import waiting_for
from eventstore.events import (
    ChildReopened,
    Event,
    JobRerun,
    JobRestarted,
    JobRetried,
    JobStatus,
    TaskCompleted,
)
from tests.decider.scenario import restart
from tests.dialects.tasks.definitions import switch, task, workflow
from tests.dialects.tasks.family import Family
from tests.dialects.tasks.test_any_definition import (
    SLOW,
    Anything,
    Drawn,
    Sequence,
    worker,
)

CHILD = workflow(
    task("inner"),
    task("grand", type="SUB_WORKFLOW", subWorkflowParam={"name": "grandchild"}, retryCount=1),
    task("after_inner", optional=True),
    name="child",
)
GRANDCHILD = workflow(task("deep"), task("deeper"), name="grandchild")

_GO_ON = (JobRetried, JobRestarted, JobRerun, ChildReopened)
SCRIPT = "[$.by].join('')"


class More(Drawn):
    """Also tasks whose name the input gives, ends of the whole job, scripted switches, loops
    over a list, and waits for somebody."""

    def steps(self, depth: int) -> Sequence:
        kinds = ["common"] * 8 + ["named", "scripted", "exclusive"]
        kinds += ["over"] * (depth > 0) + ["end"] * (self.draw(st.integers(0, 5)) == 0)
        kind = self.draw(st.sampled_from(kinds))
        return super().steps(depth) if kind == "common" else getattr(self, f"_{kind}")(depth)

    def _named(self, depth: int) -> Sequence:
        given = {"name": "named"}
        fields = {"type": "DYNAMIC", "dynamicTaskNameParam": "name", "inputParameters": given}
        return [task(self.ref("y"), **fields, **self._flags())]

    def _end(self, depth: int) -> Sequence:
        status = self.draw(st.sampled_from(["COMPLETED", "FAILED", "TERMINATED"]))
        return [
            task(self.ref("e"), type="TERMINATE", inputParameters={"terminationStatus": status})
        ]

    def _scripted(self, depth: int) -> Sequence:
        cases = {"a": [task(self.ref("w"))], "b": []}
        fields = {"evaluatorType": "javascript", "expression": SCRIPT}
        return [switch(self.ref("s"), self.draw(st.sampled_from("abc")), cases, **fields)]

    def _exclusive(self, depth: int) -> Sequence:
        one, other = self.ref("w"), self.ref("w")
        chosen = switch(self.ref("s"), self.draw(st.sampled_from("ac")), {"a": [task(one)]})
        chosen["defaultCase"] = [task(other)]
        join = task(self.ref("x"), type="EXCLUSIVE_JOIN", joinOn=[one, other])
        return [chosen, join]

    def _over(self, depth: int) -> Sequence:
        body = self.sequence(depth - 1)
        items = ["p", "q", "r"][: self.draw(st.integers(0, 3))]
        given = {"_items": items}
        fields = {"loopCondition": "", "loopOver": body, "inputParameters": given}
        return [task(self.ref("o"), type="DO_WHILE", **fields)]


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    return workflow(*More(draw).sequence(2))


class Meddled(Family):
    """Jobs that go on tell it to those that waited for them."""

    def _effect(self, job: str, event: Event) -> None:
        super()._effect(job, event)
        state = self.jobs[job]
        if not isinstance(event, _GO_ON) or state.parent_job is None or state.has_ended:
            return
        assert state.parent_task is not None
        note = NoteChildReopened(task=state.parent_task, job_id=job, why="retried")
        self._decide(state.parent_job, note)

    def meddle(self, random: Random) -> None:
        job = random.choice(sorted(self.jobs))
        self._decide(job, _operation(random, self, job))
        self.settle()

    def step(self) -> bool:
        moved = self._work() or self._wait()
        self.settle()
        return moved

    def make_peace(self) -> None:
        """Nobody meddles any more; what is paused goes on."""
        for _ in range(50):
            self.run(most=3_000)
            paused = [job for job, one in self.jobs.items() if one.status is JobStatus.PAUSED]
            if not paused:
                return
            for job in paused:
                self._decide(job, Resume())
                self.settle()
        raise AssertionError("jobs are paused again and again")


def _operation(random: Random, family: Family, job: str) -> Command:
    state = family.jobs[job]
    tasks = sorted(state.tasks) or [1]
    refs = [str(one) for one in _refs(family._definition_of(job))]
    return random.choice(
        (
            Pause(reason="a while"),
            Resume(),
            Terminate(reason="enough"),
            Retry(),
            Retry(),
            Retry(),
            Rerun(),
            Rerun(task=random.choice(tasks)),
            Rerun(task=random.choice(tasks)),
            Rerun(task=random.choice(tasks), correlation_id="another"),
            restart(),
            SkipTask(ref=random.choice(refs), output={"skipped": True}),
        )
    )


def _refs(value: Any) -> list[Any]:
    """Every taskReferenceName at any depth."""
    if isinstance(value, list):
        return [ref for one in value for ref in _refs(one)]
    if not isinstance(value, dict):
        return []
    own = [value["taskReferenceName"]] if "taskReferenceName" in value else []
    return own + [ref for one in value.values() for ref in _refs(one)]


def lived(definition: dict[str, Any], seed: int) -> Meddled:
    random = Random(seed)
    family = Meddled(definition, CHILD, GRANDCHILD, scripts={SCRIPT: lambda given: given["by"]})
    family._answers = Anything(worker(seed, may_stay_away=False))
    family.answers_from_outside = True
    family.settle()
    for _ in range(60):
        if random.random() < 0.3 or not family.step():
            family.meddle(random)
    family.make_peace()
    return family


@settings(SLOW, max_examples=60)
@given(definitions(), st.integers(0, 10_000))
def test_every_job_ends_however_operators_meddle(definition: dict[str, Any], seed: int) -> None:
    family = lived(definition, seed)
    for job, state in family.jobs.items():
        assert state.has_ended, (job, family.tasks(job), waiting_for(state))
        assert not state.open
    _one_result_for_each_attempt(family)
    _folds_to_what_was_lived(family)


@settings(SLOW, max_examples=30)
@given(definitions(), st.integers(0, 10_000))
def test_no_job_loses_a_step_however_operators_meddle(
    definition: dict[str, Any], seed: int
) -> None:
    family = lived(definition, seed)
    for job, state in family.jobs.items():
        assert "Nothing is left to run" not in str(state.reason), (job, family.tasks(job))


def _one_result_for_each_attempt(family: Family) -> None:
    for written in family.written.values():
        done = [event.task for event, _, _ in written if isinstance(event, TaskCompleted)]
        assert len(done) == len(set(done))


def _folds_to_what_was_lived(family: Family) -> None:
    for job, written in family.written.items():
        state = None
        for event, at, position in written:
            state = evolve(state, event, at, position, "daemon")
        assert state == family.jobs[job]
