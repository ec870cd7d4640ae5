"""The two state machines as tables.

A job::

    submitted -> RUNNING <-> PAUSED
    RUNNING, PAUSED -> COMPLETED | FAILED | TIMED_OUT | TERMINATED
    ended -> RUNNING          only by an operator: retry, restart, rerun
    FAILED, TIMED_OUT -> TERMINATED   an operator gives up for good

A job never leaves PAUSED because of a result; it may because of its own timeout or an
operator. COMPLETED out of PAUSED does not exist: completing is a consequence, and nothing
follows from results while a job is paused.

A task::

    scheduled -> SCHEDULED -> IN_PROGRESS -> ended
    IN_PROGRESS -> SCHEDULED          returned, or progress with a callback
    SCHEDULED -> ended                nobody has to take a task to report on it

What ended stays ended. The one exception is the decider overruling an end in the decision
that it was told of: COMPLETED -> FAILED_WITH_TERMINAL_ERROR (the output breaks the
contract) and an unsuccessful end -> COMPLETED_WITH_ERRORS (the step is optional). Beside
the table stands the task whose work is another job: when an operator makes that job run
again, the task is IN_PROGRESS again (``ChildReopened``).
"""

from __future__ import annotations

from eventstore.events import JobStatus as Job
from eventstore.events import TaskStatus as Task

JOB: dict[Job, frozenset[Job]] = {
    Job.RUNNING: frozenset(
        {Job.RUNNING, Job.PAUSED, Job.COMPLETED, Job.FAILED, Job.TIMED_OUT, Job.TERMINATED}
    ),
    Job.PAUSED: frozenset({Job.PAUSED, Job.RUNNING, Job.TIMED_OUT, Job.TERMINATED}),
    Job.COMPLETED: frozenset({Job.COMPLETED, Job.RUNNING}),
    Job.FAILED: frozenset({Job.FAILED, Job.RUNNING, Job.TERMINATED}),
    Job.TIMED_OUT: frozenset({Job.TIMED_OUT, Job.RUNNING, Job.TERMINATED}),
    Job.TERMINATED: frozenset({Job.TERMINATED, Job.RUNNING}),
}
"""From a status to those that one event may lead to."""

_ENDED = frozenset(
    {
        Task.COMPLETED,
        Task.COMPLETED_WITH_ERRORS,
        Task.FAILED,
        Task.FAILED_WITH_TERMINAL_ERROR,
        Task.TIMED_OUT,
        Task.CANCELED,
    }
)
_OVERRULED = frozenset({Task.COMPLETED_WITH_ERRORS})

TASK: dict[Task, frozenset[Task]] = {
    Task.SCHEDULED: frozenset({Task.SCHEDULED, Task.IN_PROGRESS}) | _ENDED,
    Task.IN_PROGRESS: frozenset({Task.IN_PROGRESS, Task.SCHEDULED}) | _ENDED,
    Task.COMPLETED: frozenset({Task.COMPLETED, Task.FAILED, Task.FAILED_WITH_TERMINAL_ERROR}),
    Task.COMPLETED_WITH_ERRORS: frozenset({Task.COMPLETED_WITH_ERRORS}),
    Task.FAILED: frozenset({Task.FAILED}) | _OVERRULED,
    Task.FAILED_WITH_TERMINAL_ERROR: frozenset({Task.FAILED_WITH_TERMINAL_ERROR}) | _OVERRULED,
    Task.TIMED_OUT: frozenset({Task.TIMED_OUT}) | _OVERRULED,
    Task.CANCELED: frozenset({Task.CANCELED}) | _OVERRULED,
    Task.SKIPPED: frozenset({Task.SKIPPED}),
}
