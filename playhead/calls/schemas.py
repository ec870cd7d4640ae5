"""Typed calls about registered JSON Schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from playhead.calls.caller import Caller, given


class SchemaCalls(Caller):
    """What inputs and outputs have to be."""

    async def put_schema(
        self,
        definition: Mapping[str, Any],
        *,
        new_version: bool | None = None,
        request_id: str | None = None,
    ) -> dict[str, Any]:
        """``definition``: ``name``, ``version``, ``type`` JSON and the schema in ``data``."""
        params = given(definition=definition, newVersion=new_version, requestId=request_id)
        return cast(dict[str, Any], await self.call("schema.put", params))

    async def get_schema(self, name: str, *, version: int | None = None) -> dict[str, Any]:
        """The newest version unless one is named."""
        return cast(
            dict[str, Any], await self.call("schema.get", given(name=name, version=version))
        )

    async def list_schemas(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> dict[str, Any]:
        params = given(limit=limit, cursor=cursor)
        return cast(dict[str, Any], await self.call("schema.list", params))

    async def delete_schema(
        self, name: str, *, version: int | None = None, request_id: str | None = None
    ) -> dict[str, Any]:
        """Every version unless one is named."""
        params = given(name=name, version=version, requestId=request_id)
        return cast(dict[str, Any], await self.call("schema.delete", params))
