"""What came of each definition, and how that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from playhead.cli.importing.things import Thing
from playhead.cli.output import Output


class Result(StrEnum):
    FINE = "fine"
    NOTED = "fine, with a note"
    REFUSED = "refused"


class Verdict(NamedTuple):
    thing: Thing
    refused: bool
    notes: tuple[str, ...]

    @property
    def result(self) -> Result:
        if self.refused:
            return Result.REFUSED
        return Result.NOTED if self.notes else Result.FINE

    def row(self) -> dict[str, Any]:
        """As JSON; ``notes`` of a refused one are the reasons."""
        thing = self.thing
        return {
            "kind": str(thing.kind),
            "name": thing.name,
            "version": thing.version,
            "place": thing.place,
            "result": str(self.result),
            "notes": list(self.notes),
        }


def said(problems: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """Problems of an operation as sentences."""
    return tuple(f"{each['path'] or '(whole)'}: {each['message']}" for each in problems)


def show(output: Output, verdicts: Sequence[Verdict], notes: Sequence[str], *, dry: bool) -> None:
    counts = dict.fromkeys(Result, 0)
    for verdict in verdicts:
        counts[verdict.result] += 1
    if output.as_json:
        output.json(
            {
                "dryRun": dry,
                "definitions": [verdict.row() for verdict in verdicts],
                "counts": {str(result): number for result, number in counts.items()},
                "notes": list(notes),
            }
        )
        return
    for verdict in verdicts:
        _show_one(output, verdict)
    for note in notes:
        output.line(f"note: {note}")
    done = "Would import" if dry else "Imported"
    output.line(
        f"{done} {counts[Result.FINE] + counts[Result.NOTED]} of {len(verdicts)} definitions: "
        + ", ".join(f"{number} {result}" for result, number in counts.items())
        + "."
    )


def _show_one(output: Output, verdict: Verdict) -> None:
    thing = verdict.thing
    number = "" if thing.version is None else f" version {thing.version}"
    output.line(f"{thing.kind} {thing.name}{number}: {verdict.result}")
    for note in verdict.notes:
        output.line(f"    {note}")
