"""Page tokens of the list of jobs: the last job seen, bound to the filters."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2s
from typing import Any

import orjson

from daemon.gateway.asking import Ask
from daemon.gateway.justworkflowit.errors import invalid

PAGE_SIZE = 25
DIGEST_BYTES = 8

Where = list[dict[str, Any]]


def next_token(last: dict[str, Any], where: Where) -> str:
    return urlsafe_b64encode(_digest(where) + orjson.dumps(last["position"])).decode("ascii")


def before(ask: Ask, where: Where) -> Where:
    """The condition that a given ``pageToken`` stands for. Raises HttpError."""
    token = ask.text("pageToken")
    if token is None:
        return []
    try:
        raw = urlsafe_b64decode(token.encode("ascii"))
        position = orjson.loads(raw[DIGEST_BYTES:])
    except ValueError as error:
        raise _bad("was not given by this daemon") from error
    if raw[:DIGEST_BYTES] != _digest(where) or not isinstance(position, int):
        raise _bad("belongs to a list with other filters")
    return [{"field": "position", "test": "<", "values": [position]}]


def _bad(why: str) -> Exception:
    return invalid(f"pageToken: it {why}", pageToken=f"it {why}")


def _digest(where: Where) -> bytes:
    return blake2s(orjson.dumps(where), digest_size=DIGEST_BYTES).digest()
