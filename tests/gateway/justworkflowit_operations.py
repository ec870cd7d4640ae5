"""Every operation that a daemon of one's own has, as JustWorkflowIt's client declares it
(reference justworkflowit.md §3.8): what it takes, answers and asks for."""

from __future__ import annotations

import json
from itertools import count
from typing import Any, NamedTuple

from tests.daemon.definitions import stepping
from tests.gateway.http import Http

ORGANIZATION = "/organizations/{organizationId}"
LATER = "2999-01-01T00:00:00Z"
NUMBER = (int, float)
_numbers = count(1)

Shape = Any
"""A type, types, ``[shape]`` for a list, or an object whose optional names end in ``?``."""

VERSION = {"versionId": str, "versionNumber": NUMBER}
JOB = {
    "jobId": str,
    "status": str,
    "workflowId": str,
    "workflowName": str,
    "workflowVersion": VERSION,
    "submittedByUser": str,
    "createdAt": str,
    "updatedAt": str,
    "startedAt?": str,
    "finishedAt?": str,
    "parentJobId?": str,
    "parentStepName?": str,
    "rootJobId?": str,
    "billableTransactionUnits?": NUMBER,
}
PARENT = {"jobId": str, "status": str, "workflowName": str, "stepName": str}
CHILD = {
    "jobId": str,
    "status": str,
    "workflowName": str,
    "parentStepName": str,
    "createdAt": str,
    "finishedAt?": str,
}
ITEM = {
    "id": str,
    "stepName": str,
    "stepExecutorType": str,
    "historySource": str,
    "input": object,
    "output": {"status": str, "payload?": object},
    "startTimestamp": str,
    "endTimestamp": str,
    "errors": [str],
    "warnings": [str],
    "eventId?": str,
}
STATE = {"nextStepName?": str, "executionData": dict, "executionHistory": [ITEM]}
POOL = {
    "poolId": str,
    "name": str,
    "workerLimit": NUMBER,
    "targetsAllWorkflows": bool,
    "targetedWorkflowIds?": [str],
    "createdAt": str,
    "updatedAt": str,
}
SECRET = {
    "secretId": str,
    "key": str,
    "description?": str,
    "createdAt?": str,
    "updatedAt?": str,
    "createdByEmail?": str,
}
WORKFLOW = {"workflowId": str, "name": str, "createdAt": str}
DEFINED = {**VERSION, "definition": str, "createdAt": str, "tags": [str]}
TOKEN = {
    "apiAuthTokenId": str,
    "name": str,
    "expiresAt": str,
    "createdAt": str,
    "permissions": [str],
}
CREATED = {
    "apiAuthTokenId": str,
    "name": str,
    "createdAt": str,
    "expiresAt?": str,
    "token": str,
}
ORGANIZED = {
    "organizationId": str,
    "name": str,
    "key": str,
    "displayName": str,
    "createdAt": str,
    "marketplaceAllowlistRequired": bool,
}
NOTIFICATION = {
    "notificationId": str,
    "severity": str,
    "title": str,
    "message": str,
    "read": bool,
    "createdAt": str,
}


class Operation(NamedTuple):
    """``path`` and ``body`` have the names of what ``Things`` made in braces. ``shape`` None:
    an empty answer. ``always``: the error that it answers here and nothing else."""

    name: str
    method: str
    path: str
    permission: str | None
    shape: Shape = None
    body: dict[str, Any] | None = None
    optional: tuple[str, ...] = ()
    """Members of the body that may be left out."""
    query: str = ""
    always: str | None = None

    @property
    def required(self) -> list[str]:
        return [name for name in self.body or {} if name not in self.optional]


SPAN = "?metric=jobs_submitted&aggregation=count&bucket=day&since=2020-01-01T00:00:00Z&until="
ENTRY = "/workflows/{workflowId}"
JOBS = "/jobs/{jobId}"
TOKEN_PATH = "/api-auth-tokens/{apiAuthTokenId}"
DEFINITION = {"definition": "{definition}"}
NEW_ORGANIZATION = {"name": "x", "displayName": "xxx", "key": "x"}


def _below(name: str, method: str, path: str, *more: Any, **named: Any) -> Operation:
    return Operation(name, method, ORGANIZATION + path, *more, **named)


