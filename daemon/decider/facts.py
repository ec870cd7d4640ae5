"""From a fact in the log back to the command that wrote it.

Deciding that command again on the state before gives exactly the consequences that stand
behind the fact: forks, plans before a tag move and shadow replay rest on this.
"""

from __future__ import annotations

from typing import Any

from daemon.decider import commands
from daemon.decider.commands import Command, Facts
from eventstore.events import (
    CachedOutputFound,
    CachedOutputMissed,
    ChildEnded,
    ChildRefused,
    ChildReopened,
    ChildStarted,
    Event,
    ExpressionEvaluated,
    FailureJobRefused,
    FailureJobStarted,
    JobAdmitted,
    JobPaused,
    JobRerun,
    JobRestarted,
    JobResumed,
    JobRetried,
    JobSubmitted,
    MessageSent,
    OutsideEventReceived,
    TaskCompleted,
    TaskExecuted,
    TaskExtended,
    TaskFailed,
    TaskLogged,
    TaskProgressed,
    TaskReturned,
    TaskSkipped,
    TaskStarted,
    TaskStatus,
    TerminationRequested,
    TimerFired,
    VariablesChangeRequested,
)
from eventstore.store import Recorded

_SAME_FIELDS: dict[type[Event], type[Command]] = {
    JobSubmitted: commands.Submit,
    JobAdmitted: commands.Admit,
    JobPaused: commands.Pause,
    JobResumed: commands.Resume,
    TerminationRequested: commands.Terminate,
    JobRetried: commands.Retry,
    JobRestarted: commands.Restart,
    JobRerun: commands.Rerun,
    TimerFired: commands.FireTimer,
    TaskLogged: commands.Log,
    OutsideEventReceived: commands.SendEvent,
    ChildEnded: commands.NoteChildEnd,
    ChildReopened: commands.NoteChildReopened,
    ExpressionEvaluated: commands.NoteEvaluation,
    CachedOutputFound: commands.NoteCached,
    MessageSent: commands.NoteMessage,
    VariablesChangeRequested: commands.ChangeVariables,
}
"""Facts that carry every field of their command under the same name."""


def facts_of(recorded: Recorded) -> Facts:
    return Facts(now=recorded.at, position=recorded.position, actor=recorded.actor)


def command_of(event: Event) -> Command:
    """Raises TypeError for a consequence, and for facts of other streams than a job's."""
    same = _SAME_FIELDS.get(type(event))
    if same is not None:
        return same(**{name: getattr(event, name) for name in same.__struct_fields__})
    match event:
        case TaskStarted():
            return commands.StartTask(
                task=event.task, worker=event.worker, session=event.session, limit=event.limit
            )
        case TaskCompleted() | TaskFailed() | TaskProgressed() | TaskExecuted():
            return _report(event)
        case TaskExtended():
            return commands.Extend(task=event.task, worker=event.worker)
        case TaskReturned():
            return commands.ReturnTask(task=event.task, why=event.why)
        case TaskSkipped():
            return commands.SkipTask(ref=event.ref, input=event.input, output=event.output)
        case CachedOutputMissed():
            return commands.NoteCached(task=event.task)
        case ChildStarted():
            return commands.NoteChildStart(
                task=event.task, job_id=event.job_id, started=True, existing=event.existing
            )
        case ChildRefused():
            return commands.NoteChildStart(
                task=event.task,
                job_id=event.job_id,
                started=False,
                is_unknown=event.is_unknown,
                reason=event.reason,
            )
        case FailureJobStarted():
            return commands.NoteFailureJob(job_id=event.job_id, started=True)
        case FailureJobRefused():
            return commands.NoteFailureJob(job_id=event.job_id, started=False, reason=event.reason)
    raise TypeError(f"{type(event).__name__} is no fact about a job")


def _report(event: TaskCompleted | TaskFailed | TaskProgressed | TaskExecuted) -> Command:
    more: dict[str, Any] = {}
    match event:
        case TaskFailed():
            status = event.status
        case TaskProgressed():
            status = TaskStatus.IN_PROGRESS
            more["callback_seconds"] = event.callback_seconds
        case _:
            status = TaskStatus.COMPLETED
    if not isinstance(event, TaskExecuted):
        more["reason"] = event.reason
    return commands.Report(
        task=event.task,
        status=status,
        worker=event.worker,
        output=event.output,
        logs=event.logs,
        **more,
    )
