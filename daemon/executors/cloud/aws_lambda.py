"""``/justworkflowit/aws/lambda``: a function of AWS, called and waited for. Needs the extra
``playhead[aws]``."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from importlib import import_module
from typing import Any, Final

import msgspec
import orjson

from daemon.executors.cloud import ExtraMissing
from daemon.executors.cloud.event import NoObject, event_of
from daemon.executors.executor import Order, Outcome
from daemon.executors.json_values import NotKept, read_json
from eventstore.events import TaskStatus, Value

TASK_TYPE: Final = "/justworkflowit/aws/lambda"
NOT_INSTALLED: Final = (
    "aws.enabled needs aiobotocore, which is not installed: install playhead[aws]"
)
CONFIG: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["region", "accountId", "functionName"],
    "properties": {
        "region": {"type": "string", "minLength": 1},
        "accountId": {"type": "string", "minLength": 1},
        "functionName": {"type": "string", "minLength": 1},
        "qualifier": {"type": "string", "minLength": 1},
        "timeoutMs": {"type": "integer", "minimum": 1},
    },
    "additionalProperties": False,
}
SHOWN_CHARACTERS: Final = 500


class AwsLimits(msgspec.Struct, frozen=True, kw_only=True):
    timeout_seconds: float = 900
    """Of one call whose step has no ``timeoutMs``; the longest that a function may run."""
    connect_seconds: float = 10
    connections: int = 64
    max_response_bytes: int = 8 << 20
    max_depth: int = 64


class AwsLambda:
    """Credentials come from where AWS's own tools find them: environment, profile, instance.
    ``role``: the name of a role to assume in the step's account, with the organization as its
    external id; empty: none. ``endpoint``: where Lambda and STS are asked for instead of AWS."""

    task_types: tuple[str, ...] = (TASK_TYPE,)

    def __init__(
        self,
        *,
        organization: str,
        role: str = "",
        endpoint: str = "",
        limits: AwsLimits | None = None,
    ) -> None:
        self._organization = organization
        self._role = role
        self._endpoint = endpoint or None
        self._limits = limits or AwsLimits()
        try:
            self._session = import_module("aiobotocore.session").get_session()
            self._config_type = import_module("aiobotocore.config").AioConfig
            self._errors: tuple[type[Exception], ...] = (
                import_module("botocore.exceptions").BotoCoreError,
                import_module("botocore.exceptions").ClientError,
            )
        except ModuleNotFoundError as error:
            raise ExtraMissing(NOT_INSTALLED) from error

    def repeats(self, order: Order) -> bool:
        """What a function did before the daemon stopped is not known."""
        return False

    async def run(self, order: Order) -> Outcome:
        config = order.config or {}
        missing = [name for name in CONFIG["required"] if not config.get(name)]
        if missing:
            return _failed(f"the config of step '{order.ref}' has no {', '.join(missing)}")
        try:
            event = event_of(order, self._organization)
            answer = await self._invoke(config, orjson.dumps(event))
        except (NoObject, AnswerTooLong) as error:
            return _failed(str(error))
        except self._errors as error:
            return _failed(f"Lambda function {config['functionName']} was not called: {error}")
        return self._outcome(config["functionName"], answer)

    async def aclose(self) -> None:
        """Each call has its own client."""

    async def _invoke(self, config: Mapping[str, Any], event: bytes) -> Answer:
        """One call, never repeated by the client: a step's retries decide."""
        async with AsyncExitStack() as stack:
            keys = await self._assumed(config, stack) if self._role else {}
            client = await stack.enter_async_context(self._client("lambda", config, keys))
            asked = {
                "FunctionName": _arn(config),
                "InvocationType": "RequestResponse",
                "Payload": event,
            }
            if "qualifier" in config:
                asked["Qualifier"] = config["qualifier"]
            answer = await client.invoke(**asked)
            payload = await self._read(answer["Payload"])
            return Answer(payload=payload, error=answer.get("FunctionError"))

    async def _read(self, body: Any) -> bytes:
        parts, size = [], 0
        async with body as stream:
            async for part in stream.iter_chunks():
                parts.append(part)
                size += len(part)
                if size > self._limits.max_response_bytes:
                    raise AnswerTooLong(self._limits.max_response_bytes)
        return b"".join(parts)

    def _client(self, service: str, config: Mapping[str, Any], keys: Mapping[str, str]) -> Any:
        milliseconds = config.get("timeoutMs")
        settings = self._config_type(
            connect_timeout=self._limits.connect_seconds,
            read_timeout=self._limits.timeout_seconds
            if milliseconds is None
            else milliseconds / 1000,
            max_pool_connections=self._limits.connections,
            retries={"total_max_attempts": 1},
        )
        return self._session.create_client(
            service,
            region_name=config["region"],
            endpoint_url=self._endpoint,
            config=settings,
            **keys,
        )

    async def _assumed(self, config: Mapping[str, Any], stack: AsyncExitStack) -> dict[str, str]:
        client = await stack.enter_async_context(self._client("sts", config, {}))
        answer = await client.assume_role(
            RoleArn=f"arn:aws:iam::{config['accountId']}:role/{self._role}",
            RoleSessionName="playhead",
            ExternalId=self._organization,
        )
        given = answer["Credentials"]
        return {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }

    def _outcome(self, function: str, answer: Answer) -> Outcome:
        try:
            value: Value = read_json(answer.payload, max_depth=self._limits.max_depth)
        except NotKept as error:
            return _failed(f"Lambda function {function} gave no JSON that can be kept: {error}")
        if answer.error is not None:
            return _failed(f"Lambda function {function} failed ({answer.error}): {_told(value)}")
        return Outcome(status=TaskStatus.COMPLETED, output=value)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """``error``: the kind of error that the function ended with, ``Unhandled`` mostly."""

    payload: bytes
    error: str | None


class AnswerTooLong(ValueError):
    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"the function's answer has more than {max_bytes} bytes")


def _arn(config: Mapping[str, Any]) -> str:
    """The whole name, so that the account is the one that the definition says."""
    given: str = config["functionName"]
    if given.startswith("arn:"):
        return given
    return f"arn:aws:lambda:{config['region']}:{config['accountId']}:function:{given}"


def _told(value: Value) -> str:
    if isinstance(value, dict) and "errorMessage" in value:
        kind = value.get("errorType")
        text = f"{kind}: {value['errorMessage']}" if kind else str(value["errorMessage"])
    else:
        text = orjson.dumps(value).decode()
    return text[:SHOWN_CHARACTERS]


def _failed(reason: str) -> Outcome:
    return Outcome(status=TaskStatus.FAILED, reason=reason)
