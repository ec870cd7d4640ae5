"""Rows of the operations table: API tokens."""

from __future__ import annotations

from daemon.operations import of_tokens as tokens
from daemon.operations import parameters as p
from daemon.operations import results as r
from daemon.operations.answering import Operation


def of_tokens() -> tuple[Operation, ...]:
    return (
        Operation(
            name="token.create",
            summary="Make an API token; its secret is told this once",
            parameters=p.TokenCreate,
            result=r.TokenMade,
            handler=tokens.create,
            answer=tokens.created,
        ),
        Operation(
            name="token.get",
            summary="One API token, without its secret",
            parameters=p.OneToken,
            result=r.TokenDocument,
            handler=tokens.get,
        ),
        Operation(
            name="token.list",
            summary="API tokens, newest first",
            parameters=p.TokenList,
            result=r.TokenDocuments,
            handler=tokens.list_tokens,
        ),
        Operation(
            name="token.update",
            summary="Give a token other scopes or another end",
            parameters=p.TokenUpdate,
            result=r.TokenChange,
            handler=tokens.update,
            answer=tokens.changed,
        ),
        Operation(
            name="token.revoke",
            summary="End a token for ever",
            parameters=p.TokenRevoke,
            result=r.TokenChange,
            handler=tokens.revoke_token,
            answer=tokens.changed,
        ),
    )
