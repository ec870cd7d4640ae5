"""Every client of Conductor's own Python package that the open-source server answers."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from tests.gateway.daemons import HttpDaemon

pytest.importorskip("conductor.client", reason="the package conductor-python is not installed")

from conductor.client.configuration.configuration import Configuration
from conductor.client.http.models import (
    RerunWorkflowRequest,
    SkipTaskRequest,
    StartWorkflowRequest,
    TaskDef,
    TaskResult,
    WorkflowDef,
    WorkflowTask,
)
from conductor.client.http.models.workflow_test_request import WorkflowTestRequest
from conductor.client.http.rest import ApiException
from conductor.client.orkes_clients import OrkesClients
from conductor.client.workflow.conductor_workflow import ConductorWorkflow
from conductor.client.workflow.executor.workflow_executor import WorkflowExecutor
from conductor.client.workflow.task.simple_task import SimpleTask

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""Of models that the package itself calls deprecated."""

_numbers = count(1)


class Sdk:
    """The clients, and a workflow of two SIMPLE tasks, ``a`` and ``b``."""

    def __init__(self, url: str) -> None:
        configuration = Configuration(server_api_url=f"{url}/api")
        clients = OrkesClients(configuration)
        self.workflows: Any = clients.get_workflow_client()
        self.metadata: Any = clients.get_metadata_client()
        self.tasks: Any = clients.get_task_client()
        self.executor: Any = WorkflowExecutor(configuration)
        self.name = f"sdk_{next(_numbers)}"
        workflow = ConductorWorkflow(executor=self.executor, name=self.name, version=1)
        workflow >> SimpleTask(f"{self.name}_a", "a") >> SimpleTask(f"{self.name}_b", "b")
        workflow.register(overwrite=True)

    def start(self, **more: Any) -> str:
        request = StartWorkflowRequest(name=self.name, version=1, input={"x": 1}, **more)
        return str(self.executor.start_workflow(request))

    def status(self, workflow_id: str) -> str:
        return str(self.workflows.get_workflow(workflow_id).status)


@pytest.fixture
def sdk(daemon: HttpDaemon) -> Sdk:
    return Sdk(daemon.url)


def test_definitions_are_registered_and_read(sdk: Sdk) -> None:
    assert sdk.metadata.get_workflow_def(sdk.name).name == sdk.name
    assert sdk.name in {one.name for one in sdk.metadata.get_all_workflow_defs()}
    name = f"{sdk.name}_a"
    sdk.metadata.register_task_def(TaskDef(name=name, retry_count=0))
    sdk.metadata.update_task_def(TaskDef(name=name, retry_count=5))
    assert sdk.metadata.get_task_def(name).retry_count == 5
    sdk.metadata.unregister_task_def(name)
    sdk.metadata.unregister_workflow_def(sdk.name, 1)
    for read in (sdk.metadata.get_task_def, sdk.metadata.get_workflow_def):
        with pytest.raises(ApiException) as refused:
            read(name)
        assert refused.value.status == 404
        assert name in str(refused.value.body)


def test_workflows_are_started_and_read(sdk: Sdk) -> None:
    workflow_id = sdk.start(correlation_id="c7", priority=3)
    found = sdk.workflows.get_workflow(workflow_id, include_tasks=True)
    assert (found.status, found.priority, found.correlation_id) == ("RUNNING", 3, "c7")
    assert found.workflow_definition.tasks[0].task_reference_name == "a"
    assert found.tasks[0].workflow_task.task_definition.retry_count == 3
    status = sdk.workflows.get_workflow_status(workflow_id, True, True)
    assert (status.status, status.output) == ("RUNNING", {})
    request = StartWorkflowRequest(name=sdk.name)
    assert len(set(sdk.executor.start_workflows(request, request))) == 2
    by_correlation = sdk.workflows.get_by_correlation_ids(sdk.name, ["c7"], True, True)
    assert [one.workflow_id for one in by_correlation["c7"]] == [workflow_id]
    hits = sdk.workflows.search(query=f"workflowId = '{workflow_id}'", free_text="*")
    assert [one.workflow_id for one in hits.results] == [workflow_id]


