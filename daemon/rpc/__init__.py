"""JSON-RPC 2.0 over a Unix socket: one JSON text per line, the caller known by the kernel."""

from daemon.rpc.server import RpcServer
from daemon.rpc.socket_file import UnusableSocketPath

__all__ = ["RpcServer", "UnusableSocketPath"]
