"""A daemon with its gateway, as a process of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.daemon.processes import DaemonProcess
from tests.gateway.http import Http, UnixHttp

READY = re.compile(r"playhead is ready on (\S+) and http://127\.0\.0\.1:(\d+)")


class HttpDaemon(DaemonProcess):
    def __init__(self, data: Path, settings: dict[str, Any] | None = None, **more: Any) -> None:
        given = {"http.serve": "on", "http.port": "0", **(settings or {})}
        super().__init__(data, given, **more)

    @property
    def is_ready(self) -> bool:
        return READY.fullmatch(self.announced) is not None

    @property
    def port(self) -> int:
        found = READY.fullmatch(self.announced)
        assert found is not None, self.announced
        return int(found[2])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def http(self, **headers: str) -> Http:
        return Http(self.port, headers)

    def unix_http(self) -> UnixHttp:
        return UnixHttp(Path(self.settings["http.socket"]))
