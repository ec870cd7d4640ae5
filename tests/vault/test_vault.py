"""Values on the disk: sealed, private, whole, whatever happens while they are written."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.clock import system_entropy
from daemon.vault import (
    CannotOpen,
    KeyMissing,
    MemoryDrawer,
    NotPrivate,
    PrivateFile,
    Vault,
    VaultError,
    VaultFailed,
    at_once,
)

CANARY = "canary-7f3e9a"


class PowerGone(Exception):
    """Nothing after it reaches the disk."""


class Failing(MemoryDrawer):
    """The power goes before or after write number ``at``, counted over all drawers."""

    count = 0

    def __init__(self, at: int, *, written: bool) -> None:
        super().__init__()
        self.at = at
        self.written = written

    def replace(self, content: bytes) -> None:
        Failing.count += 1
        if Failing.count != self.at:
            super().replace(content)
            return
        if self.written:
            super().replace(content)
        raise PowerGone


def opened(key: MemoryDrawer, sealed: MemoryDrawer) -> Vault:
    vault = Vault(key, sealed, system_entropy, run=at_once)
    vault.open()
    return vault


def on_disk(folder: Path) -> Vault:
    vault = Vault(
        PrivateFile(folder / "secrets.key"),
        PrivateFile(folder / "secrets.sealed"),
        system_entropy,
    )
    vault.open()
    return vault


async def test_what_was_put_is_there_again(tmp_path: Path) -> None:
    vault = on_disk(tmp_path)
    await vault.put("a", CANARY)
    await vault.put("b", "two")
    again = on_disk(tmp_path)
    assert again.values == {"a": CANARY, "b": "two"}
    assert again.digest_key == vault.digest_key


async def test_only_what_is_in_use_is_kept(tmp_path: Path) -> None:
    vault = on_disk(tmp_path)
    await vault.put("a", "one")
    await vault.put("b", "two")
    await vault.keep(lambda: {"b", "c"})
    assert vault.values == on_disk(tmp_path).values == {"b": "two"}


async def test_the_files_are_private_and_say_nothing(tmp_path: Path) -> None:
    await on_disk(tmp_path).put("a", CANARY)
    files = [tmp_path / name for name in sorted(os.listdir(tmp_path))]  # noqa: PTH208
    assert [file.name for file in files] == ["secrets.key", "secrets.sealed"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert not any(CANARY.encode() in file.read_bytes() for file in files)


def test_nothing_is_made_before_the_first_secret(tmp_path: Path) -> None:
    vault = on_disk(tmp_path)
    assert vault.values == {}
    assert vault.places is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o622])
async def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    await on_disk(tmp_path).put("a", CANARY)
    (tmp_path / "secrets.key").chmod(mode)
    with pytest.raises(NotPrivate, match="chmod 600"):
        on_disk(tmp_path)


async def test_a_lost_key_is_said(tmp_path: Path) -> None:
    await on_disk(tmp_path).put("a", CANARY)
    (tmp_path / "secrets.key").unlink()
    with pytest.raises(KeyMissing, match=r"secrets\.key of the secrets .* is not there"):
        on_disk(tmp_path)


def _flip(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize(
    "change", [lambda c: _flip(c, 0), lambda c: _flip(c, -1), lambda c: c[:20]]
)
async def test_what_was_changed_on_the_disk_does_not_open(
    change: Callable[[bytes], bytes],
) -> None:
    key, sealed = MemoryDrawer(), MemoryDrawer()
    await opened(key, sealed).put("a", CANARY)
    assert sealed.content is not None
    sealed.content = change(sealed.content)
    with pytest.raises(CannotOpen):
        opened(key, sealed)


@pytest.mark.parametrize("text", [b"", b"no base64!\n", b"c2hvcnQ=\n"])
def test_a_key_file_that_is_none_is_said(text: bytes) -> None:
    with pytest.raises(VaultError, match="is no key file"):
        opened(MemoryDrawer(text), MemoryDrawer())


async def test_a_new_key_opens_and_the_old_one_does_not(tmp_path: Path) -> None:
    vault = on_disk(tmp_path)
    await vault.put("a", CANARY)
    key = tmp_path / "secrets.key"
    before = key.read_bytes()
    await vault.rotate_key()
    assert key.read_bytes() != before
    again = on_disk(tmp_path)
    assert (again.values, again.digest_key) == ({"a": CANARY}, vault.digest_key)
    key.write_bytes(before)
    with pytest.raises(CannotOpen):
        on_disk(tmp_path)


@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("at", [1, 2])
async def test_the_power_goes_while_the_first_value_is_stored(at: int, written: bool) -> None:
    Failing.count = 0
    key, sealed = Failing(at, written=written), Failing(at, written=written)
    with pytest.raises(PowerGone):
        await opened(key, sealed).put("a", CANARY)
    again = opened(key, sealed)
    assert again.values == ({"a": CANARY} if (at, written) == (2, True) else {})
    await again.put("b", "two")
    assert opened(key, sealed).values["b"] == "two"


@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("at", [3, 4, 5])
async def test_the_power_goes_while_the_key_is_changed(at: int, written: bool) -> None:
    Failing.count = 0
    key, sealed = Failing(at, written=written), Failing(at, written=written)
    vault = opened(key, sealed)
    await vault.put("a", CANARY)
    with pytest.raises(PowerGone):
        await vault.rotate_key()
    again = opened(key, sealed)
    assert again.values == {"a": CANARY}
    assert key.content is not None
    assert len(key.content.split()) == 1


@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("at", [3, 4, 5])
async def test_a_change_of_the_key_that_failed_can_be_tried_again(at: int, written: bool) -> None:
    Failing.count = 0
    key, sealed = Failing(at, written=written), Failing(at, written=written)
    vault = opened(key, sealed)
    await vault.put("a", CANARY)
    with pytest.raises(PowerGone):
        await vault.rotate_key()
    await vault.rotate_key()
    await vault.put("b", "two")
    assert opened(key, sealed).values == {"a": CANARY, "b": "two"}


async def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    vault = on_disk(tmp_path)
    await vault.put("a", "one")
    (tmp_path / "secrets.sealed.new").mkdir()
    with pytest.raises(VaultFailed, match=r"secrets\.sealed cannot be written"):
        await vault.put("b", "two")
    assert vault.values == {"a": "one"}
    (tmp_path / "secrets.sealed.new").rmdir()
    await vault.put("b", "two")
    assert on_disk(tmp_path).values == {"a": "one", "b": "two"}


async def test_values_are_never_printed(tmp_path: Path) -> None:
    vault = on_disk(tmp_path)
    await vault.put("a", CANARY)
    assert CANARY not in f"{vault!r} {vault}"
