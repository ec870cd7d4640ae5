"""``playhead job``: the verbs of an operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playhead.cli.exits import Exit
from playhead.cli.grammar import Group
from playhead.cli.session import Session
from playhead.cli.values import json_value


def fill_steering(group: Group) -> None:
    _on_job(group, "pause", pause, "hand out no more tasks of a job")
    _on_job(group, "resume", resume, "go on with a paused job")
    end = _on_job(group, "terminate", terminate, "end a job now")
    end.add_argument("--reason", metavar="TEXT", help="recorded with it")
    again = _on_job(group, "retry", retry, "go on with a failed job at the task that failed")
    again.add_argument(
        "--resume-subworkflows", action="store_true", help="retry inside its sub-workflows"
    )
    anew = _on_job(group, "restart", restart, "run an ended job from its beginning")
    anew.add_argument("--use-latest", action="store_true", help="with the newest version")
    _fill_rerun(group)
    _fill_skip(group)
    event = _on_job(group, "send-event", send_event, "give a job an outside event")
    event.add_argument("event", metavar="EVENT", help="the id that the job waits for")
    event.add_argument("--payload", metavar="JSON", type=json_value, help="@FILE or -")


def _fill_rerun(group: Group) -> None:
    parser = _on_job(group, "rerun", rerun, "run a job again, from a task if one is named")
    parser.add_argument("--task", metavar="TASK", help="from this task on")
    parser.add_argument("--task-input", metavar="JSON", type=json_value, help="@FILE or -")
    parser.add_argument("--input", metavar="JSON", type=json_value, help="@FILE or -")
    parser.add_argument("--correlation-id", metavar="ID", help="another one from now on")


def _fill_skip(group: Group) -> None:
    parser = _on_job(group, "skip", skip, "skip a step that has not begun")
    parser.add_argument("ref", metavar="REF", help="the step's ref")
    parser.add_argument("--input", metavar="JSON", type=json_value, help="@FILE or -")
    parser.add_argument("--result", metavar="JSON", type=json_value, help="its output; @FILE or -")


def _on_job(group: Group, name: str, run: Callable[[Session], int], about: str) -> Any:
    parser = group.command(name, run, about, changing=True)
    parser.add_argument("job", metavar="JOB")
    return parser


def pause(session: Session) -> int:
    return _steer(session, "job.pause")


def resume(session: Session) -> int:
    return _steer(session, "job.resume")


def terminate(session: Session) -> int:
    return _steer(session, "job.terminate", reason=session.asked.reason)


def retry(session: Session) -> int:
    return _steer(
        session, "job.retry", resumeSubworkflows=session.asked.resume_subworkflows or None
    )


def restart(session: Session) -> int:
    return _steer(session, "job.restart", useLatest=session.asked.use_latest or None)


def rerun(session: Session) -> int:
    asked = session.asked
    return _steer(
        session,
        "job.rerun",
        taskId=asked.task,
        taskInput=asked.task_input,
        input=asked.input,
        correlationId=asked.correlation_id,
    )


def skip(session: Session) -> int:
    asked = session.asked
    return _steer(session, "job.skipTask", ref=asked.ref, input=asked.input, output=asked.result)


def send_event(session: Session) -> int:
    asked = session.asked
    return _steer(session, "job.sendEvent", eventId=asked.event, payload=asked.payload)


def _steer(session: Session, method: str, **params: Any) -> int:
    answer = session.call(method, jobId=session.asked.job, **params)
    if session.output.as_json:
        session.output.json(answer)
    else:
        session.output.line(f"Job {answer['jobId']} is {answer['status']}.")
    return Exit.OK
