"""The shapes of JustWorkflowIt's bodies for the OpenAPI document (justworkflowit.md §3.8). What
is sent is described by the records that read it."""

from __future__ import annotations

import msgspec

from daemon.gateway.justworkflowit.jobs import NewEvent, NewJob
from daemon.gateway.justworkflowit.pools import ChangedPool, NewPool
from daemon.gateway.justworkflowit.secrets import AskedSecret, ChangedSecret, NewSecret
from daemon.gateway.justworkflowit.tokens import ChangedToken, NewToken
from daemon.gateway.justworkflowit.workflows import Definition, NewWorkflow, TaggedVersion
from daemon.gateway.shapes import PLACE, Shapes

PREFIX = "JustWorkflowIt."

READ_BY = {
    "SubmitJob": NewJob,
    "SendJobEvent": NewEvent,
    "CreateResourcePool": NewPool,
    "UpdateResourcePool": ChangedPool,
    "CreateOrganizationSecret": NewSecret,
    "UpdateOrganizationSecret": ChangedSecret,
    "ResolveOrganizationSecret": AskedSecret,
    "CreateApiAuthToken": NewToken,
    "UpdateApiAuthToken": ChangedToken,
    "RegisterWorkflow": NewWorkflow,
    "RegisterWorkflowVersion": Definition,
    "ValidateWorkflowVersion": Definition,
    "SetWorkflowVersionTag": TaggedVersion,
}

_VERSION = "versionId:str versionNumber:num"
_DEFINED = f"{_VERSION} definition:str createdAt:str tags:[str]"
_SECRET = "secretId:str key:str description:str createdAt:str updatedAt:str createdByEmail:str"

MODELS = {
    "Error": "errorType:str message:str fields:text-map",
    "WorkflowVersion": _VERSION,
    "Workflow": "workflowId:str name:str createdAt:str",
    "Workflows": "workflows:[Workflow]",
    "DefinedVersion": _DEFINED,
    "DefinedVersionOfWorkflow": f"workflowId:str {_DEFINED}",
    "DefinedVersions": "versions:[DefinedVersion]",
    "VersionAdded": f"workflowId:str {_VERSION}",
    "Verdict": "valid:bool errors:[str] definition:str",
    "WorkflowId": "workflowId:str",
    "Success": "success:bool",
    "Job": "jobId:str status:str workflowId:str workflowName:str workflowVersion:WorkflowVersion "
    "submittedByUser:str createdAt:str updatedAt:str startedAt:str finishedAt:str "
    "parentJobId:str parentStepName:str rootJobId:str billableTransactionUnits:num",
    "Jobs": "jobs:[Job] nextPageToken:str totalCount:int",
    "ParentJob": "jobId:str status:str workflowName:str stepName:str",
    "ChildJob": "jobId:str status:str workflowName:str parentStepName:str createdAt:str "
    "finishedAt:str",
    "JobAndFamily": "job:Job parentJob:ParentJob childJobs:[ChildJob]",
    "JobId": "jobId:str",
    "JobEvent": "jobId:str eventId:str",
    "StepOutput": "status:str payload:any",
    "HistoryItem": "id:str stepName:str stepExecutorType:str historySource:str input:any "
    "output:StepOutput startTimestamp:str endTimestamp:str errors:[str] warnings:[str] "
    "eventId:str",
    "State": "nextStepName:str executionData:map executionHistory:[HistoryItem]",
    "JobState": "state:State",
    "StateMetadata": "contentLengthBytes:int",
    "Pool": "poolId:str name:str workerLimit:int targetsAllWorkflows:bool "
    "targetedWorkflowIds:[str] createdAt:str updatedAt:str",
    "OnePool": "resourcePool:Pool",
    "Pools": "resourcePools:[Pool]",
    "PoolId": "poolId:str",
    "Secret": f"{_SECRET} updatedByEmail:str",
    "Secrets": "secrets:[Secret]",
    "SecretKey": "secretId:str key:str description:str updatedAt:str",
    "SecretValue": "key:str value:str",
    "Token": "apiAuthTokenId:str name:str expiresAt:str createdAt:str permissions:[str]",
    "Tokens": "tokens:[Token]",
    "TokenMade": "apiAuthTokenId:str name:str createdAt:str expiresAt:str token:str",
    "Measure": "timestamp:str value:num",
    "Measures": "results:[Measure]",
    "Organization": "organizationId:str name:str key:str displayName:str createdAt:str "
    "marketplaceAllowlistRequired:bool",
    "Organizations": "organizations:[Organization]",
    "Notifications": "notifications:[map] unreadCount:int",
    "Marked": "markedCount:int",
}

ANSWERS = {
    "ListWorkflows": "Workflows",
    "RegisterWorkflow": "WorkflowId",
    "GetWorkflow": "Workflow",
    "GetTaggedWorkflowVersion": "WorkflowVersion",
    "SetWorkflowVersionTag": "Success",
    "ListWorkflowVersions": "DefinedVersions",
    "RegisterWorkflowVersion": "VersionAdded",
    "ValidateWorkflowVersion": "Verdict",
    "GetWorkflowVersion": "DefinedVersionOfWorkflow",
    "ListJobs": "Jobs",
    "SubmitJob": "JobId",
    "GetJob": "JobAndFamily",
    "CancelJob": "JobId",
    "ResumeJob": "JobId",
    "SendJobEvent": "JobEvent",
    "GetWorkflowState": "JobState",
    "GetWorkflowStateMetadata": "StateMetadata",
    "ListResourcePools": "Pools",
    "CreateResourcePool": "PoolId",
    "UpdateResourcePool": "PoolId",
    "DeleteResourcePool": "PoolId",
    "GetResourcePool": "OnePool",
    "ListOrganizationSecrets": "Secrets",
    "CreateOrganizationSecret": "SecretKey",
    "UpdateOrganizationSecret": "SecretKey",
    "GetOrganizationSecret": "Secret",
    "ResolveOrganizationSecret": "SecretValue",
    "GetWorkflowMetricTimeSeries": "Measures",
    "ListApiAuthTokens": "Tokens",
    "CreateApiAuthToken": "TokenMade",
    "GetApiAuthToken": "Token",
    "UpdateApiAuthToken": "Token",
    "ListOrganizations": "Organizations",
    "GetOrganization": "Organization",
    "ListNotifications": "Notifications",
    "MarkAllNotificationsRead": "Marked",
}

QUERIES = {
    "ListJobs": "pageSize:int pageToken:str status:str workflowName:str "
    "workflowVersionNumber:int jobHierarchy:str createdAfter:str createdBefore:str",
    "GetWorkflowMetricTimeSeries": "metric:str aggregation:str bucket:str since:str until:str",
}

_, _RECORDS = msgspec.json.schema_components(
    dict.fromkeys(READ_BY.values()), ref_template=f"{PLACE}{PREFIX}{{name}}"
)
JUSTWORKFLOWIT = Shapes(
    models=MODELS,
    bodies={operation: record.__name__ for operation, record in READ_BY.items()},
    answers=ANSWERS,
    queries=QUERIES,
    error="Error",
    prefix=PREFIX,
    more=_RECORDS,
)
"""The shapes of JustWorkflowIt's routes, by their operation."""
