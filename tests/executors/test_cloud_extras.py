from __future__ import annotations

import sys

import pytest

from daemon.executors.cloud import ExtraMissing
from daemon.executors.cloud.aws_lambda import AwsLambda
from daemon.executors.cloud.google_tokens import GoogleTokens


@pytest.mark.parametrize(
    ("module", "extra"),
    [("aiobotocore.session", "playhead[aws]"), ("google.oauth2.id_token", "playhead[gcp]")],
)
def test_a_missing_extra_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, module: str, extra: str
) -> None:
    for name in (module.partition(".")[0], module):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ExtraMissing) as found:
        AwsLambda(organization="org") if "aws" in extra else GoogleTokens()
    assert extra in str(found.value)
