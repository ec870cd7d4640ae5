from __future__ import annotations

import pytest

from eventstore.events import event_classes
from tests.eventstore.events_page import PAGE, STREAMS, page, stream_of

REWRITE = "docs/events.md is out of date: run `python -m tests.eventstore.events_page`"


def test_the_page_is_the_vocabulary() -> None:
    assert PAGE.read_text("utf-8") == page(), REWRITE


@pytest.mark.parametrize("name", sorted(event_classes()))
def test_every_event_says_where_it_belongs(name: str) -> None:
    assert stream_of(event_classes()[name])
    assert f"### {name}\n" in page()


def test_no_stream_is_given_for_a_class_that_is_gone() -> None:
    assert STREAMS.keys() <= event_classes().keys()
