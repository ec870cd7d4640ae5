"""JSON pointers (RFC 6901), the form of every path in an answer."""

from __future__ import annotations


def pointer(*parts: str | int) -> str:
    """``/steps/0/name``; without parts the whole document, ``''``."""
    return "".join(f"/{escaped(str(part))}" for part in parts)


def escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
