"""Who is on the other end, as the kernel says."""

from __future__ import annotations

import pwd
import socket
import struct
from functools import cache

PEER_CREDENTIALS = struct.Struct("iII")


def actor_of(connection: socket.socket) -> str:
    """``uid:1000/alice`` of the process that connected; fixed at that moment. The pid is
    left out on purpose: it is reused, so nothing may be decided by it."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER_CREDENTIALS.size)
    _pid, uid, _gid = PEER_CREDENTIALS.unpack(raw)
    return actor_of_uid(uid)


@cache
def actor_of_uid(uid: int) -> str:
    """``uid:1000`` where the system knows no name for it."""
    try:
        return f"uid:{uid}/{pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"uid:{uid}"
