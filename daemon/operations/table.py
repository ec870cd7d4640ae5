"""The one table of operations (DESIGN §6). JSON-RPC, HTTP and the command line are skins
over it: a new operation is a row here and a handler in the file of its noun."""

from __future__ import annotations

from daemon.operations import of_events as events
from daemon.operations import of_system as system
from daemon.operations import of_task_types as task_types
from daemon.operations import of_workflows as workflows
from daemon.operations import parameters as p
from daemon.operations import past
from daemon.operations import results as r
from daemon.operations.answering import Operation
from daemon.operations.of_job_tasks import of_job_tasks
from daemon.operations.table_of_jobs import of_job_changes, of_jobs, of_tasks
from daemon.operations.table_of_messages import of_messages
from daemon.operations.table_of_pools import of_pools
from daemon.operations.table_of_schedules import of_schedules
from daemon.operations.table_of_schemas import of_schemas
from daemon.operations.table_of_searching import of_searching
from daemon.operations.table_of_secrets import of_secrets
from daemon.operations.table_of_tokens import of_tokens
from daemon.operations.table_of_waiting import of_waiting


def _rows() -> tuple[Operation, ...]:
    return (
        *_of_workflows(),
        *_of_versions(),
        *_of_tags(),
        *_of_task_types(),
        *of_jobs(),
        *of_job_changes(),
        *of_tasks(),
        *of_waiting(),
        *of_searching(),
        *of_messages(),
        *_of_events(),
        *_of_the_past(),
        *of_schemas(),
        *of_job_tasks(),
        *of_tokens(),
        *of_secrets(),
        *of_pools(),
        *of_schedules(),
        *_of_the_daemon(),
    )


def _of_workflows() -> tuple[Operation, ...]:
    return (
        Operation(
            name="workflow.register",
            summary="Register a named container for versions",
            parameters=p.WorkflowRegister,
            result=r.Registered,
            handler=workflows.register,
            answer=workflows.registered,
        ),
        Operation(
            name="workflow.list",
            summary="List workflows by name",
            parameters=p.WorkflowList,
            result=r.Workflows,
            handler=workflows.list_workflows,
        ),
        Operation(
            name="workflow.get",
            summary="One workflow, by name or id",
            parameters=p.OneWorkflow,
            result=r.WorkflowDocument,
            handler=workflows.get,
        ),
    )


def _of_versions() -> tuple[Operation, ...]:
    return (
        Operation(
            name="version.add",
            summary="Add an immutable version; a definition that names its workflow registers it",
            parameters=p.VersionAdd,
            result=r.Added,
            handler=workflows.add,
            answer=workflows.added,
        ),
        Operation(
            name="version.validate",
            summary="Everything wrong with a definition, without storing it",
            parameters=p.VersionValidate,
            result=r.ValidationVerdict,
            handler=workflows.validate,
        ),
        Operation(
            name="version.retire",
            summary="Let a number mean no version any more; tags and jobs stay",
            parameters=p.VersionRetire,
            result=r.TagTarget,
            handler=workflows.retire,
            answer=workflows.retired,
        ),
        Operation(
            name="version.list",
            summary="List the versions of a workflow",
            parameters=p.VersionList,
            result=r.Versions,
            handler=workflows.list_versions,
        ),
        Operation(
            name="version.get",
            summary="One version with its definition; without a selector the default one",
            parameters=p.VersionGet,
            result=r.VersionDocument,
            handler=workflows.get_version,
        ),
    )


def _of_tags() -> tuple[Operation, ...]:
    return (
        Operation(
            name="tag.set",
            summary="Move a tag to a version, atomically",
            parameters=p.TagSet,
            result=r.TagMove,
            handler=workflows.set_tag,
            answer=workflows.tag_moved,
        ),
        Operation(
            name="tag.get",
            summary="The version that a tag points at",
            parameters=p.TagGet,
            result=r.TagTarget,
            handler=workflows.get_tag,
        ),
        Operation(
            name="tag.list",
            summary="List the tags of a workflow",
            parameters=p.TagList,
            result=r.Tags,
            handler=workflows.list_tags,
        ),
        Operation(
            name="tag.history",
            summary="Every move of a tag, newest first",
            parameters=p.TagHistory,
            result=r.History,
            handler=workflows.tag_history,
        ),
    )


