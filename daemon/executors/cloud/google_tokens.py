"""Identity tokens of Google for functions that ask who calls."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any, Final, Protocol

from daemon.executors.cloud import ExtraMissing

NOT_INSTALLED: Final = (
    "gcp.enabled needs google-auth, which is not installed: install playhead[gcp]"
)


class NoToken(Exception):
    """Nobody could say who the daemon is."""


class Tokens(Protocol):
    async def token_for(self, audience: str) -> str:
        """Raises NoToken."""


class GoogleTokens:
    """Of the application default credentials; each is kept until it expires."""

    def __init__(self) -> None:
        try:
            self._fetch = import_module("google.oauth2.id_token").fetch_id_token_credentials
            self._request = import_module("google.auth.transport.requests").Request()
            self._error: type[Exception] = import_module("google.auth.exceptions").GoogleAuthError
        except ModuleNotFoundError as error:
            raise ExtraMissing(NOT_INSTALLED) from error
        self._credentials: dict[str, Any] = {}

    async def token_for(self, audience: str) -> str:
        try:
            token: str = await asyncio.to_thread(self._fresh, audience)
        except self._error as error:
            raise NoToken(f"Google gave no identity token for {audience}: {error}") from error
        return token

    def _fresh(self, audience: str) -> Any:
        """Waits for the network: for another thread."""
        if audience not in self._credentials:
            self._credentials[audience] = self._fetch(audience, request=self._request)
        credentials = self._credentials[audience]
        if not credentials.valid:
            credentials.refresh(self._request)
        return credentials.token
