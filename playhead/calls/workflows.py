"""Typed calls about workflows, versions, tags and task types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from playhead import documents as doc
from playhead.calls.caller import Caller, given, version_of


class WorkflowCalls(Caller):
    """What can be run."""

    async def register_workflow(
        self, name: str, *, description: str | None = None, request_id: str | None = None
    ) -> doc.Registered:
        params = given(name=name, description=description, requestId=request_id)
        return cast(doc.Registered, await self.call("workflow.register", params))

    async def get_workflow(self, workflow: str) -> dict[str, Any]:
        return cast(dict[str, Any], await self.call("workflow.get", {"workflow": workflow}))

    async def list_workflows(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> dict[str, Any]:
        return cast(
            dict[str, Any], await self.call("workflow.list", given(limit=limit, cursor=cursor))
        )

    async def add_version(
        self,
        definition: Mapping[str, Any] | str,
        *,
        workflow: str | None = None,
        overwrite: bool | None = None,
        request_id: str | None = None,
    ) -> doc.AddedVersion:
        """``definition`` is an object or JSON text. Raises InvalidDefinition."""
        params = given(
            definition=definition, workflow=workflow, overwrite=overwrite, requestId=request_id
        )
        return cast(doc.AddedVersion, await self.call("version.add", params))

    async def validate_version(self, definition: Mapping[str, Any] | str) -> doc.Findings:
        return cast(doc.Findings, await self.call("version.validate", {"definition": definition}))

    async def get_version(
        self, workflow: str, version: doc.Version | str | int | None = None
    ) -> dict[str, Any]:
        params = given(workflow=workflow, version=version_of(version))
        return cast(dict[str, Any], await self.call("version.get", params))

    async def list_versions(
        self, workflow: str, *, limit: int | None = None, cursor: str | None = None
    ) -> dict[str, Any]:
        params = given(workflow=workflow, limit=limit, cursor=cursor)
        return cast(dict[str, Any], await self.call("version.list", params))

    async def set_tag(
        self,
        workflow: str,
        tag: str,
        version: doc.Version | str | int,
        *,
        request_id: str | None = None,
    ) -> doc.MovedTag:
        params = given(
            workflow=workflow, tag=tag, version=version_of(version), requestId=request_id
        )
        return cast(doc.MovedTag, await self.call("tag.set", params))

    async def get_tag(self, workflow: str, tag: str) -> dict[str, Any]:
        return cast(dict[str, Any], await self.call("tag.get", {"workflow": workflow, "tag": tag}))

    async def tag_history(
        self,
        workflow: str,
        tag: str | None = None,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        params = given(workflow=workflow, tag=tag, limit=limit, cursor=cursor)
        return cast(dict[str, Any], await self.call("tag.history", params))

    async def put_task_type(
        self, definition: Mapping[str, Any], *, request_id: str | None = None
    ) -> dict[str, Any]:
        params = given(definition=definition, requestId=request_id)
        return cast(dict[str, Any], await self.call("taskType.put", params))

    async def get_task_type(self, name: str) -> dict[str, Any]:
        return cast(dict[str, Any], await self.call("taskType.get", {"name": name}))
