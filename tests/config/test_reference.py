"""The page about the settings is the one their code makes."""

from __future__ import annotations

from pathlib import Path

from config.reference import page
from config.settings import setting_types

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def test_page_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(), "run: python -m config.reference > docs/settings.md"


def test_page_has_a_row_for_every_setting() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert len(rows) == len(setting_types())
