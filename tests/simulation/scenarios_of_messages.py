"""Scenarios of messages and the handlers that act upon them: each action once, whatever dies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.dialects.tasks.definitions import fork, join, task, times
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.scenarios import scenario
from tests.simulation.stage import Stage, task_is


def event(ref: str, sink: str = "conductor", **fields: Any) -> dict[str, Any]:
    return task(ref, type="EVENT", sink=sink, **fields)


def human(ref: str, **fields: Any) -> dict[str, Any]:
    return task(ref, type="HUMAN", **fields)


async def handler(stage: Stage, name: str, on: str, *actions: dict[str, Any], **more: Any) -> None:
    definition = {"name": name, "event": on, "active": True, "actions": list(actions), **more}
    await stage.client.ask("eventHandler.put", definition=definition)


async def publish(stage: Stage, message_id: str, on: str, **payload: Any) -> None:
    named = {"messageId": message_id, "event": on}
    await stage.client.ask("message.publish", **named, payload=payload)


def has_tasks(count: int) -> Callable[[dict[str, Any]], bool]:
    return lambda job: len(job["tasks"]) == count


def starting(name: str, **given: Any) -> dict[str, Any]:
    return {"action": "start_workflow", "start_workflow": {"name": name, "input": given}}


def ending(kind: str, ref: str, **output: Any) -> dict[str, Any]:
    """Of the job that the message names."""
    told = {"workflowId": "${job}", "taskRefName": ref, "output": output}
    return {"action": kind, kind: told}


@scenario
async def a_message_starts_workflows(stage: Stage) -> None:
    await stage.define(
        workflow("sender", event("e", inputParameters={"n": "${workflow.input.job}"}), simple("z")),
        workflow("one", simple("a")),
        workflow("two", simple("b")),
    )
    actions = (starting("one", n="${n}"), starting("nowhere"), starting("two", n="${n}"))
    await handler(stage, "h", "conductor:sender:e", *actions)
    stage.worker("w1", "a", "b", "z")
    await stage.submit("job", "sender")
    for name in ("one", "two"):
        await stage.started(name)


@scenario
async def a_message_ends_the_task_that_sent_it(stage: Stage) -> None:
    told = {"job": "${workflow.workflowId}"}
    sender = event("e", "conductor:q", asyncComplete=True, inputParameters=told)
    await stage.define(workflow("w", sender, simple("z")))
    await handler(stage, "h", "conductor:w:q", ending("complete_task", "e", ok=True))
    stage.worker("w1", "z")
    for name in ("first", "second"):
        await stage.submit(name, "w")


@scenario
async def a_condition_in_a_script_decides(stage: Stage) -> None:
    await stage.define(workflow("yes", simple("a")), workflow("no", simple("b")))
    for name, word in (("yes", "ab"), ("no", "xy")):
        condition = f"$.words.join('') == '{word}'"
        await handler(stage, name, "conductor:q", starting(name), condition=condition)
    stage.worker("w1", "a", "b")
    await publish(stage, "m", "conductor:q", words=["a", "b"])
    await stage.started("yes")


@scenario
async def a_message_fails_one_attempt_and_no_other(stage: Stage) -> None:
    await stage.types(task_type("do_h", retryCount=2))
    await stage.define(workflow("w", human("h")))
    await handler(stage, "fails", "conductor:bad", ending("fail_task", "h", why="${why}"))
    await handler(stage, "completes", "conductor:good", ending("complete_task", "h"))
    job_id = await stage.submit("job", "w")
    for count in (1, 2):
        await publish(stage, f"m{count}", "conductor:bad", job=job_id, why=f"no {count}")
        await stage.until("job", has_tasks(count + 1))
    await publish(stage, "m3", "conductor:good", job=job_id)


@scenario
async def a_message_ends_one_iteration_and_no_other(stage: Stage) -> None:
    await stage.define(workflow("w", times("l", 3, human("h"))))
    await handler(stage, "h", "conductor:next", ending("complete_task", "h", n="${n}"))
    job_id = await stage.submit("job", "w")
    for number in (1, 2, 3):
        await stage.until("job", task_is(f"h__{number}", "IN_PROGRESS"))
        await publish(stage, f"m{number}", "conductor:next", job=job_id, n=number)


@scenario
async def messages_change_and_end_a_job(stage: Stage) -> None:
    await stage.define(workflow("w", human("h"), variables={"seen": ["first"]}))
    variables = {"workflowId": "${job}", "variables": {"seen": ["${n}"]}, "appendArray": True}
    end = {"workflowId": "${job}", "terminationReason": "told by ${n}"}
    await handler(
        stage,
        "h",
        "conductor:q",
        {"action": "update_workflow_variables", "update_workflow_variables": variables},
        {"action": "terminate_workflow", "terminate_workflow": end},
    )
    job_id = await stage.submit("job", "w")
    await publish(stage, "m", "conductor:q", job=job_id, n="second")


@scenario
async def a_report_through_a_default_queue(stage: Stage) -> None:
    await stage.define(workflow("w", task("w", type="WAIT"), human("h")))
    job_id = await stage.submit("job", "w")
    report = {"jobId": job_id, "status": "COMPLETED"}
    await stage.client.ask("message.report", **report, ref="w", output={"n": 1})
    job = await stage.until("job", task_is("h", "IN_PROGRESS"))
    last = job["tasks"][-1]["taskId"]
    await stage.client.ask("message.report", **report, taskId=last)


@scenario
async def a_listener_completes_a_task_elsewhere(stage: Stage) -> None:
    listened = {"workflowStatusListenerEnabled": True, "workflowStatusListenerSink": "conductor:l"}
    told = {"onSuccess,onFailed": [{"type": "seen", "payload": {"job": "${workflow.input.for}"}}]}
    await stage.define(
        workflow("waits", fork("f", [human("first")], [human("then")]), join("j", "first", "then")),
        workflow("works", simple("a", onStateChange=told), **listened),
    )
    completed = {"condition": "$.callback == 'completed'"}
    action = {"workflowId": "${input.for}", "taskRefName": "then", "output": {"n": "${output.by}"}}
    end = {"action": "complete_task", "complete_task": action}
    await handler(stage, "job", "conductor:l", end, **completed)
    await handler(stage, "task", "conductor:works:seen", ending("complete_task", "first"))
    waiting = await stage.submit("waiting", "waits")
    await stage.submit("working", "works", input={"for": waiting})
    stage.worker("w1", "a")
