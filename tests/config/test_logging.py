"""Log lines as people and machines read them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from config.logging import set_up
from config.settings import load


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged_to(stream: io.StringIO, **flags: str) -> io.StringIO:
    set_up(load(flags={f"log.{key}": value for key, value in flags.items()}).log, stream)
    return stream


def objects(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_has_one_object_a_line_with_what_is_bound() -> None:
    out = logged_to(io.StringIO(), format="json")
    log = structlog.get_logger().bind(job_id="j1")
    log.info("job submitted", version=3)
    log.warning("two\nlines")
    first, second = objects(out)
    assert (first["message"], first["level"]) == ("job submitted", "info")
    assert (first["job_id"], first["version"]) == ("j1", 3)
    assert str(first["timestamp"]).endswith("Z")
    assert (second["message"], second["job_id"]) == ("two\nlines", "j1")


def test_a_value_that_is_no_json_is_written_as_text() -> None:
    out = logged_to(io.StringIO(), format="json")
    structlog.get_logger().info("odd", value={1: object})
    assert objects(out)[0]["value"] == {"1": "<class 'object'>"}


def test_dependencies_log_in_the_same_form() -> None:
    out = logged_to(io.StringIO(), format="json")
    logging.getLogger("aiosqlite").warning("slow %s", "disk")
    assert (objects(out)[0]["message"], objects(out)[0]["level"]) == ("slow disk", "warning")


def test_lines_below_the_level_are_not_written() -> None:
    out = logged_to(io.StringIO(), format="json", level="warning")
    structlog.get_logger().info("quiet")
    logging.getLogger("aiosqlite").info("quiet")
    structlog.get_logger().error("loud")
    assert [line["message"] for line in objects(out)] == ["loud"]


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_error_brings_its_traceback_without_locals(form: str) -> None:
    out = logged_to(io.StringIO(), format=form)
    private = "what a user sent"
    try:
        raise ValueError(len(private))
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "ValueError" in out.getvalue()
    assert private not in out.getvalue()


def test_console_is_plain_off_a_terminal() -> None:
    out = logged_to(io.StringIO())
    structlog.get_logger().info("ready", socket="/s")
    assert "ready" in out.getvalue()
    assert "socket=/s" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_console_has_colour_on_a_terminal_unless_told_not_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = logged_to(Terminal())
    structlog.get_logger().info("ready")
    assert "\x1b" in out.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    out = logged_to(Terminal())
    structlog.get_logger().info("ready")
    assert "\x1b" not in out.getvalue()


def test_setting_up_again_replaces_the_earlier_set_up() -> None:
    earlier = logged_to(io.StringIO(), format="json")
    later = logged_to(io.StringIO(), format="json")
    structlog.get_logger().info("once")
    assert (earlier.getvalue(), len(objects(later))) == ("", 1)