OPERATIONS = (
    _below(
        "ListJobs",
        "GET",
        "/jobs",
        "job:list",
        {"jobs": [JOB], "nextPageToken?": str, "totalCount": NUMBER},
    ),
    _below(
        "SubmitJob",
        "POST",
        "/jobs",
        "job:submit",
        {"jobId": str},
        {"workflowId": "{workflowId}", "workflowVersion": {"tag": "$LIVE"}, "inputJson": {"n": 1}},
        ("inputJson",),
    ),
    _below(
        "GetJob",
        "GET",
        JOBS,
        "job:read",
        {"job": JOB, "parentJob?": PARENT, "childJobs?": [CHILD]},
    ),
    _below("CancelJob", "POST", f"{JOBS}/cancel", "job:cancel", {"jobId": str}),
    _below(
        "SendJobEvent",
        "POST",
        f"{JOBS}/events",
        "job:event:send",
        {"jobId": str, "eventId": str},
        {"eventId": "e", "payload": {"by": "ann"}},
        ("payload",),
    ),
    _below("ResumeJob", "POST", "/jobs/{cancelledJobId}/resume", "job:submit", {"jobId": str}),
    _below("GetWorkflowState", "GET", f"{JOBS}/state", "job:read", {"state": STATE}),
    _below(
        "GetWorkflowStateMetadata",
        "GET",
        f"{JOBS}/state/metadata",
        "job:read",
        {"contentLengthBytes": NUMBER},
    ),
    _below(
        "ListResourcePools",
        "GET",
        "/resource-pools",
        "resourcepool:list",
        {"resourcePools": [POOL]},
    ),
    _below(
        "CreateResourcePool",
        "POST",
        "/resource-pools",
        "resourcepool:create",
        {"poolId": str},
        {
            "name": "p",
            "workerLimit": 50,
            "targetsAllWorkflows": False,
            "targetedWorkflowIds": ["{workflowId}"],
        },
        ("targetsAllWorkflows", "targetedWorkflowIds"),
    ),
    _below(
        "DeleteResourcePool",
        "DELETE",
        "/resource-pools/{poolId}",
        "resourcepool:delete",
        {"poolId": str},
    ),
    _below(
        "GetResourcePool",
        "GET",
        "/resource-pools/{poolId}",
        "resourcepool:read",
        {"resourcePool": POOL},
    ),
    _below(
        "UpdateResourcePool",
        "PUT",
        "/resource-pools/{poolId}",
        "resourcepool:update",
        {"poolId": str},
        {"name": "q", "workerLimit": 60, "targetedWorkflowIds": ["{workflowId}"]},
        ("name", "workerLimit", "targetedWorkflowIds"),
    ),
    _below("ListOrganizationSecrets", "GET", "/secrets", "secret:list", {"secrets": [SECRET]}),
    _below(
        "CreateOrganizationSecret",
        "POST",
        "/secrets",
        "secret:create",
        {"secretId": str, "key": str},
        {"key": "{newKey}", "value": "v", "description": "d"},
        ("description",),
    ),
    _below(
        "ResolveOrganizationSecret",
        "POST",
        "/secrets/resolve",
        "secret:resolve",
        {"key": str, "value": str},
        {"key": "{key}"},
    ),
    _below("DeleteOrganizationSecret", "DELETE", "/secrets/{secretId}", "secret:delete"),
    _below(
        "GetOrganizationSecret",
        "GET",
        "/secrets/{secretId}",
        "secret:read",
        {**SECRET, "updatedByEmail?": str},
    ),
    _below(
        "UpdateOrganizationSecret",
        "PUT",
        "/secrets/{secretId}",
        "secret:update",
        {"secretId": str, "key": str, "description?": str, "updatedAt?": str},
        {"value": "w", "description": "e"},
        ("value", "description"),
    ),
    _below(
        "GetWorkflowMetricTimeSeries",
        "GET",
        "/workflow-metrics/timeseries",
        "metrics:read",
        {"results": [{"timestamp": str, "value": NUMBER}]},
        query=SPAN + LATER,
    ),
    _below("ListWorkflows", "GET", "/workflows", "workflow:read", {"workflows": [WORKFLOW]}),
    _below(
        "RegisterWorkflow",
        "POST",
        "/workflows",
        "workflow:create",
        {"workflowId": str},
        {"name": "{newName}"},
    ),
    _below("GetWorkflow", "GET", ENTRY, "workflow:read", WORKFLOW),
    _below(
        "GetTaggedWorkflowVersion",
        "GET",
        f"{ENTRY}/tags/%24LIVE",
        "workflow:version:read",
        VERSION,
    ),
    _below(
        "SetWorkflowVersionTag",
        "PUT",
        f"{ENTRY}/tags/%24CANARY",
        "workflow:version:create",
        {"success": bool},
        {"versionId": "{versionId}"},
    ),
    _below(
        "ListWorkflowVersions",
        "GET",
        f"{ENTRY}/versions",
        "workflow:version:read",
        {"versions": [DEFINED]},
    ),
    _below(
        "RegisterWorkflowVersion",
        "POST",
        f"{ENTRY}/versions",
        "workflow:version:create",
        {"workflowId": str, **VERSION},
        DEFINITION,
    ),
    _below(
        "ValidateWorkflowVersion",
        "POST",
        f"{ENTRY}/versions/validate",
        "workflow:version:create",
        {"valid": bool, "errors": [str], "definition?": str},
        DEFINITION,
    ),
    _below(
        "GetWorkflowVersion",
        "GET",
        f"{ENTRY}/versions/{{versionId}}",
        "workflow:version:read",
        {"workflowId": str, **DEFINED},
    ),
    Operation(
        "ListOrganizations",
        "GET",
        "/organizations",
        "organization:read",
        {"organizations": [ORGANIZED]},
    ),
    Operation(
        "CreateOrganization",
        "POST",
        "/organizations",
        None,
        body=NEW_ORGANIZATION,
        always="AuthorizationError",
    ),
    _below("DeleteOrganization", "DELETE", "", "organization:delete", always="AuthorizationError"),
    _below("GetOrganization", "GET", "", "organization:read", ORGANIZED),
    _below(
        "UpdateOrganization",
        "PATCH",
        "",
        "organization:update",
        body={"displayName": "xxx"},
        always="AuthorizationError",
    ),
    _below("ListApiAuthTokens", "GET", "/api-auth-tokens", "apitoken:read", {"tokens": [TOKEN]}),
    _below(
        "CreateApiAuthToken",
        "POST",
        "/api-auth-tokens",
        "apitoken:create",
        CREATED,
        {"name": "t", "expiresAt": LATER, "permissions": ["apitoken:create"]},
    ),
    _below("RevokeApiAuthToken", "DELETE", TOKEN_PATH, "apitoken:revoke"),
    _below("GetApiAuthToken", "GET", TOKEN_PATH, "apitoken:read", TOKEN),
    _below(
        "UpdateApiAuthToken",
        "PATCH",
        TOKEN_PATH,
        "apitoken:update",
        TOKEN,
        {"permissions": ["apitoken:update"], "expiresAt": LATER},
        ("permissions", "expiresAt"),
    ),
    _below(
        "ListNotifications",
        "GET",
        "/notifications",
        "notification:list",
        {"notifications": [NOTIFICATION], "unreadCount": NUMBER},
    ),
    _below(
        "MarkAllNotificationsRead",
        "PUT",
        "/notifications/read-all",
        "notification:update",
        {"markedCount": NUMBER},
    ),
    _below(
        "MarkNotificationRead",
        "PUT",
        "/notifications/n1/read",
        "notification:update",
        {"notificationId": str},
        always="NotFoundError",
    ),
)
BY_NAME = {one.name: one for one in OPERATIONS}


