"""API tokens of the organization: the daemon's own."""

from __future__ import annotations

from typing import Any

from daemon.gateway.asking import Ask
from daemon.gateway.justworkflowit.bodies import Body, read, without_nothing
from daemon.gateway.justworkflowit.errors import invalid, not_found
from daemon.gateway.justworkflowit.table import route

PATH = "/api-auth-tokens/{apiAuthTokenId}"


class NewToken(Body, frozen=True, kw_only=True):
    name: str
    expires_at: str
    permissions: list[str]


class ChangedToken(Body, frozen=True, kw_only=True):
    permissions: list[str] | None = None
    expires_at: str | None = None


@route("GET", "/api-auth-tokens", "ListApiAuthTokens", "Tokens that are not revoked")
async def list_tokens(ask: Ask) -> dict[str, Any]:
    found = await ask.call("token.list")
    return {"tokens": [_token(one) for one in found["tokens"]]}


@route("POST", "/api-auth-tokens", "CreateApiAuthToken", "A new token; told this once")
async def create_token(ask: Ask) -> dict[str, Any]:
    body = read(ask, NewToken)
    made = await ask.call(
        "token.create", name=body.name, scopes=body.permissions, expiresAt=body.expires_at
    )
    found = await ask.inside("token.get", tokenId=made["tokenId"])
    shown = _token(found)
    del shown["permissions"]
    return {**shown, "token": made["token"]}


@route("GET", PATH, "GetApiAuthToken", "One token")
async def get_token(ask: Ask) -> dict[str, Any]:
    return _token(await _good(ask))


@route("PATCH", PATH, "UpdateApiAuthToken", "Give it other permissions or another end")
async def update_token(ask: Ask) -> dict[str, Any]:
    body = read(ask, ChangedToken)
    if body.permissions is None and body.expires_at is None:
        raise invalid("say permissions, expiresAt or both")
    token_id = ask.parts["apiAuthTokenId"]
    await ask.call(
        "token.update", tokenId=token_id, scopes=body.permissions, expiresAt=body.expires_at
    )
    return _token(await ask.inside("token.get", tokenId=token_id))


@route("DELETE", PATH, "RevokeApiAuthToken", "End it for ever", "apitoken:revoke")
async def revoke_token(ask: Ask) -> None:
    found = await ask.inside("token.get", tokenId=ask.parts["apiAuthTokenId"])
    await ask.call("token.revoke", tokenId=found["tokenId"])
    if found["revokedAt"] is not None:
        raise _gone(ask)


async def _good(ask: Ask) -> dict[str, Any]:
    found = await ask.call("token.get", tokenId=ask.parts["apiAuthTokenId"])
    if found["revokedAt"] is not None:
        raise _gone(ask)
    return found


def _gone(ask: Ask) -> Exception:
    return not_found(f"No token {ask.parts['apiAuthTokenId']!r}.")


def _token(found: dict[str, Any]) -> dict[str, Any]:
    return without_nothing(
        {
            "apiAuthTokenId": found["tokenId"],
            "name": found["name"],
            "createdAt": found["createdAt"],
            "expiresAt": found["expiresAt"],
            "permissions": found["scopes"],
        }
    )
