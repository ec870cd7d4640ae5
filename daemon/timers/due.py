"""When a schedule comes due, by all its expressions and within its bounds."""

from __future__ import annotations

from daemon.decider.schedules import After, Due
from daemon.timers.calendar import calendar_of
from eventstore.events import ScheduleSaved


def after_of(saved: ScheduleSaved) -> After:
    """Bounds are included. Raises BadCron and UnknownZone."""
    calendars = [
        (cron, zone, calendar_of(cron, zone))
        for cron, zone in zip(saved.crons, saved.zones, strict=True)
    ]

    def after(moment: int) -> Due | None:
        if saved.starts_at is not None:
            moment = max(moment, saved.starts_at - 1)
        times = ((calendar.after(moment), cron, zone) for cron, zone, calendar in calendars)
        due = min((Due(at, *rest) for at, *rest in times if at is not None), key=_at, default=None)
        if due is None or (saved.ends_at is not None and due.at > saved.ends_at):
            return None
        return due

    return after


def _at(due: Due) -> int:
    return due.at
