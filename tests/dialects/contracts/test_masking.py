"""What is masked of a value."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.dialects.contracts.masking import Masks

VALUE = {"ssn": "1", "customer": {"ssn": [2], "name": "Ada"}, "list": [{"ssn": 3}, {"name": "x"}]}


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ((), VALUE),
        (("other",), VALUE),
        (
            ("ssn",),
            {
                "ssn": "***",
                "customer": {"ssn": "***", "name": "Ada"},
                "list": [{"ssn": "***"}, {"name": "x"}],
            },
        ),
        (("customer.ssn",), {**VALUE, "customer": {"ssn": "***", "name": "Ada"}}),
        (
            ("list.name", "customer"),
            {**VALUE, "customer": "***", "list": [{"ssn": 3}, {"name": "***"}]},
        ),
    ],
)
def test_a_name_masks_at_any_depth(names: tuple[str, ...], shown: Any) -> None:
    assert Masks(names).of(VALUE) == shown


def test_what_is_not_masked_is_not_copied() -> None:
    assert Masks(("other",)).of(VALUE) is VALUE


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("/customer/ssn", 2, "***"),
        ("/customer/ssn/0", 2, "***"),
        ("/customer", {"ssn": 2}, {"ssn": "***"}),
        ("/a~1b", 1, "***"),
        ("", {"a/b": 1}, {"a/b": "***"}),
        ("/other", 1, 1),
    ],
)
def test_a_value_inside_another(path: str, value: Any, shown: Any) -> None:
    assert Masks(("ssn", "a/b")).at(path, value) == shown
