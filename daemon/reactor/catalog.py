"""Workflows, versions, tags and task types: all of them in memory, as few as they are.

A change is decided on the tail and becomes visible to readers when it is durable, as for
jobs. Names and ids share one namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from daemon.decider.turn import Refusal, RefusalKind
from daemon.decider.workflows import (
    TaskType,
    Version,
    Workflow,
    add_version,
    evolve_task_type,
    evolve_workflow,
    move_tag,
    retire_version,
)
from daemon.dialects.plan import EVERY_TASK_TYPE
from daemon.reactor.cell import Cell, Change
from daemon.reactor.changing import Changed, batch_of
from daemon.reactor.jobs import NO_DOCUMENTS, Context
from daemon.reactor.ledger import Ledger
from eventstore.events import (
    Event,
    NameTaken,
    RequestNoted,
    TaskTypeDefined,
    TaskTypeDeleted,
    WorkflowRegistered,
)
from eventstore.store import Entry, EventStoreError

S = TypeVar("S", Workflow, TaskType)


class Catalog:
    def __init__(self, ledger: Ledger, *, page_events: int) -> None:
        self._ledger = ledger
        self._page = page_events
        self._workflows: dict[str, Cell[Workflow]] = {}
        self._names: dict[str, str] = {}
        self._task_types: dict[str, Cell[TaskType]] = {}
        self.watcher: Callable[[str, dict[str, Any] | None], None] = lambda name, settings: None
        """Told of each task type's settings, as decided so far; None: it has none. Set by
        the composition before ``load``."""
        self.revision = 0
        """Grows with every change of a task type or a version, for caches of what was made
        of them."""

    async def load(self) -> None:
        """Fold every workflow and task type of the log."""
        await self._load("workflow/", self._workflows, evolve_workflow)
        await self._load("task-type/", self._task_types, evolve_task_type)
        for cell in self._workflows.values():
            if cell.durable is not None:
                self._names[cell.durable.name] = cell.durable.workflow_id
        for name in self._task_types:
            self._tell(name)

    async def _load(self, prefix: str, cells: dict[str, Any], evolve: Any) -> None:
        after = 0
        store = self._ledger.store
        while events := await store.read_all(after=after, limit=self._page, streams=prefix):
            for one in events:
                key = one.stream.removeprefix(prefix)
                cell = cells.setdefault(key, Cell(one.stream, None))
                state = evolve(cell.tail, one.event, one.at, one.position, one.actor)
                cell.tail = cell.durable = state
            after = events[-1].position

    # Reading

    def find(self, name_or_id: str) -> Cell[Workflow] | None:
        """The workflow as decided so far; ``durable`` is None until its first commit."""
        cell = self._workflows.get(name_or_id)
        if cell is not None:
            return cell
        workflow_id = self._names.get(name_or_id)
        return None if workflow_id is None else self._workflows[workflow_id]

    def workflows(self) -> Iterator[Workflow]:
        """Durable ones."""
        return (cell.durable for cell in self._workflows.values() if cell.durable is not None)

    def task_type(self, name: str) -> TaskType | None:
        """Durable, and not deleted."""
        cell = self._task_types.get(name)
        found = None if cell is None else cell.durable
        return None if found is None or found.settings is None else found

    def settings_of(self, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        """The settings, as decided so far, of those ``names`` that are defined."""
        found = {}
        wanted = self._task_types if EVERY_TASK_TYPE in names else set(names)
        for name in sorted(wanted):
            cell = self._task_types.get(name)
            if cell is not None and cell.tail is not None and cell.tail.settings is not None:
                found[name] = cell.tail.settings
        return found

    def highest_of(self, names: Iterable[str]) -> dict[str, int]:
        """The highest version number, as decided so far, of those ``names`` that have one."""
        found = {}
        for name in sorted(set(names)):
            cell = self.find(name)
            newest = None if cell is None or cell.tail is None else cell.tail.newest()
            if newest is not None:
                found[name] = newest.number
        return found

    def task_type_names(self) -> frozenset[str]:
        return frozenset(
            name
            for name, cell in self._task_types.items()
            if cell.tail is not None and cell.tail.settings is not None
        )

    def task_type_templates(self) -> dict[str, frozenset[str]]:
        """What the ``inputTemplate`` of each type that has one gives a value."""
        found = {}
        for name, cell in self._task_types.items():
            settings = None if cell.tail is None else cell.tail.settings
            template = None if settings is None else settings.get("inputTemplate")
            if isinstance(template, dict) and template:
                found[name] = frozenset(template)
        return found

    # Changing

    def register(
        self,
        workflow_id: str,
        name: str,
        description: str | None,
        context: Context,
        *more: Event,
        documents: dict[str, bytes] | None = None,
    ) -> Changed | Refusal:
        """A new workflow, with ``more`` events (its first version) in the same batch."""
        self.revision += 1
        if self.find(name) is not None or self.find(workflow_id) is not None:
            return Refusal(
                kind=RefusalKind.NAME_TAKEN,
                message=f"{name!r} is the name or the id of a workflow already",
            )
        registered = WorkflowRegistered(workflow_id=workflow_id, name=name, description=description)
        cell: Cell[Workflow] = Cell(f"workflow/{workflow_id}", None)
        self._workflows[workflow_id] = cell
        self._names[name] = workflow_id
        taken = Entry(
            stream=f"name/workflow/{name}",
            expected=0,
            events=(NameTaken(name=name, workflow_id=workflow_id),),
        )
        try:
            return self._change(
                cell, evolve_workflow, (registered, *more), context, (taken,), documents
            )
        except EventStoreError:
            self.undo(cell)
            raise

    def add_version(
        self,
        cell: Cell[Workflow],
        context: Context,
        *,
        document: bytes,
        **fields: Any,
    ) -> Changed | Refusal:
        """``fields`` as for ``daemon.decider.workflows.add_version``."""
        assert cell.tail is not None, "a workflow is registered before it gets versions"
        event = add_version(cell.tail, **fields)
        if isinstance(event, Refusal):
            return event
        self.revision += 1
        documents = {event.definition: document}
        return self._change(cell, evolve_workflow, (event,), context, documents=documents)

    def retire_version(
        self, cell: Cell[Workflow], version: Version, context: Context
    ) -> Changed | Refusal:
        assert cell.tail is not None, "a version belongs to a registered workflow"
        event = retire_version(cell.tail, version)
        if isinstance(event, Refusal):
            return event
        return self._change(cell, evolve_workflow, (event,), context)

    def move_tag(
        self, cell: Cell[Workflow], tag: str, version: Version, context: Context
    ) -> Changed | Refusal:
        assert cell.tail is not None, "a tag belongs to a registered workflow"
        event = move_tag(cell.tail, tag, version)
        if isinstance(event, Refusal):
            return event
        return self._change(cell, evolve_workflow, (event,), context)

    def note(self, cell: Cell[Any], noted: RequestNoted, context: Context) -> Changed:
        """Keep the answer of a request that changed nothing."""
        evolve = evolve_workflow if cell.stream.startswith("workflow/") else evolve_task_type
        return self._change(cell, evolve, (noted,), context)

    def put_task_type(
        self, name: str, settings: dict[str, Any], context: Context
    ) -> Changed | Refusal:
        cell = self._task_types.setdefault(name, Cell(f"task-type/{name}", None))
        if cell.tail is not None and cell.tail.settings == settings:
            return Refusal(
                kind=RefusalKind.NOTHING_TO_CHANGE,
                message=f"task type {name!r} has these settings already",
            )
        self.revision += 1
        event = TaskTypeDefined(name=name, settings=settings)
        changed = self._change(cell, evolve_task_type, (event,), context)
        self._tell(name)
        return changed

    def delete_task_type(self, name: str, context: Context) -> Changed | Refusal:
        cell = self._task_types.get(name)
        if cell is None or cell.tail is None or cell.tail.settings is None:
            return Refusal(kind=RefusalKind.NO_SUCH_TASK_TYPE, message=f"no task type {name!r}")
        self.revision += 1
        event = TaskTypeDeleted(name=name)
        changed = self._change(cell, evolve_task_type, (event,), context)
        self._tell(name)
        return changed

    def _tell(self, name: str) -> None:
        cell = self._task_types.get(name)
        tail = None if cell is None else cell.tail
        self.watcher(name, None if tail is None else tail.settings)

    def task_type_cell(self, name: str) -> Cell[TaskType]:
        return self._task_types[name]

    def _change(
        self,
        cell: Cell[Any],
        evolve: Any,
        events: tuple[Event, ...],
        context: Context,
        more: tuple[Entry, ...] = (),
        documents: dict[str, bytes] | None = None,
    ) -> Changed:
        store = self._ledger.store
        now = store.now()
        expected = 0 if cell.tail is None else cell.tail.sequence
        entry = Entry(stream=cell.stream, expected=expected, events=events)
        appended = self._ledger.append(
            batch_of((entry, *more), context, now, documents or NO_DOCUMENTS)
        )
        state = cell.tail
        for place, event in enumerate(events):
            state = evolve(state, event, now, appended.first + place, context.actor)
        cell.decided(state)
        self._ledger.when_durable(appended.last, Change(cell, state, self.undo))
        return Changed(events, appended)

    def undo(self, cell: Cell[Any]) -> None:
        """The log lost what was decided: go back to what is durable."""
        cell.tail = cell.durable
        cell.on_the_way = 0
        self.revision += 1
        kind, _, key = cell.stream.partition("/")
        if cell.durable is None and kind == "task-type":
            self._task_types.pop(key, None)
        if kind == "task-type":
            self._tell(key)
        elif cell.durable is None:
            self._workflows.pop(key, None)
            self._names = {name: of for name, of in self._names.items() if of != key}
