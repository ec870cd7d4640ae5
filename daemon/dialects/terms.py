"""Small records and words that ``daemon.dialects.plan`` is written with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from eventstore.events import Value


class RetryLogic(StrEnum):
    FIXED = "FIXED"
    LINEAR_BACKOFF = "LINEAR_BACKOFF"
    EXPONENTIAL_BACKOFF = "EXPONENTIAL_BACKOFF"


class TimeoutPolicy(StrEnum):
    RETRY = "RETRY"
    TIME_OUT_WF = "TIME_OUT_WF"
    ALERT_ONLY = "ALERT_ONLY"


class Contracts(StrEnum):
    ENFORCE = "enforce"
    WARN = "warn"
    OFF = "off"


class SchemaName(NamedTuple):
    """A registered schema. ``version`` None: the newest."""

    name: str
    version: int | None

    @property
    def key(self) -> str:
        """In ``Pins.schemas``."""
        return self.name if self.version is None else f"{self.name}:{self.version}"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with a definition or an input. ``path`` is a JSON pointer ('' is the
    whole document): ``/steps/0/transitionToStep``. ``kind`` is a short stable word."""

    path: str
    message: str
    kind: str = "invalid"


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A job's input with the definition's defaults filled in, or what is wrong with it."""

    input: Value
    problems: tuple[Problem, ...] = ()


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A script that stands in a definition as it will be run. What keeps it from being read is
    an error or a warning, told by ``message`` with the fault in the place of ``{}``."""

    path: str
    language: str
    source: str
    message: str
    is_error: bool

    def problem(self, fault: str) -> Problem:
        return Problem(path=self.path, message=self.message.replace("{}", fault, 1), kind="script")


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything wrong with a definition, in one answer."""

    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    unsupported: tuple[Problem, ...] = ()
    """What another server could do and this one cannot. It fails when it is due."""

    def keeping(self, unsupported: bool) -> Findings:
        """What is unsupported as a warning where it is to be kept, else as an error."""
        if unsupported:
            return replace(self, warnings=(*self.unsupported, *self.warnings), unsupported=())
        return replace(self, errors=(*self.errors, *self.unsupported), unsupported=())


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What validation may know beside the definition."""

    task_types: frozenset[str] = frozenset()
    templates: Mapping[str, frozenset[str]] = {}
    """Of each task type that has an ``inputTemplate``: what it gives a value."""
    schemas: frozenset[str] = frozenset()
    """Keys of the registered schemas."""
    require_owner_email: bool = False
    require_task_types: bool = False
    within_job: bool = False
    """The definition is of a task that runs already: what it reads from nowhere is null."""
    configs: Mapping[str, Mapping[str, Any]] = {}
    """The JSON Schema of a step's config, by the task type of each executor that has one."""


DefinitionOf = Callable[[str, Mapping[str, Any]], Mapping[str, Any] | None]
"""The definition of a workflow by its name and by a ``tag``, ``versionNumber`` or ``versionId``
(none: its default); None where there is none."""
