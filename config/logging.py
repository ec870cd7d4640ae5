"""Log lines: structlog, set up once, on standard error.

Modules take ``structlog.get_logger()`` and bind the ids of what they work on
(``job_id``, ``task_id``, ``connection``); a line then carries them without further words.
Standard-library loggers of dependencies come out in the same form.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

from config.sections import Level, Log

LEVELS: dict[Level, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}


Mask = Callable[[str], str]
_masks: list[Mask] = []


def mask_lines(mask: Mask) -> None:
    """Take out of every line, before it is written, what has no place in a log."""
    _masks[:] = [mask]


class _Formatter(structlog.stdlib.ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for mask in _masks:
            line = mask(line)
        return line


_TELL_ALL = ("botocore", "aiobotocore", "google.auth", "aiokafka")
"""Libraries that say at ``debug`` what they send, credentials and all."""

# Locals hold what users sent, which has no place in a log.
_WITHOUT_LOCALS = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def set_up(log: Log, stream: TextIO | None = None) -> None:
    """Send every line of ``log.level`` and above to ``stream``, standard error if None."""
    stream = sys.stderr if stream is None else stream
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[log.level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        _Formatter(
            foreign_pre_chain=_shared(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_ending(log, stream),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=LEVELS[log.level], force=True)
    for name in _TELL_ALL:
        logging.getLogger(name).setLevel(max(LEVELS[log.level], logging.INFO))


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _ending(log: Log, stream: TextIO) -> list[Processor]:
    if log.format == "json":
        return [
            structlog.processors.ExceptionRenderer(_WITHOUT_LOCALS),
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(serializer=_json),
        ]
    return [
        structlog.dev.ConsoleRenderer(
            colors=_shows_colour(stream), exception_formatter=structlog.dev.plain_traceback
        )
    ]


def _shows_colour(stream: TextIO) -> bool:
    return stream.isatty() and "NO_COLOR" not in os.environ


def _json(line: EventDict, **_: object) -> str:
    return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
