"""What can be set about a log. The defaults suit one machine with a local disk."""

from __future__ import annotations

import msgspec

from eventstore.codec import SPILL_ABOVE


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    group_events: int = 2_000
    """A commit group takes about this many events at most."""
    group_bytes: int = 8 * 1024 * 1024
    """A commit group takes about this weight at most."""
    spill_above_bytes: int = SPILL_ABOVE
    """A larger value is stored once per content, apart from its row."""
    known_streams: int = 100_000
    """Tails kept in memory; those of queued events are kept beyond it."""
    follow_events: int = 20_000
    """A follower with more undelivered events than this is cut off."""
    page_events: int = 1_000
    """How many events one read takes of a long history."""
    verify_tail_events: int = 1_000
    """How much of the chain is verified before a start serves."""
    checkpoint_pages: int = 2_000
    """WAL pages (4 KiB) after which SQLite copies them into the file."""
    cache_kib: int = 16 * 1024
    """Page cache of the writing connection."""
    busy_seconds: float = 5.0
    """How long to wait for another program that holds the file's lock."""
    scrub_retry_seconds: float = 0.05
    """Until a reader no longer holds up the removal of erased bytes."""
    require_local_disk: bool = True
    """Refuse to open a log on a network file system."""
