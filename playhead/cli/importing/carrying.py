"""Carrying definitions over, one at a time: what one lacks stops no other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from playhead.cli.exits import Exit
from playhead.cli.failing import CommandFailed
from playhead.cli.importing.schedules import faults_of, parameters_of, times_of
from playhead.cli.importing.things import Kind, Thing
from playhead.cli.importing.verdicts import Verdict, said
from playhead.cli.session import Session

CHECKS = {
    Kind.TASK_TYPE: ("taskType.validate", "taskType.put", {}),
    Kind.EVENT_HANDLER: ("eventHandler.validate", "eventHandler.put", {"keepUnsupported": True}),
}
"""The operations that look at a definition and that keep it, and what both take beside
``definition``. What only the other server can do comes along with a note."""

NOT_REGISTERED = "unregisteredTaskType"
"""The kind of a warning that the import itself removes."""


class Carrier:
    """``dry``: nothing is kept. ``overwrite``: a number that stands for another definition
    gets a new revision."""

    def __init__(self, session: Session, *, dry: bool, overwrite: bool) -> None:
        self._session = session
        self._dry = dry
        self._overwrite = overwrite
        self._coming: frozenset[str] = frozenset()

    def carry(self, things: Iterable[Thing]) -> list[Verdict]:
        ordered = sorted(things, key=lambda each: list(Kind).index(each.kind))
        self._coming = frozenset(
            each.name for each in ordered if each.kind is Kind.TASK_TYPE and each.fault is None
        )
        return [self._one(each) for each in ordered]

    def _one(self, thing: Thing) -> Verdict:
        if thing.fault is not None:
            return Verdict(thing, True, (thing.fault,))
        try:
            if thing.kind is Kind.WORKFLOW:
                return self._workflow(thing)
            if thing.kind is Kind.SCHEDULE:
                return self._schedule(thing)
            return self._named(thing)
        except CommandFailed as failure:
            if failure.exit in (Exit.UNREACHABLE, Exit.TIMED_OUT):
                raise
            return Verdict(thing, True, (failure.what, *failure.why.splitlines()))

    def _named(self, thing: Thing) -> Verdict:
        check, keep, more = CHECKS[thing.kind]
        found = self._session.call(check, definition=thing.content, **more)
        if not found["valid"]:
            return Verdict(thing, True, said(found["errors"]))
        if not self._dry:
            self._session.call(keep, definition=thing.content, **more)
        return Verdict(thing, False, said(found["warnings"]))

    def _schedule(self, thing: Thing) -> Verdict:
        faults = faults_of(thing.content)
        if faults:
            return Verdict(thing, True, faults)
        self._session.call("schedule.next", **times_of(thing.content), limit=1)
        parameters = parameters_of(thing.content)
        if parameters["definition"] is not None:
            found = self._session.call("version.validate", definition=parameters["definition"])
            if not found["valid"]:
                return Verdict(thing, True, said(found["errors"]))
        if not self._dry:
            self._session.call("schedule.save", **parameters)
        return Verdict(thing, False, ())

    def _workflow(self, thing: Thing) -> Verdict:
        found = self._session.call(
            "version.validate", definition=thing.content, keepUnsupported=True
        )
        if not found["valid"]:
            return Verdict(thing, True, said(found["errors"]))
        notes = said(filter(self._stays, found["warnings"]))
        standing = self._standing(thing)
        if standing == thing.content:
            return Verdict(thing, False, (*notes, "it is there already"))
        if standing is not None and not self._overwrite:
            why = f"version {thing.version} stands for another definition"
            return Verdict(thing, True, (f"{why}; --overwrite gives it a new revision",))
        if not self._dry:
            overwrite = True if standing is not None else None
            self._session.call(
                "version.add",
                definition=thing.content,
                overwrite=overwrite,
                keepUnsupported=True,
            )
        if standing is not None:
            notes += (f"version {thing.version} gets a new revision",)
        return Verdict(thing, False, notes)

    def _stays(self, warning: dict[str, Any]) -> bool:
        """A task type that comes along is no unregistered one, also when nothing is kept."""
        if warning.get("kind") != NOT_REGISTERED:
            return True
        said = warning["message"]
        return not any(said.startswith(f"the task type {name} is not") for name in self._coming)

    def _standing(self, thing: Thing) -> Any:
        """The definition that the number stands for by now."""
        version = {"versionNumber": thing.version}
        try:
            found = self._session.call("version.get", workflow=thing.name, version=version)
        except CommandFailed as failure:
            if failure.exit is not Exit.NOT_FOUND:
                raise
            return None
        return found["definition"]