def test_a_task_is_polled_logged_and_reported(sdk: Sdk) -> None:
    workflow_id, kind = sdk.start(), f"{sdk.name}_a"
    assert sdk.tasks.get_queue_size_for_task(kind) == 1
    task = sdk.tasks.poll_task(kind, "w1")
    assert (task.workflow_instance_id, task.status) == (workflow_id, "IN_PROGRESS")
    assert task.response_timeout_seconds == 3600
    assert sdk.tasks.batch_poll_tasks(kind, "w1", 3, 10) == []
    sdk.tasks.add_task_log(task.task_id, "a line")
    assert [one.log for one in sdk.tasks.get_task_logs(task.task_id)] == ["a line"]
    assert [one.worker_id for one in sdk.tasks.get_task_poll_data(kind)] == ["w1"]
    result = TaskResult(
        workflow_instance_id=workflow_id,
        task_id=task.task_id,
        worker_id="w1",
        status="COMPLETED",
        output_data={"k": 1},
    )
    assert sdk.tasks.update_task(result) == task.task_id
    assert sdk.tasks.get_task(task.task_id).output_data == {"k": 1}
    assert sdk.tasks.update_task_sync(workflow_id, "b", "COMPLETED", {}).status == "COMPLETED"


def test_workflows_are_steered(sdk: Sdk) -> None:
    workflow_id = sdk.start()
    sdk.workflows.pause_workflow(workflow_id)
    assert sdk.status(workflow_id) == "PAUSED"
    sdk.workflows.resume_workflow(workflow_id)
    sdk.workflows.terminate_workflow(workflow_id, "enough", trigger_failure_workflow=True)
    found = sdk.workflows.get_workflow(workflow_id)
    assert (found.status, found.reason_for_incompletion) == ("TERMINATED", "enough")
    sdk.workflows.restart_workflow(workflow_id, use_latest_def=True)
    sdk.workflows.skip_task_from_workflow(workflow_id, "b", SkipTaskRequest(task_output={"s": 1}))
    sdk.tasks.update_task_by_ref_name(workflow_id, "a", "FAILED_WITH_TERMINAL_ERROR", {})
    assert sdk.status(workflow_id) == "FAILED"
    sdk.workflows.retry_workflow(workflow_id, resume_subworkflow_tasks=True)
    sdk.tasks.update_task_by_ref_name(workflow_id, "a", "COMPLETED", {})
    assert sdk.status(workflow_id) == "COMPLETED"
    sdk.workflows.rerun_workflow(workflow_id, RerunWorkflowRequest(workflow_input={"y": 2}))
    assert sdk.workflows.get_workflow(workflow_id).input == {"y": 2}
    sdk.workflows.terminate_workflow(workflow_id, "done")
    sdk.workflows.delete_workflow(workflow_id)


def test_workflows_are_executed_and_signalled(sdk: Sdk) -> None:
    request = StartWorkflowRequest(name=sdk.name, version=1)
    run = sdk.executor.execute_workflow(request, wait_until_task_ref="a", wait_for_seconds=1)
    assert run.status == "RUNNING"
    waits = [WorkflowTask(name="w", task_reference_name=ref, type="WAIT") for ref in ("c", "d")]
    name = f"{sdk.name}_waits"
    sdk.metadata.register_workflow_def(WorkflowDef(name=name, version=1, tasks=waits))
    response = sdk.workflows.execute_workflow_with_return_strategy(
        StartWorkflowRequest(name=name, version=1), return_strategy="BLOCKING_TASK"
    )
    assert (response.response_type, response.reference_task_name) == ("BLOCKING_TASK", "c")
    workflow_id = response.target_workflow_id
    following = sdk.executor.signal(workflow_id, "COMPLETED", {}, return_strategy="BLOCKING_TASK")
    assert following.reference_task_name == "d"
    sdk.executor.signal_async(workflow_id, "COMPLETED", {"by": "me"})
    found = sdk.workflows.get_workflow(workflow_id)
    assert (found.status, found.output) == ("COMPLETED", {"by": "me"})


def test_workflows_are_tried_with_mocks(sdk: Sdk) -> None:
    mocks = {ref: [{"status": "COMPLETED", "output": {ref: 1}}] for ref in ("a", "b")}
    request = WorkflowTestRequest(name=sdk.name, version=1, task_ref_to_mock_output=mocks)
    found = sdk.workflows.test_workflow(request)
    assert (found.status, found.output) == ("COMPLETED", {"b": 1})
