"""Secrets (conductor-clients.md, /secrets)."""

from __future__ import annotations

from typing import Any

from daemon.gateway.asking import Ask, bad_request
from daemon.gateway.conductor.table import OK, route
from daemon.gateway.messages import Response, json_response, text_response
from daemon.gateway.running import CallFailed
from daemon.operations.strict_json import LossyJson, NotJson, parse

ONE = "/secrets/{key}"
PLAIN = "text/plain"


@route("GET", "/secrets", "listSecretsThatUserCanGrantAccessTo", "Names of secrets")
async def list_granted(ask: Ask) -> Response:
    return await _names(ask)


@route("POST", "/secrets", "listAllSecretNames", "Names of secrets")
async def list_all(ask: Ask) -> Response:
    return await _names(ask)


@route("GET", ONE, "getSecret", "The value of a secret")
async def get(ask: Ask) -> Response:
    """As JSON text, since a client reads what looks like a number as one."""
    told = await ask.call("secret.resolve", secret=ask.parts["key"])
    if ask.request.head.headers.get("accept", "").startswith(PLAIN):
        return text_response(told["value"])
    return json_response(told["value"])


@route("PUT", ONE, "putSecret", "Store a secret, or give it another value")
async def put(ask: Ask) -> Response:
    key, value = ask.parts["key"], _value(ask)
    try:
        await ask.call("secret.update", secret=key, value=value)
    except CallFailed as failed:
        if failed.type != "notFound":
            raise
        await ask.call("secret.create", key=key, value=value)
    return OK


@route("DELETE", ONE, "deleteSecret", "Forget a secret and its value")
async def delete(ask: Ask) -> Response:
    await ask.call("secret.delete", secret=ask.parts["key"])
    return OK


@route("GET", f"{ONE}/exists", "secretExists", "Whether there is a secret")
async def exists(ask: Ask) -> Response:
    return json_response(ask.parts["key"] in await _keys(ask))


async def _names(ask: Ask) -> Response:
    return json_response(await _keys(ask))


async def _keys(ask: Ask) -> list[str]:
    found = await ask.call("secret.list")
    return [one["key"] for one in found["secrets"]]


def _value(ask: Ask) -> str:
    """The body as it stands, or the text that it quotes: some clients do, some do not."""
    body = ask.request.body
    if not ask.request.head.headers.get("content-type", "").startswith(PLAIN):
        try:
            quoted: Any = parse(body, max_depth=1)
        except (NotJson, LossyJson):
            quoted = None
        if isinstance(quoted, str):
            return quoted
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise bad_request("the value of a secret is UTF-8 text") from None
