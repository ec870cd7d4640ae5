"""A setting that cannot be used is named, and what to do about it is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config.settings import Settings, load
from daemon import app
from daemon.serving import UnusableSetting, serving_of


def settings(folder: Path, **listener: object) -> Settings:
    told = {"webhook_url": "http://127.0.0.1:9/", **listener}
    flags = {f"listener.{name}": value for name, value in told.items()}
    return load(environment={}, flags={"paths.data_dir": folder, **flags})


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff", b"whsec_no base64"])
def test_a_secret_that_is_none_is_said_with_its_setting_and_file(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(UnusableSetting) as refused:
        serving_of(settings(tmp_path, secret_file=str(file)), {})
    assert str(refused.value).startswith(f"listener.secret_file: {file}: ")
    assert "not signed" in str(refused.value)


def test_a_file_that_is_not_there_is_said_too(tmp_path: Path) -> None:
    with pytest.raises(UnusableSetting, match=r"listener\.secret_file: .*No such file"):
        serving_of(settings(tmp_path, secret_file=str(tmp_path / "none")), {})


@pytest.mark.parametrize("url", ["nonsense", "ftp://a/", "http://"])
def test_a_webhook_has_an_address(tmp_path: Path, url: str) -> None:
    with pytest.raises(UnusableSetting, match=r"listener\.webhook_url: "):
        serving_of(settings(tmp_path, webhook_url=url), {})


def test_a_value_of_the_environment_is_text(tmp_path: Path) -> None:
    with pytest.raises(UnusableSetting, match=r"CONDUCTOR_ENV_\*: .*CONDUCTOR_ENV_A is not UTF-8"):
        serving_of(settings(tmp_path), {"CONDUCTOR_ENV_A": os.fsdecode(b"\xff")})


def test_the_daemon_says_so_and_ends(tmp_path: Path) -> None:
    said: list[str] = []
    code = app.run(settings(tmp_path, webhook_url="nonsense"), announce=said.append)
    assert code == app.FAILED
    assert said[0].startswith("playhead did not start: listener.webhook_url: ")
