"""Workflows (containers, versions, tags) and task types: state, evolve and decide; pure."""

from __future__ import annotations

from typing import Any

import immutables
import msgspec
from msgspec.structs import replace

from daemon.decider.turn import Refusal, RefusalKind
from eventstore.events import (
    Event,
    TagMoved,
    TaskTypeDefined,
    TaskTypeDeleted,
    VersionAdded,
    VersionRetired,
    WorkflowRegistered,
)


class Version(msgspec.Struct, frozen=True, kw_only=True):
    version_id: str
    number: int
    dialect: str
    definition: str
    """Digest of the stored definition."""
    created_at: int
    created_by: str
    revision: bool = False


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    workflow_id: str
    name: str
    description: str | None
    created_at: int
    created_by: str
    sequence: int
    position: int
    versions: immutables.Map[str, Version] = immutables.Map()
    order: tuple[str, ...] = ()
    """Version ids as they were added."""
    numbers: immutables.Map[int, str] = immutables.Map()
    """Number to the version it means now."""
    highest: int = 0
    """The highest number ever given."""
    tags: immutables.Map[str, str] = immutables.Map()
    """Tag to version id."""

    def numbered(self, number: int) -> Version | None:
        version_id = self.numbers.get(number)
        return None if version_id is None else self.versions[version_id]

    def tagged(self, tag: str) -> Version | None:
        version_id = self.tags.get(tag)
        return None if version_id is None else self.versions[version_id]

    def newest(self) -> Version | None:
        """The one with the highest number that means any."""
        return self.numbered(max(self.numbers, default=0))


def evolve_workflow(
    state: Workflow | None, event: Event, at: int, position: int, actor: str
) -> Workflow:
    if isinstance(event, WorkflowRegistered):
        return Workflow(
            workflow_id=event.workflow_id,
            name=event.name,
            description=event.description,
            created_at=at,
            created_by=actor,
            sequence=1,
            position=position,
        )
    if state is None:
        raise TypeError(f"a workflow begins with WorkflowRegistered, not {type(event).__name__}")
    state = replace(state, sequence=state.sequence + 1, position=position)
    match event:
        case VersionAdded():
            return _version_added(state, event, at, actor)
        case VersionRetired():
            return replace(state, numbers=state.numbers.delete(event.version_number))
        case TagMoved():
            return replace(state, tags=state.tags.set(event.tag, event.version_id))
    return state


def _version_added(state: Workflow, event: VersionAdded, at: int, actor: str) -> Workflow:
    version = Version(
        version_id=event.version_id,
        number=event.version_number,
        dialect=event.dialect,
        definition=event.definition,
        created_at=at,
        created_by=actor,
        revision=event.revision,
    )
    return replace(
        state,
        versions=state.versions.set(version.version_id, version),
        order=(*state.order, version.version_id),
        numbers=state.numbers.set(version.number, version.version_id),
        highest=max(state.highest, version.number),
    )


def add_version(
    state: Workflow,
    *,
    version_id: str,
    dialect: str,
    definition: str,
    number: int | None,
    overwrite: bool,
) -> VersionAdded | Refusal:
    """``number`` None: the next free one."""
    wanted = state.highest + 1 if number is None else number
    taken = wanted in state.numbers
    if taken and not overwrite:
        return Refusal(
            kind=RefusalKind.NUMBER_TAKEN,
            message=f"workflow {state.name!r} has a version {wanted} already; give the "
            "definition another number, or say overwrite to make this its new revision",
        )
    return VersionAdded(
        workflow_id=state.workflow_id,
        version_id=version_id,
        version_number=wanted,
        dialect=dialect,
        definition=definition,
        revision=taken,
    )


def retire_version(state: Workflow, version: Version) -> VersionRetired | Refusal:
    if state.numbers.get(version.number) != version.version_id:
        return Refusal(
            kind=RefusalKind.NOTHING_TO_CHANGE,
            message=f"{version.number} of {state.name!r} means another version, or none",
        )
    return VersionRetired(
        workflow_id=state.workflow_id,
        version_id=version.version_id,
        version_number=version.number,
    )


def move_tag(state: Workflow, tag: str, version: Version) -> TagMoved | Refusal:
    before = state.tagged(tag)
    if before is not None and before.version_id == version.version_id:
        return Refusal(
            kind=RefusalKind.NOTHING_TO_CHANGE,
            message=f"{tag} of {state.name!r} is at version {version.number} already",
        )
    return TagMoved(
        workflow_id=state.workflow_id,
        tag=tag,
        version_id=version.version_id,
        version_number=version.number,
        previous_version_id=None if before is None else before.version_id,
        previous_version_number=None if before is None else before.number,
    )


class TaskType(msgspec.Struct, frozen=True, kw_only=True):
    """``settings`` None: deleted."""

    name: str
    settings: dict[str, Any] | None
    created_at: int
    updated_at: int
    sequence: int


def evolve_task_type(
    state: TaskType | None, event: Event, at: int, position: int, actor: str
) -> TaskType:
    sequence = 1 if state is None else state.sequence + 1
    created = at if state is None or state.settings is None else state.created_at
    match event:
        case TaskTypeDefined():
            return TaskType(
                name=event.name,
                settings=event.settings,
                created_at=created,
                updated_at=at,
                sequence=sequence,
            )
        case TaskTypeDeleted():
            return TaskType(
                name=event.name,
                settings=None,
                created_at=created,
                updated_at=at,
                sequence=sequence,
            )
    if state is None:
        raise TypeError(f"a task type begins with TaskTypeDefined, not {type(event).__name__}")
    return replace(state, sequence=sequence)
