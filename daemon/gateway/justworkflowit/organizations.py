"""The one organization and its notifications, of which there are none."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from daemon.gateway.asking import Ask, HttpError
from daemon.gateway.justworkflowit.errors import not_found
from daemon.gateway.justworkflowit.table import route, top_route

BEGINNING = "1970-01-01T00:00:00.000000Z"
"""Of an organization whose log is still empty."""


@top_route("GET", "/organizations", "ListOrganizations", "The one there is", "organization:read")
async def list_organizations(ask: Ask) -> dict[str, Any]:
    return {"organizations": [await _organization(ask, ask.settings.organization)]}


@top_route("POST", "/organizations", "CreateOrganization", "Refused: there is one")
async def create_organization(ask: Ask) -> dict[str, Any]:
    raise _fixed()


@route("GET", "", "GetOrganization", "The organization", "organization:read")
async def get_organization(ask: Ask) -> dict[str, Any]:
    return await _organization(ask, ask.parts["organizationId"])


@route("PATCH", "", "UpdateOrganization", "Refused: its names stand in the settings")
async def update_organization(ask: Ask) -> dict[str, Any]:
    raise _fixed()


@route("DELETE", "", "DeleteOrganization", "Refused: there is one")
async def delete_organization(ask: Ask) -> dict[str, Any]:
    raise _fixed()


@route("GET", "/notifications", "ListNotifications", "None", "notification:list")
async def list_notifications(ask: Ask) -> dict[str, Any]:
    return {"notifications": [], "unreadCount": 0}


@route("PUT", "/notifications/read-all", "MarkAllNotificationsRead", "None", "notification:update")
async def mark_all_read(ask: Ask) -> dict[str, Any]:
    return {"markedCount": 0}


@route(
    "PUT",
    "/notifications/{notificationId}/read",
    "MarkNotificationRead",
    "There is none",
    "notification:update",
)
async def mark_read(ask: Ask) -> dict[str, Any]:
    raise not_found(f"No notification {ask.parts['notificationId']!r}.")


async def _organization(ask: Ask, organization_id: str) -> dict[str, Any]:
    first = await ask.inside("events.read", limit=1)
    name = ask.settings.organization
    return {
        "organizationId": organization_id,
        "name": name,
        "key": name.lower(),
        "displayName": name,
        "createdAt": first["events"][0]["at"] if first["events"] else BEGINNING,
        "marketplaceAllowlistRequired": False,
    }


def _fixed() -> HttpError:
    return HttpError(
        HTTPStatus.FORBIDDEN,
        "This daemon serves one organization; its id is the setting http.organization.",
    )
