"""Against moto's server, which emulates AWS, and where that cannot do it against a server that
speaks the Invoke API."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from daemon.executors.cloud.aws_lambda import AwsLambda, AwsLimits
from daemon.executors.executor import Order, Outcome
from eventstore.events import TaskStatus
from tests.executors.clouds import ACCOUNT, CONTEXT, REGION, of_lambda
from tests.executors.servers import Site, serving

session = pytest.importorskip(
    "aiobotocore.session", reason="the extra playhead[aws] is not installed"
)

INVOKE = "/2015-03-31/functions/{name}/invocations"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    pytest.importorskip("moto.server", reason="moto's server is not installed")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("f.py", "def handle(event, context):\n    return event\n")
    return packed.getvalue()


async def create(endpoint: str, name: str, answer: Any) -> None:
    """A function called ``name`` whose next answer is ``answer``: moto runs no code."""
    async with aiohttp.ClientSession() as http:
        await http.post(f"{endpoint}/moto-api/reset")
        await http.post(f"{endpoint}/moto-api/config", json={"lambda": {"use_docker": False}})
        await http.post(
            f"{endpoint}/moto-api/static/lambda-simple/response",
            json={"results": [json.dumps(answer)], "region": REGION},
        )
    made = session.get_session()
    async with made.create_client("iam", region_name=REGION, endpoint_url=endpoint) as iam:
        role = await iam.create_role(RoleName="runs", AssumeRolePolicyDocument="{}")
    async with made.create_client("lambda", region_name=REGION, endpoint_url=endpoint) as functions:
        await functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=role["Role"]["Arn"],
            Handler="f.handle",
            Code={"ZipFile": code()},
        )


async def test_a_function_of_the_emulator_does_the_step(moto: str) -> None:
    await create(moto, "fetch-data", {"data": "forty-two"})
    executor = AwsLambda(organization="org", endpoint=moto)
    outcome = await executor.run(of_lambda({"n": 1}))
    assert outcome.reason is None
    assert (outcome.status, outcome.output) == (TaskStatus.COMPLETED, {"data": "forty-two"})


async def test_a_function_that_is_not_there_fails_the_step() -> None:
    site = Site()
    site.answers(
        INVOKE,
        '{"Message": "Function not found"}',
        status=404,
        headers={"x-amzn-ErrorType": "ResourceNotFoundException"},
    )
    outcome = await asked(site, of_lambda({}, functionName="nobody"))
    assert outcome.status is TaskStatus.FAILED
    assert "Lambda function nobody was not called" in (outcome.reason or "")
    assert "ResourceNotFoundException" in (outcome.reason or "")


async def asked(site: Site, order: Order, **made: Any) -> Outcome:
    """What the executor makes of ``site``'s answer."""
    async with serving(site):
        return await AwsLambda(organization="org", endpoint=site.url, **made).run(order)


async def test_the_event_is_the_input_and_where_it_is_from() -> None:
    site = Site()
    site.answers(INVOKE, '{"ok": true}')
    outcome = await asked(site, of_lambda({"n": 1}, qualifier="PROD"))
    assert outcome.output == {"ok": True}
    assert json.loads(site.bodies[0]) == {"n": 1, "__jobContext": CONTEXT}
    assert site.seen[0].match_info["name"] == (
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:fetch-data"
    )
    assert site.seen[0].query["Qualifier"] == "PROD"


async def test_a_function_that_failed_fails_the_step() -> None:
    site = Site()
    site.answers(
        INVOKE,
        '{"errorMessage": "no stock", "errorType": "Empty"}',
        headers={"X-Amz-Function-Error": "Unhandled"},
    )
    outcome = await asked(site, of_lambda({}))
    assert outcome.status is TaskStatus.FAILED
    assert outcome.reason == "Lambda function fetch-data failed (Unhandled): Empty: no stock"


async def test_it_is_called_once_however_it_ends() -> None:
    site = Site()
    site.answers(INVOKE, "{}", status=500)
    outcome = await asked(site, of_lambda({}))
    assert outcome.status is TaskStatus.FAILED
    assert len(site.seen) == 1


async def test_a_role_is_assumed_in_the_account_of_the_step() -> None:
    site = Site()
    site.answers(
        "/",
        "<AssumeRoleResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><AssumeRoleResult>"
        "<Credentials><AccessKeyId>ROLEKEY</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        "<SessionToken>t</SessionToken><Expiration>2040-01-01T00:00:00Z</Expiration>"
        "</Credentials></AssumeRoleResult></AssumeRoleResponse>",
        content_type="text/xml",
    )
    site.answers(INVOKE, "{}")
    assert (await asked(site, of_lambda({}), role="Runner")).status is TaskStatus.COMPLETED
    assumed = site.bodies[0].decode()
    assert f"arn%3Aaws%3Aiam%3A%3A{ACCOUNT}%3Arole%2FRunner" in assumed
    assert "ExternalId=org" in assumed
    assert "ROLEKEY" in site.seen[1].headers["Authorization"]


async def test_an_answer_that_is_too_long_fails_the_step() -> None:
    site = Site()
    site.answers(INVOKE, json.dumps("x" * 2_000))
    outcome = await asked(site, of_lambda({}), limits=AwsLimits(max_response_bytes=1_024))
    assert outcome.reason == "the function's answer has more than 1024 bytes"


async def test_a_config_without_a_function_says_what_is_missing() -> None:
    outcome = await AwsLambda(organization="org").run(of_lambda({}, functionName=""))
    assert outcome.reason == "the config of step 'fetch' has no functionName"
