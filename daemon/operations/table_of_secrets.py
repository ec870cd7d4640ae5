"""Rows of the operations table: secrets."""

from __future__ import annotations

from daemon.operations import of_secrets as secrets
from daemon.operations import parameters_of_secrets as p
from daemon.operations.answering import Operation
from daemon.operations.parameters import Nothing


def of_secrets() -> tuple[Operation, ...]:
    return (*_looking(), *_changing())


def _looking() -> tuple[Operation, ...]:
    return (
        Operation(
            name="secret.list",
            summary="Every secret by its key, without values",
            parameters=Nothing,
            result=p.SecretDocuments,
            handler=secrets.list_secrets,
        ),
        Operation(
            name="secret.get",
            summary="One secret, by key or id, without its value",
            parameters=p.OneSecret,
            result=p.SecretDocument,
            handler=secrets.get,
        ),
        Operation(
            name="secret.resolve",
            summary="The value of a secret; that it was asked for is recorded",
            parameters=p.OneSecret,
            result=p.SecretValue,
            handler=secrets.resolve,
        ),
    )


def _changing() -> tuple[Operation, ...]:
    return (
        Operation(
            name="secret.create",
            summary="Store a secret under a new key",
            parameters=p.SecretCreate,
            result=p.SecretChange,
            handler=secrets.create_secret,
            answer=secrets.created,
            confidential=True,
        ),
        Operation(
            name="secret.update",
            summary="Give a secret another value or description",
            parameters=p.SecretUpdate,
            result=p.SecretTouched,
            handler=secrets.update,
            answer=secrets.changed,
            confidential=True,
        ),
        Operation(
            name="secret.delete",
            summary="Forget a secret and its value",
            parameters=p.SecretDelete,
            result=p.SecretTouched,
            handler=secrets.delete,
            answer=secrets.changed,
        ),
        Operation(
            name="secret.rotateKey",
            summary="Seal every value with a new key",
            parameters=p.KeyRotate,
            result=p.KeyRotated,
            handler=secrets.rotate_key,
            answer=secrets.key_rotated,
        ),
    )
