"""Rows of the operations table: jobs and their tasks."""

from __future__ import annotations

from daemon.operations import of_jobs as jobs
from daemon.operations import of_tasks as tasks
from daemon.operations import parameters as p
from daemon.operations import results as r
from daemon.operations.answering import Operation


def of_jobs() -> tuple[Operation, ...]:
    return (
        Operation(
            name="job.submit",
            summary="Start a job of a version",
            parameters=p.JobSubmit,
            result=r.Submitted,
            handler=jobs.submit,
            answer=jobs.submitted,
        ),
        Operation(
            name="job.get",
            summary="The job document, now or as it was",
            parameters=p.JobGet,
            result=r.JobDocument,
            handler=jobs.get,
        ),
        Operation(
            name="job.list",
            summary="List jobs, newest first",
            parameters=p.JobList,
            result=r.Jobs,
            handler=jobs.list_jobs,
        ),
        Operation(
            name="job.sendEvent",
            summary="Tell a job of something outside that it may wait for",
            parameters=p.JobSendEvent,
            result=r.JobChange,
            handler=jobs.send_event,
            answer=jobs.changed,
        ),
    )


def of_job_changes() -> tuple[Operation, ...]:
    rows = (
        ("job.pause", "Schedule nothing more until resumed", p.OneJob, jobs.pause),
        ("job.resume", "Go on with a paused job", p.OneJob, jobs.resume),
        ("job.terminate", "End a job and cancel its tasks", p.JobTerminate, jobs.terminate),
        ("job.retry", "Go on with an ended job from what failed", p.JobRetry, jobs.retry),
        ("job.restart", "Run an ended job from its beginning", p.JobRestart, jobs.restart),
        ("job.rerun", "Run an ended job again from one of its tasks", p.JobRerun, jobs.rerun),
        ("job.skipTask", "Pass over a step still to come", p.JobSkipTask, jobs.skip_task),
    )
    return tuple(
        Operation(
            name=name,
            summary=summary,
            parameters=parameters,
            result=r.JobChange,
            handler=handler,
            answer=jobs.changed,
        )
        for name, summary, parameters, handler in rows
    )


def of_tasks() -> tuple[Operation, ...]:
    return (
        Operation(
            name="task.poll",
            summary="Take up to count tasks of a type, waiting for them if asked to",
            parameters=p.TaskPoll,
            result=r.PolledTasks,
            handler=tasks.poll,
            answers_from_log=tasks.polled_before,
        ),
        Operation(
            name="task.update",
            summary="Report a result, progress or a heartbeat",
            parameters=p.TaskUpdate,
            result=r.Update,
            handler=tasks.update,
            answer=tasks.updated,
            may_echo=True,
        ),
        Operation(
            name="task.log",
            summary="Add lines to what was logged about a task",
            parameters=p.TaskLog,
            result=r.TaskLines,
            handler=tasks.log,
            answer=tasks.logged,
            may_echo=True,
        ),
        Operation(
            name="task.get",
            summary="One task",
            parameters=p.TaskGet,
            result=dict,
            handler=tasks.get,
        ),
        Operation(
            name="task.list",
            summary="List tasks, newest first",
            parameters=p.TaskList,
            result=r.Tasks,
            handler=tasks.list_tasks,
        ),
        Operation(
            name="queue.list",
            summary="What is ready, held and waited for, by task type and domain",
            parameters=p.Nothing,
            result=r.Queues,
            handler=tasks.list_queues,
        ),
    )
