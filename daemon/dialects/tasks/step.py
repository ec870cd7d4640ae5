"""One task of a definition, compiled, and where it stands in a running job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from daemon.dialects.plan import (
    ChildEnd,
    ChildJob,
    EndTask,
    Evaluated,
    Fault,
    JobView,
    Move,
    Policy,
    Schedule,
    TaskRules,
    TaskView,
)
from daemon.dialects.tasks.caching import CacheKey
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.expressions import Resolver
from daemon.dialects.tasks.inputs import Input
from daemon.dialects.tasks.refs import Around, inside
from daemon.dialects.tasks.settings import Promises
from eventstore.events import Value

if TYPE_CHECKING:
    from daemon.dialects.tasks.graph import Graph


class Kind(Protocol):
    """How one type of task runs (``daemon.dialects.tasks.kinds``)."""

    uses_input_template: bool
    """Whether the ``inputTemplate`` of the task type fills this kind's input (§2.7)."""
    knows_task_id: bool
    """Whether ``${CPEWF_TASK_ID}`` means something in its input (§2.7)."""

    keeps_output: bool
    """Whether all that it does is in its output, so that ``cacheConfig`` may hold for it."""

    def under(self, policy: Policy) -> Kind:
        """This kind as it runs in jobs of that policy."""

    def rules(self, rules: TaskRules) -> TaskRules:
        """The settings of the step as they hold for this kind."""

    def templates(self, task: WorkflowTask) -> Mapping[str, Any]:
        """What of the step is a template beside its input."""

    def schedule(self, task: WorkflowTask) -> Schedule:
        """The task that the step becomes, without its input."""

    def begin(self, place: Place, job: JobView, number: int) -> tuple[Move, ...]:
        """What happens when the step's turn has come. ``number`` is that of the first task
        which the answer schedules."""

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        """As ``begin``, with ``given`` for its resolved input. What has none begins as ever."""

    def retry_input(self, step: Step, job: JobView, given: Value) -> Value | Fault:
        """The input of another attempt after one whose input was ``given``."""

    def after(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        """What follows when its task ended for good."""

    def sequence_ended(self, place: Place, job: JobView) -> tuple[Move, ...]:
        """What follows when one of the lists of tasks inside it came to its end."""

    def set_going(self, place: Place, task: TaskView) -> tuple[Place, ...]:
        """The heads of the lists of tasks inside it that its ended ``task`` began."""

    def left(self, place: Place, job: JobView, task: TaskView) -> Value: ...

    def joined(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]: ...

    def evaluated(
        self, place: Place, job: JobView, task: TaskView, answer: Evaluated
    ) -> tuple[Move, ...]: ...

    def child(self, place: Place, job: JobView, task: TaskView) -> ChildJob | Fault: ...

    def child_started(self, task: TaskView, job_id: str) -> tuple[Move, ...]: ...

    def child_ended(self, task: TaskView, end: ChildEnd) -> EndTask: ...


class Step(msgspec.Struct, frozen=True, kw_only=True):
    task: WorkflowTask
    kind: Kind
    input: Input
    rules: TaskRules
    promises: Promises | None
    """None: its settings enforce no schema."""
    blank: Schedule
    """What the kind makes of the step, without an input."""
    templates: Mapping[str, Resolver]
    cache: CacheKey | None
    """Under what its output is kept for others, if it is."""
    before: str | None
    """The ref of the step before it in its sequence."""
    next: str | None
    """The ref of the step after it in its sequence."""
    parent: str | None
    """The ref of the step whose sequence it stands in."""
    loops: tuple[str, ...]
    """The refs of the loops around it, outermost first."""

    def given(self, job: JobView, number: int) -> dict[str, Any] | Fault:
        """The resolved input of the task ``number``."""
        return self.input(job, number if self.kind.knows_task_id else None)


class Place(msgspec.Struct, frozen=True):
    """A step in certain iterations of the loops around it."""

    graph: Graph
    step: Step
    around: Around

    @property
    def ref(self) -> str:
        """What its task is called."""
        ref = self.step.task.ref
        return inside(ref, self.around) if self.around else ref

    @property
    def iteration(self) -> int:
        return self.around[-1] if self.around else 0

    def task(self, job: JobView) -> TaskView | None:
        """Its newest task."""
        return job.latest(self.ref)

    def beside(self, ref: str, *further: int) -> Place:
        """Another step of the same graph, in the same iterations as far as it is in those
        loops. ``further``: the iterations of loops that are around it only."""
        ready = None if self.around or further else self.graph.places.get(ref)
        if ready is not None:
            return ready
        step = self.graph.steps[ref]
        around = (*self.around, *further)
        return Place(self.graph, step, around[: len(step.loops)])

    def follow(self, job: JobView) -> tuple[Move, ...]:
        """What comes after the step in its sequence."""
        return self.graph.follow(self, job)
