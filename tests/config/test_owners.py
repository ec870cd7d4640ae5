"""Parts take plain records of values; every one of those values is a setting."""

from __future__ import annotations

import msgspec
import pytest

from config.settings import load
from eventstore.settings import StoreSettings
from projections.runner import Pace


@pytest.mark.parametrize(("section", "record"), [("store", StoreSettings), ("projections", Pace)])
def test_section_fills_the_record(section: str, record: type[msgspec.Struct]) -> None:
    given = getattr(load(), section)
    made = msgspec.convert(given, record, from_attributes=True)
    assert msgspec.structs.asdict(made).items() <= msgspec.structs.asdict(given).items()
