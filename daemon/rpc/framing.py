"""Bytes of a stream to lines."""

from __future__ import annotations

from enum import Enum


class Oversize(Enum):
    """Stands in the place of a line that was too long to keep."""

    LINE = "line"


class LineSplitter:
    """Cuts a stream at its newlines. A line above ``max_line_bytes`` is reported once, as
    soon as it is too long, and its rest is skipped, so that what follows is still read."""

    def __init__(self, max_line_bytes: int) -> None:
        self._max = max_line_bytes
        self._partial = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes | Oversize]:
        """The lines that ``data`` completes, without their newlines."""
        lines: list[bytes | Oversize] = []
        if self._partial or self._skipping:
            first, newline, data = data.partition(b"\n")
            self._keep(first, lines)
            if not newline:
                return lines
            self._complete(lines)
        *whole, rest = data.split(b"\n")
        lines.extend(self._bounded(line) for line in whole)
        self._keep(rest, lines)
        return lines

    def finish(self) -> bytes:
        """What stood after the last newline when the stream ended."""
        rest = bytes(self._partial)
        self._partial.clear()
        return rest

    def _bounded(self, line: bytes) -> bytes | Oversize:
        return line if len(line) <= self._max else Oversize.LINE

    def _keep(self, piece: bytes, lines: list[bytes | Oversize]) -> None:
        if self._skipping:
            return
        if len(self._partial) + len(piece) > self._max:
            self._skipping = True
            self._partial.clear()
            lines.append(Oversize.LINE)
        else:
            self._partial += piece

    def _complete(self, lines: list[bytes | Oversize]) -> None:
        if not self._skipping:
            lines.append(bytes(self._partial))
        self._partial.clear()
        self._skipping = False
