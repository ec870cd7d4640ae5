"""Bodies of requests as typed records; what is missing or wrong is a ValidationError."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from daemon.gateway.asking import Ask
from daemon.gateway.justworkflowit.errors import invalid, not_found

B = TypeVar("B", bound="Body")


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Fields that the interface does not know are passed over, as its server does."""


def read(ask: Ask, kind: type[B]) -> B:
    """Raises HttpError with the field that is wrong."""
    given = ask.object()
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$")
        field = place.strip("`.") or _named(text)
        raise invalid(f"{field}: {text}" if field else text, **{field or "body": text}) from error


def check_organization(ask: Ask) -> None:
    """There is one organization. Raises HttpError for the id of another."""
    given = ask.parts["organizationId"]
    if not ask.settings.any_organization and given != ask.settings.organization:
        raise not_found(
            f"No organization {given!r}: this daemon serves {ask.settings.organization!r} "
            "(http.organization)"
        )


def _named(text: str) -> str:
    """The field of ``Object missing required field `name```."""
    parts = text.split("`")
    return parts[1] if "required field" in text and len(parts) > 1 else ""


def without_nothing(value: dict[str, Any]) -> dict[str, Any]:
    """Optional members are left out, never null."""
    return {name: one for name, one in value.items() if one is not None}
