"""Secrets of the organization: the daemon's own (justworkflowit.md §3.6)."""

from __future__ import annotations

import re
from typing import Any

from daemon.gateway.asking import Ask
from daemon.gateway.justworkflowit.bodies import Body, read, without_nothing
from daemon.gateway.justworkflowit.errors import invalid
from daemon.gateway.justworkflowit.table import route

PATH = "/secrets/{secretId}"
KEY = re.compile(r"[A-Za-z0-9_]+")


class NewSecret(Body, frozen=True, kw_only=True):
    key: str
    value: str
    description: str | None = None


class ChangedSecret(Body, frozen=True, kw_only=True):
    value: str | None = None
    description: str | None = None


class AskedSecret(Body, frozen=True, kw_only=True):
    key: str


@route("GET", "/secrets", "ListOrganizationSecrets", "Secrets by their keys, without values")
async def list_secrets(ask: Ask) -> dict[str, Any]:
    found = await ask.call("secret.list")
    return {"secrets": [_summary(one) for one in found["secrets"]]}


@route("POST", "/secrets", "CreateOrganizationSecret", "Store a secret under a new key")
async def create_secret(ask: Ask) -> dict[str, Any]:
    body = read(ask, NewSecret)
    if not KEY.fullmatch(body.key):
        message = "a key is made of letters, digits and underscores"
        raise invalid(message, key=message)
    made: dict[str, Any] = await ask.call(
        "secret.create", key=body.key, value=body.value, description=body.description
    )
    return made


@route("POST", "/secrets/resolve", "ResolveOrganizationSecret", "The value of a secret")
async def resolve_secret(ask: Ask) -> dict[str, Any]:
    body = read(ask, AskedSecret)
    told: dict[str, Any] = await ask.call("secret.resolve", secret=body.key)
    return told


@route("GET", PATH, "GetOrganizationSecret", "One secret, without its value")
async def get_secret(ask: Ask) -> dict[str, Any]:
    found = await ask.call("secret.get", secret=ask.parts["secretId"])
    return {**_summary(found), "updatedByEmail": found["updatedBy"]}


@route("PUT", PATH, "UpdateOrganizationSecret", "Give it another value or description")
async def update_secret(ask: Ask) -> dict[str, Any]:
    body = read(ask, ChangedSecret)
    if body.value is None and body.description is None:
        raise invalid("say value, description or both")
    secret = ask.parts["secretId"]
    await ask.call("secret.update", secret=secret, value=body.value, description=body.description)
    found = _summary(await ask.inside("secret.get", secret=secret))
    shown = ("secretId", "key", "description", "updatedAt")
    return {name: found[name] for name in shown if name in found}


@route("DELETE", PATH, "DeleteOrganizationSecret", "Forget a secret and its value")
async def delete_secret(ask: Ask) -> None:
    await ask.call("secret.delete", secret=ask.parts["secretId"])


def _summary(found: dict[str, Any]) -> dict[str, Any]:
    return without_nothing(
        {
            "secretId": found["secretId"],
            "key": found["key"],
            "description": found["description"],
            "createdAt": found["createdAt"],
            "updatedAt": found["updatedAt"],
            "createdByEmail": found["createdBy"],
        }
    )