def _of_task_types() -> tuple[Operation, ...]:
    return (
        Operation(
            name="taskType.put",
            summary="Define a task type: retry, timeout and rate settings",
            parameters=p.TaskTypePut,
            result=r.Named,
            handler=task_types.put,
            answer=task_types.named,
        ),
        Operation(
            name="taskType.validate",
            summary="Everything wrong with the settings of a task type, without storing them",
            parameters=p.TaskTypeValidate,
            result=r.TaskTypeVerdict,
            handler=task_types.validate,
        ),
        Operation(
            name="taskType.get",
            summary="One task type",
            parameters=p.TaskTypeName,
            result=r.TaskTypeDocument,
            handler=task_types.get,
        ),
        Operation(
            name="taskType.list",
            summary="List task types by name",
            parameters=p.TaskTypeList,
            result=r.TaskTypes,
            handler=task_types.list_task_types,
        ),
        Operation(
            name="taskType.delete",
            summary="Forget a task type; jobs keep what they pinned",
            parameters=p.TaskTypeDelete,
            result=r.Named,
            handler=task_types.delete,
            answer=task_types.named,
        ),
    )


def _of_events() -> tuple[Operation, ...]:
    return (
        Operation(
            name="events.read",
            summary="Read the log",
            parameters=p.EventsRead,
            result=r.EventsPage,
            handler=events.read,
        ),
        Operation(
            name="events.subscribe",
            summary="Follow the log: notifications events.event, and events.ended if cut off",
            parameters=p.EventsSubscribe,
            result=r.SubscriptionStart,
            handler=events.subscribe,
        ),
        Operation(
            name="events.unsubscribe",
            summary="End a subscription of this connection",
            parameters=p.EventsUnsubscribe,
            result=r.SubscriptionEnd,
            handler=events.unsubscribe,
        ),
    )


def _of_the_past() -> tuple[Operation, ...]:
    return (
        Operation(
            name="replay.job",
            summary="Walk through a job's events and what each changed",
            parameters=p.ReplayJob,
            result=r.ReplaySteps,
            handler=past.replay_job,
        ),
        Operation(
            name="replay.verify",
            summary="Fold the log again and compare with the projections",
            parameters=p.ReplayVerify,
            result=r.ReplayVerdict,
            handler=past.replay_verify,
        ),
        Operation(
            name="audit.query",
            summary="Who did what, when, asked by which request and because of what",
            parameters=p.AuditQuery,
            result=r.Entries,
            handler=past.audit_query,
        ),
        Operation(
            name="audit.verify",
            summary="Walk every link of the log's hash chain",
            parameters=p.Nothing,
            result=r.ChainVerdict,
            handler=past.audit_verify,
        ),
    )


def _of_the_daemon() -> tuple[Operation, ...]:
    return (
        Operation(
            name="system.status",
            summary="What the daemon is doing",
            parameters=p.Nothing,
            result=dict,
            handler=system.status,
        ),
        Operation(
            name="system.health",
            summary="Whether the daemon can record and answer",
            parameters=p.Nothing,
            result=r.Health,
            handler=system.health,
        ),
        Operation(
            name="system.backup",
            summary="A verified copy of the log while the daemon goes on",
            parameters=p.Backup,
            result=r.BackupMade,
            handler=system.backup,
        ),
        Operation(
            name="projections.rebuild",
            summary="Throw the read models away and make them again",
            parameters=p.Nothing,
            result=r.Rebuilt,
            handler=system.rebuild,
        ),
    )


OPERATIONS = {operation.name: operation for operation in _rows()}
