"""Events of the streams ``workflow/<id>``, ``name/workflow/<name>`` and ``task-type/<name>``."""

from __future__ import annotations

from typing import Any, ClassVar

from eventstore.events.event import Event, recorded


@recorded
class WorkflowRegistered(Event, frozen=True, kw_only=True):
    """Stream ``workflow/<id>``, always its first event."""

    fact: ClassVar[bool] = True
    workflow_id: str
    name: str
    description: str | None = None


@recorded
class NameTaken(Event, frozen=True, kw_only=True):
    """Stream ``name/workflow/<name>``: names and ids share one namespace."""

    name: str
    workflow_id: str


@recorded
class VersionAdded(Event, frozen=True, kw_only=True):
    """The definition itself is a stored document; ``definition`` is its digest."""

    fact: ClassVar[bool] = True
    workflow_id: str
    version_id: str
    version_number: int
    dialect: str
    definition: str
    revision: bool = False
    """True when the number was given before and now means this version."""


@recorded
class VersionRetired(Event, frozen=True, kw_only=True):
    """The number means no version any more. Tags, jobs and the version itself stay."""

    fact: ClassVar[bool] = True
    workflow_id: str
    version_id: str
    version_number: int


@recorded
class TagMoved(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    workflow_id: str
    tag: str
    version_id: str
    version_number: int
    previous_version_id: str | None = None
    previous_version_number: int | None = None


@recorded
class TaskTypeDefined(Event, frozen=True, kw_only=True):
    """Stream ``task-type/<name>``: the settings as registered, without defaults filled in."""

    fact: ClassVar[bool] = True
    name: str
    settings: dict[str, Any]


@recorded
class TaskTypeDeleted(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    name: str


@recorded
class RequestNoted(Event, frozen=True, kw_only=True):
    """A request that changed nothing; kept so that its repeat gets the first answer."""

    fact: ClassVar[bool] = True
    method: str
    answer: dict[str, Any]


@recorded
class ValuesErased(Event, frozen=True, kw_only=True):
    """The user data of ``stream`` up to ``through`` (a sequence) was erased on request."""

    fact: ClassVar[bool] = True
    stream: str
    through: int
    why: str
