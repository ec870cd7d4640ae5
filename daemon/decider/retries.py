"""When the next attempt of a step comes (reference conductor.md §3.6)."""

from __future__ import annotations

from hashlib import blake2b
from typing import assert_never

from daemon.dialects.plan import RetryLogic, TaskRules
from eventstore.events import TaskStatus

LONGEST_DELAY_SECONDS = 2_147_483_647
"""Where the original's 32-bit arithmetic ends; delays are capped there."""

RETRIABLE = frozenset({TaskStatus.FAILED, TaskStatus.TIMED_OUT})
"""Statuses that an automatic retry follows."""


def may_retry(rules: TaskRules, status: TaskStatus, attempt: int) -> bool:
    """``attempt`` is the number of the attempt that ended, 0 for the first."""
    return status in RETRIABLE and attempt < rules.retry_count


def delay_seconds(rules: TaskRules, attempt: int) -> float:
    """Seconds between the end of ``attempt`` and the next one, without jitter."""
    delay = min(_uncapped(rules, attempt), LONGEST_DELAY_SECONDS)
    if rules.max_retry_delay_seconds > 0:
        return min(delay, rules.max_retry_delay_seconds)
    return delay


def _uncapped(rules: TaskRules, attempt: int) -> float:
    match rules.retry_logic:
        case RetryLogic.FIXED:
            return rules.retry_delay_seconds
        case RetryLogic.LINEAR_BACKOFF:
            return rules.retry_delay_seconds * rules.backoff_scale_factor * (attempt + 1)
        case RetryLogic.EXPONENTIAL_BACKOFF:
            # Past 2^31 the cap has long been reached.
            return rules.retry_delay_seconds * 2.0 ** min(attempt, 31)
    assert_never(rules.retry_logic)


def jitter_microseconds(rules: TaskRules, seed: str, task: int) -> int:
    """Uniform in [0, backoffJitterMs], whole milliseconds; the same for the same place."""
    if rules.backoff_jitter_ms <= 0:
        return 0
    drawn = int.from_bytes(blake2b(f"{seed}/jitter/{task}".encode(), digest_size=8).digest(), "big")
    return drawn % (rules.backoff_jitter_ms + 1) * 1000
