"""Random structured definitions and random workers: every job ends, or says what it waits
for, and what is written folds to what was lived."""

from __future__ import annotations

import itertools
from typing import Any
from zlib import crc32

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.decider.evolve import evolve
from daemon.decider.waiting import waiting_for
from eventstore.events import TaskStatus
from tests.dialects.tasks.definitions import (
    errors,
    fork,
    join,
    sub_workflow,
    switch,
    task,
    times,
    workflow,
)
from tests.dialects.tasks.family import Family, Never, failed

CHILD = workflow(task("inner"), task("after_inner", optional=True), name="child")

Sequence = list[dict[str, Any]]


class Drawn:
    """Draws a definition; refs are unique."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self._numbers = itertools.count()

    def ref(self, letter: str) -> str:
        return f"{letter}{next(self._numbers)}"

    def sequence(self, depth: int) -> Sequence:
        made: Sequence = []
        for _ in range(self.draw(st.integers(1, 4))):
            made += self.steps(depth)
        return made

    def steps(self, depth: int) -> Sequence:
        kinds = ["worker", "worker", "noop", "variable", "wait", "child", "inline"]
        kinds += ["cached", "human", "event", "outside"]
        if depth > 0:
            kinds += ["fork", "switch", "loop", "dynamic"] * 2 * depth
        kind = self.draw(st.sampled_from(kinds))
        return list(getattr(self, f"_{kind}")(depth))

    def _flags(self) -> dict[str, Any]:
        flag = self.draw(st.sampled_from(["", "", "", "optional", "permissive"]))
        retries = self.draw(st.integers(0, 1))
        return {"retryCount": retries} | ({flag: True} if flag else {})

    def _worker(self, depth: int) -> Sequence:
        return [task(self.ref("w"), **self._flags())]

    def _inline(self, depth: int) -> Sequence:
        given = {"expression": "1", "evaluatorType": "javascript"}
        return [task(self.ref("i"), type="INLINE", inputParameters=given, **self._flags())]

    def _cached(self, depth: int) -> Sequence:
        """Of few keys, so that one finds what another kept."""
        given = {"k": self.draw(st.integers(1, 2)), "job": "${workflow.workflowId}"}
        config = {"key": "${k}", "ttlInSecond": self.draw(st.sampled_from([1, 1_000]))}
        fields = {"inputParameters": given, "cacheConfig": config, "name": "do_t"}
        return [task(self.ref("k"), **{**fields, **self._flags()})]

    def _human(self, depth: int) -> Sequence:
        return [task(self.ref("h"), type=self.draw(st.sampled_from(["HUMAN", "WAIT"])))]

    def _event(self, depth: int) -> Sequence:
        given = {"x": "${workflow.workflowId}"}
        fields = {"asyncComplete": self.draw(st.booleans()), "inputParameters": given}
        return [task(self.ref("m"), type="EVENT", sink="conductor:q", **fields)]

    def _outside(self, depth: int) -> Sequence:
        """Its work done, it waits for somebody."""
        return [task(self.ref("z"), asyncComplete=True, **self._flags())]

    def _noop(self, depth: int) -> Sequence:
        return [task(self.ref("n"), type="NOOP")]

    def _variable(self, depth: int) -> Sequence:
        return [task(self.ref("v"), type="SET_VARIABLE", inputParameters={"x": 1})]

    def _wait(self, depth: int) -> Sequence:
        return [task(self.ref("t"), type="WAIT", inputParameters={"duration": "1s"})]

    def _child(self, depth: int) -> Sequence:
        return [sub_workflow(self.ref("c"), "child", **self._flags())]

    def _fork(self, depth: int) -> Sequence:
        branches = [self.sequence(depth - 1) for _ in range(self.draw(st.integers(1, 3)))]
        ends = [branch[-1]["taskReferenceName"] for branch in branches]
        joined = ends[: self.draw(st.integers(0, len(ends)))]
        ref = self.ref("f")
        return [fork(ref, *branches), join(f"j{ref}", *joined)]

    def _dynamic(self, depth: int) -> Sequence:
        ref = self.ref("d")
        elements = [{"k": 1}] * self.draw(st.integers(0, 3))
        given = {"forkTaskInputs": elements, "forkTaskName": "forked"}
        forking = task(ref, type="FORK_JOIN_DYNAMIC", inputParameters=given)
        return [forking, join(f"j{ref}")]

    def _switch(self, depth: int) -> Sequence:
        cases = {name: self.sequence(depth - 1) for name in ("a", "b")}
        cases["empty"] = []
        value = self.draw(st.sampled_from(["a", "b", "empty", "other"]))
        default = self.sequence(depth - 1) if self.draw(st.booleans()) else []
        return [switch(self.ref("s"), value, cases, defaultCase=default)]

    def _loop(self, depth: int) -> Sequence:
        body = self.sequence(depth - 1)
        keep = self.draw(st.sampled_from([{}, {"inputParameters": {"keepLastN": 1}}]))
        return [times(self.ref("l"), self.draw(st.integers(1, 3)), *body, **keep)]


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    return workflow(*Drawn(draw).sequence(3))


def worker(seed: int, *, may_stay_away: bool) -> Any:
    """Decides by the ref and the attempt; the same for the same seed."""

    def answer(one: Any) -> Any:
        drawn = crc32(f"{seed}/{one.ref}/{one.attempt}".encode()) % 12
        if drawn == 0:
            return failed("broken", TaskStatus.FAILED)
        if drawn == 1:
            return failed("broken for good")
        if drawn == 2 and may_stay_away:
            return Never()
        return {"x": drawn}

    return answer


class Anything(dict[str, Any]):
    """Every worker answers alike."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self._answer = answer

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> Any:
        return self._answer


def lived(definition: dict[str, Any], answer: Any) -> Family:
    assert errors(definition) == []
    family = Family(definition, CHILD)
    family._answers = Anything(answer)
    family.answers_from_outside = True
    return family.run(most=3_000)


SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@SLOW
@given(definitions(), st.integers(0, 10_000))
def test_every_job_ends_when_its_workers_answer(definition: dict[str, Any], seed: int) -> None:
    family = lived(definition, worker(seed, may_stay_away=False))
    for job, state in family.jobs.items():
        assert state.has_ended, (family.tasks(job), waiting_for(state))
        assert not state.open
        assert "Nothing is left to run" not in str(state.reason), family.tasks(job)


@SLOW
@given(definitions(), st.integers(0, 10_000))
def test_a_job_whose_worker_stays_away_says_what_it_waits_for(
    definition: dict[str, Any], seed: int
) -> None:
    family = lived(definition, worker(seed, may_stay_away=True))
    for state in family.jobs.values():
        if not state.has_ended:
            assert {one.kind for one in waiting_for(state)} <= {"worker", "job"}


@SLOW
@given(definitions())
def test_without_failures_every_job_completes(definition: dict[str, Any]) -> None:
    family = lived(definition, {"x": 1})
    assert family.status == "COMPLETED", (family.state.reason, family.tasks())
    refs = family.refs()
    assert len(refs) == len(set(refs)), "a step ran twice in one iteration"


@SLOW
@given(definitions(), st.integers(0, 10_000))
def test_what_is_written_folds_to_what_was_lived(definition: dict[str, Any], seed: int) -> None:
    family = lived(definition, worker(seed, may_stay_away=True))
    for job, written in family.written.items():
        state = None
        for event, at, position in written:
            state = evolve(state, event, at, position, "daemon")
        assert state == family.jobs[job]
