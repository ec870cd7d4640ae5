"""HTTP tasks: a call to an address that policy allows."""

from daemon.executors.http.addresses import AddressPolicy, AddressRefused
from daemon.executors.http.executor import Http
from daemon.executors.http.transport import HttpLimits, Transport

__all__ = ["AddressPolicy", "AddressRefused", "Http", "HttpLimits", "Transport"]
