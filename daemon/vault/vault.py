"""The values of secrets by their ids: all in memory, and sealed on the disk.

Which values are in use is said by the log. A value is put here before the event that names it
is written, and dropped only after the event that names it no more is durable; so whatever a
crash leaves behind is too much, never too little, and ``keep`` at the next start removes it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

import anyio
import anyio.to_thread
import orjson

from daemon.vault.drawer import Drawer
from daemon.vault.sealing import (
    KEY_BYTES,
    NONCE_BYTES,
    CannotOpen,
    KeyMissing,
    VaultError,
    read_keys,
    seal,
    unseal,
    write_keys,
)

Random = Callable[[int], bytes]
InThread = Callable[[Callable[[], None]], Awaitable[None]]
"""Runs what waits for the disk."""


class VaultFailed(VaultError):
    """Nothing was stored, and nothing is lost: try again."""

    def __init__(self, place: str, error: OSError) -> None:
        super().__init__(f"{place} cannot be written: {error}")


async def in_thread(write: Callable[[], None]) -> None:
    await anyio.to_thread.run_sync(write)


async def at_once(write: Callable[[], None]) -> None:
    """For drawers that wait for no disk."""
    write()


class Vault:
    def __init__(
        self, key: Drawer, sealed: Drawer, random: Random, *, run: InThread = in_thread
    ) -> None:
        self._key = key
        self._sealed = sealed
        self._random = random
        self._run = run
        self._lock = anyio.Lock()
        self._keys: tuple[bytes, ...] = ()
        """As the key file has them."""
        self._sealed_with: bytes | None = None
        self._values: dict[str, str] = {}
        self._digest_key = random(KEY_BYTES)
        self.is_stored = False
        """Whether there is a sealed file."""

    @property
    def places(self) -> tuple[str, str] | None:
        """Of the sealed file and its key; None: no secret was ever stored."""
        return (self._sealed.place, self._key.place) if self.is_stored else None

    @property
    def values(self) -> Mapping[str, str]:
        return self._values

    @property
    def digest_key(self) -> bytes:
        """What digests that a secret goes into are keyed with: nobody without the vault can
        try values out on them. It outlives a change of the vault's key."""
        return self._digest_key

    def open(self) -> None:
        """Read what is there; finish a change of the key that was not. Raises VaultError and
        OSError."""
        keys, sealed = self._key.read(), self._sealed.read()
        if keys is not None:
            self._keys = read_keys(keys, self._key.place)
        if sealed is None:
            return
        if keys is None:
            raise KeyMissing(self._key.place, self._sealed.place)
        opened = unseal(sealed, self._keys)
        if opened is None:
            raise CannotOpen(self._key.place, self._sealed.place)
        self._sealed_with = opened.key
        content = orjson.loads(opened.content)
        self._values = content["values"]
        self._digest_key = b64decode(content["digestKey"])
        self.is_stored = True
        if len(self._keys) > 1:
            self._take_new_key(self._keys)

    async def put(self, value_id: str, value: str) -> None:
        """Durable when this returns. Raises VaultFailed."""
        async with self._lock:
            await self._become({**self._values, value_id: value})

    async def keep(self, in_use: Callable[[], Collection[str]]) -> None:
        """Drop every value but those, as they are when it is done. Raises VaultFailed."""
        async with self._lock:
            named = in_use()
            kept = {name: one for name, one in self._values.items() if name in named}
            if len(kept) < len(self._values):
                await self._become(kept)

    async def rotate_key(self) -> None:
        """Seal everything with a new key and forget the one before. Raises VaultFailed."""
        async with self._lock:
            new = self._random(KEY_BYTES)
            keys = (new,) if self._sealed_with is None else (new, self._sealed_with)
            await self._write(lambda: self._take_new_key(keys))

    async def _become(self, values: dict[str, str]) -> None:
        await self._write(lambda: self._store(values))
        self._values = values

    async def _write(self, write: Callable[[], None]) -> None:
        try:
            await self._run(write)
        except OSError as error:
            raise VaultFailed(self._sealed.place, error) from error

    def _store(self, values: Mapping[str, str]) -> None:
        if not self._keys:
            keys = (self._random(KEY_BYTES),)
            self._key.replace(write_keys(keys))
            self._keys = keys
        self._seal(values, self._keys[0])

    def _take_new_key(self, keys: tuple[bytes, ...]) -> None:
        """The key file holds old and new until everything is sealed with the new one."""
        self._key.replace(write_keys(keys))
        self._keys = keys
        self._seal(self._values, keys[0])
        self._key.replace(write_keys(keys[:1]))
        self._keys = keys[:1]

    def _seal(self, values: Mapping[str, str], key: bytes) -> None:
        content: dict[str, Any] = {
            "digestKey": b64encode(self._digest_key).decode(),
            "values": values,
        }
        self._sealed.replace(seal(orjson.dumps(content), key, self._random(NONCE_BYTES)))
        self._sealed_with = key
        self.is_stored = True

    def __repr__(self) -> str:
        return f"Vault({len(self._values)} values)"
