"""Secrets that went out do not come back."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from daemon.decider.commands import Log, Report, ReturnTask
from daemon.executors.masking import MASK, Mask, masked
from eventstore.events import TaskStatus

TOKEN = Mask(["tok-12345", "x-99"])


def test_a_result_is_masked_wherever_a_secret_can_stand() -> None:
    report = Report(
        task=1,
        status=TaskStatus.FAILED,
        worker="w1",
        output={"echo": ["say tok-12345!", "x-99"], "tok-12345": 1, "n": 7, "ok": True},
        reason="refused: tok-12345",
        logs=["sent tok-12345", {"log": "x-99"}],
        callback_seconds=3,
    )
    assert masked(report, TOKEN) == Report(
        task=1,
        status=TaskStatus.FAILED,
        worker="w1",
        output={"echo": [f"say {MASK}!", MASK], MASK: 1, "n": 7, "ok": True},
        reason=f"refused: {MASK}",
        logs=[f"sent {MASK}", {"log": MASK}],
        callback_seconds=3,
    )
    assert masked(Log(task=1, logs=["a tok-12345"]), TOKEN) == Log(task=1, logs=[f"a {MASK}"])


def test_what_says_nothing_is_left_alone() -> None:
    command = ReturnTask(task=1, why="gone")
    assert masked(command, TOKEN) is command
    assert not Mask([""])


def test_a_short_secret_is_masked_where_it_stands_alone() -> None:
    assert Mask(["1"])({"pin": "1", "year": "2011", "n": 1}) == {
        "pin": MASK,
        "year": "2011",
        "n": 1,
    }


def test_a_number_that_is_a_secret_is_masked() -> None:
    assert Mask(["123456"])({"pin": 123456, "other": 12345}) == {"pin": MASK, "other": 12345}


def test_the_longest_of_two_is_masked_first() -> None:
    assert Mask(["pass", "password"])("my password") == f"my {MASK}"


SECRETS = st.text(min_size=4, max_size=30).filter(lambda text: MASK not in text)


@given(SECRETS, st.text(max_size=10), st.text(max_size=10))
def test_a_secret_is_found_in_every_usual_form(secret: str, before: str, after: str) -> None:
    forms = {
        "plain": secret,
        "json": json.dumps({"k": secret}),
        "url": quote(secret, safe=""),
        "base64": base64.b64encode(secret.encode()).decode(),
    }
    clean = Mask([secret])({name: before + form + after for name, form in forms.items()})
    for name, form in forms.items():
        assert form not in clean.get(name, ""), name


@given(st.text(st.characters(codec="ascii"), min_size=6, max_size=30), st.text(max_size=9))
def test_a_secret_is_found_within_what_was_encoded_with_it(secret: str, user: str) -> None:
    """As in ``Authorization: Basic``: all but the bits it shares with its neighbours."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        sent = encode(f"{user}:{secret}:{user}".encode()).decode()
        clean = Mask([secret]).text(sent)
        left = clean.partition(MASK)
        assert left[1], sent
        assert len(left[0]) * 6 <= len(f"{user}:".encode()) * 8 + 5


def test_a_mask_does_not_print_what_it_hides() -> None:
    assert "tok" not in f"{TOKEN!r} {TOKEN}"
