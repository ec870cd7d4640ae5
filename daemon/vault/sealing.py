"""How values are sealed: AES-256-GCM, so that what was changed on the disk does not open.

A key file holds a key on each line, in Base64. The first one seals; any of them opens, so
that a change of the key that stopped half-way loses nothing.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"playhead secrets 1\n"
"""Begins the sealed file and is authenticated with it."""
KEY_BYTES = 32
NONCE_BYTES = 12


class VaultError(Exception):
    """The secrets cannot be used; the sentence says what to do."""


class KeyMissing(VaultError):
    def __init__(self, key: str, sealed: str) -> None:
        super().__init__(
            f"the key {key} of the secrets in {sealed} is not there. Put it back; if it is lost, "
            f"move {sealed} away and give every secret its value anew (playhead secret update)"
        )


class CannotOpen(VaultError):
    def __init__(self, key: str, sealed: str) -> None:
        super().__init__(
            f"{sealed} does not open with the key in {key}: it is the key of another file, or one "
            "of the two was changed. Restore both from the same backup"
        )


class Opened(NamedTuple):
    content: bytes
    key: bytes


def write_keys(keys: Sequence[bytes]) -> bytes:
    return b"".join(b64encode(key) + b"\n" for key in keys)


def read_keys(text: bytes, place: str) -> tuple[bytes, ...]:
    """Raises VaultError."""
    try:
        keys = tuple(b64decode(line, validate=True) for line in text.split())
    except ValueError as error:
        raise VaultError(_no_key(place)) from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise VaultError(_no_key(place))
    return keys


def _no_key(place: str) -> str:
    return f"{place} is no key file: it holds a key of {KEY_BYTES} bytes on each line, in Base64"


def seal(content: bytes, key: bytes, nonce: bytes) -> bytes:
    """``nonce`` must never be used twice with one key."""
    return MAGIC + nonce + _cipher(key).encrypt(nonce, content, MAGIC)


def unseal(sealed: bytes, keys: Sequence[bytes]) -> Opened | None:
    """None: none of the keys opens it."""
    from cryptography.exceptions import InvalidTag

    if not sealed.startswith(MAGIC):
        return None
    rest = sealed[len(MAGIC) :]
    for key in keys:
        try:
            content = _cipher(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], MAGIC)
        except (InvalidTag, ValueError):
            continue
        return Opened(content, key)
    return None


def _cipher(key: bytes) -> AESGCM:
    """Imported late: it takes longer than all the rest of a start without secrets."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)
