"""How each type of task runs: one file per kind, one table (``daemon.dialects.tasks.supported``).

A kind says what its step becomes when its turn comes (``daemon.dialects.tasks.step.Kind``).
"""

from daemon.dialects.tasks.kinds.worker import Worker

__all__ = ["Worker"]
