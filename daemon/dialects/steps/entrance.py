"""What a workflow asks of the input that a job is submitted with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from daemon.dialects.contracts.pointer import pointer
from daemon.dialects.plan import Contracts, Problem
from daemon.dialects.steps.contract import Contract
from daemon.dialects.steps.missing import missing_text
from daemon.dialects.steps.transformer import TransformError
from daemon.dialects.steps.transformer.dating import redate
from daemon.dialects.steps.transformer.path import MISSING, Path, find_own
from daemon.dialects.steps.workflow import WORKFLOW_INPUT
from eventstore.events import Value

_NOT_GIVEN: Final = "Workflow input value is required when a workflow input definition is provided"
_NOT_DEFINED: Final = "Workflow input definition must be provided when a workflow input is provided"


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """``step``, which every job comes to, reads ``path`` of the workflow input, with ``via`` as
    a date of its first pattern."""

    step: str
    path: Path
    via: tuple[str, str] | None = None


class Entrance(msgspec.Struct, frozen=True, kw_only=True):
    """``contract`` None: the workflow takes no input."""

    contract: Contract | None
    needed: tuple[Needed, ...]
    contracts: Contracts

    def problems(self, given: Value) -> tuple[Problem, ...]:
        """Every reason to refuse ``given``, with its path. Of an input that keeps its contract,
        or need not keep it, what a step will miss for certain: no job could get past it."""
        broken = self._broken(given) if self.contracts is Contracts.ENFORCE else ()
        return broken or tuple(self._missing(given))

    def _broken(self, given: Value) -> tuple[Problem, ...]:
        contract = self.contract
        if contract is None:
            return () if given is None else (_problem("", _NOT_DEFINED),)
        if given is None:
            return (_problem("", _NOT_GIVEN),)
        return tuple(
            _problem(
                found.path,
                f"Validation failed workflowInput validation: {found} "
                f"(definition '{contract.name}')",
            )
            for found in contract.violations(given)
        )

    def _missing(self, given: Value) -> Iterator[Problem]:
        for needed in self.needed:
            value = find_own(given, needed.path)
            if value is MISSING:
                name = ".".join((WORKFLOW_INPUT, *needed.path))
                data = {} if given is None else {WORKFLOW_INPUT: given}
                yield _useless(needed, missing_text(name, data))
            elif needed.via is not None:
                yield from _undated(needed, value, needed.via)


def _undated(needed: Needed, value: Value, via: tuple[str, str]) -> Iterator[Problem]:
    try:
        redate(value, *via, where="")
    except TransformError as error:
        yield _useless(needed, f"{error}.")


def _useless(needed: Needed, message: str) -> Problem:
    return Problem(
        path=pointer(*needed.path),
        message=f"{message} Step '{needed.step}' needs it.",
        kind="transformation",
    )


def _problem(path: str, message: str) -> Problem:
    return Problem(path=path, message=message, kind="input")
