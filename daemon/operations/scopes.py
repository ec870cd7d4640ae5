"""What a token must be allowed for each operation. The words are those of JustWorkflowIt's
API where it has one (reference justworkflowit.md §3.8), so that its tokens read alike."""

from __future__ import annotations

SCOPES = {
    "workflow.register": "workflow:create",
    "workflow.list": "workflow:read",
    "workflow.get": "workflow:read",
    "version.add": "workflow:version:create",
    "version.retire": "workflow:version:create",
    "version.validate": "workflow:version:create",
    "version.list": "workflow:version:read",
    "version.get": "workflow:version:read",
    "tag.set": "workflow:version:create",
    "tag.get": "workflow:version:read",
    "tag.list": "workflow:version:read",
    "tag.history": "workflow:version:read",
    "taskType.put": "tasktype:update",
    "taskType.validate": "tasktype:update",
    "taskType.get": "tasktype:read",
    "taskType.list": "tasktype:read",
    "taskType.delete": "tasktype:delete",
    "schema.put": "tasktype:update",
    "schema.get": "tasktype:read",
    "schema.list": "tasktype:read",
    "schema.delete": "tasktype:delete",
    "job.submit": "job:submit",
    "job.submitDefinition": "job:submit",
    "job.get": "job:read",
    "environment.list": "system:read",
    "job.wait": "job:read",
    "job.definition": "job:read",
    "job.tasks": "job:read",
    "job.list": "job:list",
    "job.search": "job:list",
    "job.counts": "job:list",
    "job.pause": "job:update",
    "job.resume": "job:update",
    "job.restart": "job:update",
    "job.rerun": "job:update",
    "job.skipTask": "job:update",
    "job.terminate": "job:cancel",
    "job.retry": "job:submit",
    "job.sendEvent": "job:event:send",
    "task.poll": "task:work",
    "task.update": "task:work",
    "task.log": "task:work",
    "task.get": "task:read",
    "task.list": "task:read",
    "task.search": "task:read",
    "queue.list": "task:read",
    "eventHandler.put": "eventhandler:update",
    "eventHandler.validate": "eventhandler:update",
    "eventHandler.get": "eventhandler:read",
    "eventHandler.list": "eventhandler:read",
    "eventHandler.delete": "eventhandler:delete",
    "message.publish": "message:publish",
    "message.report": "task:work",
    "message.queues": "message:read",
    "message.list": "message:read",
    "message.get": "message:read",
    "events.read": "events:read",
    "events.subscribe": "events:read",
    "events.unsubscribe": "events:read",
    "replay.job": "job:read",
    "replay.verify": "audit:read",
    "audit.query": "audit:read",
    "audit.verify": "audit:read",
    "metrics.series": "metrics:read",
    "token.create": "apitoken:create",
    "token.get": "apitoken:read",
    "token.list": "apitoken:read",
    "token.update": "apitoken:update",
    "token.revoke": "apitoken:revoke",
    "secret.list": "secret:list",
    "secret.get": "secret:read",
    "secret.create": "secret:create",
    "secret.update": "secret:update",
    "secret.delete": "secret:delete",
    "secret.resolve": "secret:resolve",
    "system.health": "system:read",
    "system.status": "system:read",
}

OPERATOR = "system:admin"
"""What every other operation asks for."""

OF_THE_INTERFACE = ("organization:read", "notification:list", "notification:update")
"""Scopes of what JustWorkflowIt's interface answers without an operation."""

KNOWN = frozenset((*SCOPES.values(), OPERATOR, *OF_THE_INTERFACE))


def scope_of(method: str) -> str:
    return SCOPES.get(method, OPERATOR)
