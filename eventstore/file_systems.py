"""Whether a folder lies on this machine's own disk.

SQLite keeps a WAL log together by locks and by memory that all its readers share. On a file
system of another machine neither holds, and the log can be damaged without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MOUNTS: Final = Path("/proc/self/mountinfo")
NETWORK: Final = frozenset(
    {
        "afs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.curlftpfs", "fuse.davfs",
        "fuse.gcsfuse", "fuse.glusterfs", "fuse.goofys", "fuse.rclone", "fuse.s3fs",
        "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs",
    }
)  # fmt: skip
"""By the kernel's names. What a virtual machine gets from its host is not among them."""

_ESCAPED: Final = re.compile(r"\\([0-7]{3})")
"""A blank, say, in a mount point."""


def network_type(folder: Path, mounts: str) -> str | None:
    """The type of the network file system that ``folder`` lies on; None: it is none of those.
    ``mounts`` is the text of ``/proc/self/mountinfo``."""
    found, kind = Path("/"), ""
    place = folder.resolve()
    for point, type in _mounted(mounts):
        if place.is_relative_to(point) and len(point.parts) >= len(found.parts):
            found, kind = point, type
    return kind if kind in NETWORK else None


def _mounted(mounts: str) -> Iterator[tuple[Path, str]]:
    """Mount points and types, in the order of mounting: a later one hides an earlier one."""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        places, kinds = before.split(" "), after.split(" ")
        if len(places) > 4 and kinds[0]:
            yield Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), places[4])), kinds[0]


def mounts() -> str:
    """Empty where the kernel does not tell."""
    return MOUNTS.read_text() if MOUNTS.exists() else ""
