"""The golden lines: one stored event of every class and shape that was ever written.

``python -m tests.eventstore.golden`` adds the lines that are missing. ``--replace`` also
makes anew those whose fields have changed: right before a shape was first released, wrong
ever after (give the class a new shape and an upcaster instead).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from eventstore.codec import encode
from eventstore.events import Event, event_classes
from tests.eventstore.samples import full

LINES = Path(__file__).parents[1] / "golden" / "events.jsonl"


def golden() -> dict[tuple[str, int], dict[str, Any]]:
    lines = LINES.read_text(encoding="utf-8").splitlines() if LINES.exists() else []
    entries = [json.loads(line) for line in lines]
    return {(entry["type"], entry["shape"]): entry for entry in entries}


def entry_of(cls: type[Event]) -> dict[str, Any]:
    payload, values, _ = encode(full(cls))
    return {
        "type": cls.__name__,
        "shape": cls.shape,
        "payload": json.loads(payload),
        "values": None if values is None else json.loads(values),
    }


def fields_of(entry: dict[str, Any]) -> set[str]:
    return {*entry["payload"], *(entry["values"] or {})}


def write(*, replace: bool) -> None:
    entries = golden()
    for name, cls in event_classes().items():
        key = (name, cls.shape)
        if key not in entries or (
            replace and fields_of(entries[key]) != set(cls.__struct_fields__)
        ):
            entries[key] = entry_of(cls)
    lines = [json.dumps(entries[key], ensure_ascii=False) for key in sorted(entries)]
    LINES.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(replace="--replace" in sys.argv)