class Things:
    """One of each, made anew by their operations."""

    def __init__(self, http: Http) -> None:
        self._http = http
        number = next(_numbers)
        self.name = f"Things{number}"
        text = json.dumps(stepping(self.name, f"/acme/things{number}"))
        self.ids = {"organizationId": "acme", "newKey": f"NEW{number}", "key": f"OLD{number}"}
        self.ids |= {"newName": f"New{number}", "definition": text}
        self._made("RegisterWorkflow", "workflowId", name=self.name)
        self._made("RegisterWorkflowVersion", "versionId", definition=text)
        self.send(BY_NAME["SetWorkflowVersionTag"], path=f"{ORGANIZATION}{ENTRY}/tags/%24LIVE")
        self._made("SubmitJob", "jobId")
        self.send(BY_NAME["CancelJob"])
        self.ids["cancelledJobId"] = self.ids["jobId"]
        self._made("SubmitJob", "jobId")
        self._made("CreateResourcePool", "poolId")
        self._made("CreateOrganizationSecret", "secretId", key=self.ids["key"])
        self._made("CreateApiAuthToken", "apiAuthTokenId")

    def _made(self, operation_name: str, of: str, **body: Any) -> None:
        operation = BY_NAME[operation_name]
        answer = self.send(operation, body={**(operation.body or {}), **body})
        assert answer.status == 200, answer
        self.ids[of] = answer.json[of]

    def send(self, operation: Operation, http: Http | None = None, **changed: Any) -> Any:
        given = operation._replace(**changed)
        body = None if given.body is None else self._filled(given.body)
        return (http or self._http).send(given.method, self._filled(given.path) + given.query, body)

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        if not isinstance(value, str):
            return value
        for name, one in self.ids.items():
            value = value.replace(f"{{{name}}}", one)
        return value


def assert_shaped(value: Any, shape: Shape, where: str = "") -> None:
    """Every member of the declared type, none that is missing, none that nobody declared."""
    if isinstance(shape, list):
        assert isinstance(value, list), where
        for place, one in enumerate(value):
            assert_shaped(one, shape[0], f"{where}/{place}")
    elif isinstance(shape, dict):
        assert isinstance(value, dict), where
        declared = {name.removesuffix("?"): one for name, one in shape.items()}
        required = {name for name in shape if not name.endswith("?")}
        assert required <= value.keys() <= declared.keys(), f"{where}: {sorted(value)}"
        for name, one in value.items():
            assert_shaped(one, declared[name], f"{where}/{name}")
    else:
        assert isinstance(value, shape), f"{where}: {value!r}"
        assert shape is not NUMBER or not isinstance(value, bool), where
