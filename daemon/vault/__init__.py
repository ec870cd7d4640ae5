"""Where the values of secrets lie: one sealed file beside the log, and the key that opens it.

The log knows which value a secret has by an id that says nothing about it; only this folder
knows the value.
"""

from daemon.vault.drawer import Drawer, MemoryDrawer, NotPrivate, PrivateFile
from daemon.vault.sealing import CannotOpen, KeyMissing, VaultError
from daemon.vault.vault import InThread, Vault, VaultFailed, at_once

__all__ = [
    "CannotOpen",
    "Drawer",
    "InThread",
    "KeyMissing",
    "MemoryDrawer",
    "NotPrivate",
    "PrivateFile",
    "Vault",
    "VaultError",
    "VaultFailed",
    "at_once",
]
