"""Ids of jobs, derived so that deciding again names the same ones."""

from __future__ import annotations

from hashlib import blake2b


def derived_job_id(seed: str, sequence: int, now: int) -> str:
    """The id of a job that another one asks for: a UUID (version 7 form: rising with time)
    made of the asking job's seed and the place of its intent."""
    random = blake2b(f"{seed}/job/{sequence}".encode(), digest_size=10).digest()
    return uuid7(now // 1000, random)


def submitted_job_id(milliseconds: int, random: bytes) -> str:
    """The id of a job that somebody asks for: a UUID (version 8 form) that begins with the low
    half of the time. So two are told apart by their first eight characters, which is what pages
    and people show of them; and for weeks on end they rise, so an index is written at its end.
    """
    turned = (milliseconds & 0xFFFFFFFF) << 16 | (milliseconds >> 32) & 0xFFFF
    return _uuid(8, turned, random)


def uuid7(milliseconds: int, random: bytes) -> str:
    """RFC 9562 version 7 text form from a time and the first ten bytes of ``random``."""
    return _uuid(7, milliseconds, random)


_RANDOM = ~(0xF << 76 | 0x3 << 62)


def _uuid(version: int, head: int, random: bytes) -> str:
    number = head << 80 | int.from_bytes(random[:10], "big")
    number = number & _RANDOM | version << 76 | 0x2 << 62
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
