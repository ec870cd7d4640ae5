"""What a command works with: the daemon, where its output goes, what was asked."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playhead.cli.exits import Exit
from playhead.cli.failing import CommandFailed, explained
from playhead.cli.link import Link
from playhead.cli.output import Output
from playhead.errors import PlayheadError
from playhead.request_ids import identified


class Session:
    """Connects when the first call is made."""

    def __init__(self, asked: Namespace) -> None:
        self.asked = asked
        self.output = Output(as_json=asked.output == "json")
        self._link: Link | None = None

    def call(self, method: str, **params: Any) -> Any:
        """The result; parameters that are None were not given. A call that changes state
        carries a request id. Raises CommandFailed."""
        given = {name: value for name, value in params.items() if value is not None}
        request_id = getattr(self.asked, "request_id", None)
        if request_id is not None:
            given["requestId"] = request_id
        return self.plain_call(method, identified(method, given))

    def plain_call(self, method: str, params: dict[str, Any]) -> Any:
        try:
            return self.link().call(method, params, seconds=self.asked.timeout)
        except PlayheadError as error:
            raise explained(error, method) from error

    def link(self) -> Link:
        """Raises DaemonUnreachable."""
        if self._link is None:
            self._link = Link(socket_path(self.asked))
        return self._link

    def close(self) -> None:
        if self._link is not None:
            self._link.close()


def socket_path(asked: Namespace) -> Path:
    """From ``--socket``, ``--data``, the environment or the settings file, in this order."""
    if asked.socket is not None:
        return Path(asked.socket)
    if asked.data is None and os.environ.get("PLAYHEAD_SOCKET"):
        return Path(os.environ["PLAYHEAD_SOCKET"]).expanduser()
    path: Path = settings_of(asked).paths.socket
    return path


def settings_of(asked: Namespace, usual: Mapping[str, Any] | None = None) -> Any:
    """The settings that a daemon started with the same flags would have; ``usual`` stands
    above the defaults only. Imported late: most commands that name their socket never need
    them."""
    from config.settings import SettingsError, load, settings_file

    flags = {**(getattr(asked, "http", None) or {}), **dict(getattr(asked, "set", None) or [])}
    if asked.data is not None:
        flags["paths.data_dir"] = asked.data
    if asked.socket is not None:
        flags["paths.socket"] = asked.socket
    try:
        file = settings_file(os.environ)
        return load(file=file, environment=os.environ, flags=flags, usual=usual)
    except SettingsError as error:
        raise CommandFailed(
            Exit.USAGE,
            "the settings cannot be used",
            why=str(error),
            next="correct what is named; docs/settings.md lists every setting",
        ) from error
