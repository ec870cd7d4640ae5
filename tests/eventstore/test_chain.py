"""The chain against vectors that were computed with nothing but its description."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from eventstore.chain import GENESIS, Row, rows_of
from eventstore.events import JobPaused, JobResumed, TaskStarted
from eventstore.store import Batch, Entry, Head, Request

VECTORS = json.loads((Path(__file__).parents[1] / "golden" / "chain.json").read_text("utf-8"))
SALTS = {"job/1": bytes(range(16))}
BATCHES = [
    Batch(
        entries=(
            Entry(stream="job/1", expected=0, events=(JobPaused(reason="müde"), JobResumed())),
            Entry(stream="limit/a", expected=4, events=(JobResumed(),)),
        ),
        at=1_700_000_000_000_000,
        actor="uid:1000/alice",
        request=Request(request_id="r-1"),
        trace='t"1',
        decider=2,
    ),
    Batch(
        entries=(
            Entry(
                stream="job/1",
                expected=2,
                events=(TaskStarted(task=1, worker="w", session="s"), JobPaused(reason="x" * 40)),
            ),
        ),
        at=1_700_000_000_000_001,
        actor="daemon",
        cause=3,
    ),
]


def test_the_rows_are_those_of_the_vectors() -> None:
    chained = rows_of(BATCHES, GENESIS, SALTS, spill_above=30)
    assert [_shown(row) for row in chained.whole_rows()] == VECTORS["rows"]
    assert chained.head == Head(5, bytes.fromhex(VECTORS["rows"][-1]["hash"]), 1)


def _shown(row: Row) -> dict[str, Any]:
    shown = row._asdict()
    del shown["erased"]
    return {
        name: value.hex() if isinstance(value, bytes) else value for name, value in shown.items()
    }


@pytest.mark.parametrize("place", range(len(VECTORS["rows"])))
def test_a_vector_is_what_the_description_says(place: int) -> None:
    row = VECTORS["rows"][place]
    previous = bytes(32) if place == 0 else bytes.fromhex(VECTORS["rows"][place - 1]["hash"])
    envelope = json.dumps(list(row.values())[:12], separators=(",", ":"), ensure_ascii=False)
    digest = bytes.fromhex(row["digest"] or "")
    link = sha256(previous + envelope.encode() + row["payload"].encode() + digest)
    assert link.hexdigest() == row["hash"]
    if row["digest"]:
        salt = bytes.fromhex(VECTORS["salts"][row["stream"]])
        values = row["values"].encode() + (row["refs"] or "").encode()
        assert sha256(salt + values).hexdigest() == row["digest"]


def test_groups_chain_as_one() -> None:
    whole = rows_of(BATCHES, GENESIS, SALTS, spill_above=30)
    first = rows_of(BATCHES[:1], GENESIS, SALTS, spill_above=30)
    second = rows_of(BATCHES[1:], first.head, SALTS, spill_above=30)
    assert first.rows + second.rows == whole.rows
    assert first.recorded + second.recorded == whole.recorded


def test_a_spilled_value_is_named_once_per_content() -> None:
    twice = Batch(
        entries=(
            Entry(
                stream="job/1",
                expected=0,
                events=(JobPaused(reason="x" * 40), JobPaused(reason="x" * 40)),
            ),
        ),
        at=1,
        actor="a",
    )
    chained = rows_of([twice], GENESIS, SALTS, spill_above=30)
    [(digest, content)] = chained.contents.items()
    assert content == b'"%b"' % (b"x" * 40)
    assert chained.references == [(1, digest), (2, digest)]
