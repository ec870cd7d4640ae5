"""Rows of the operations table: schedules."""

from __future__ import annotations

from daemon.operations import of_schedules as schedules
from daemon.operations import parameters as p
from daemon.operations import parameters_of_schedules as ps
from daemon.operations.answering import Operation


def of_schedules() -> tuple[Operation, ...]:
    return (*_looking(), *_changing(), *_of_all())


def _looking() -> tuple[Operation, ...]:
    return (
        Operation(
            name="schedule.get",
            summary="One schedule, and when it comes due next",
            parameters=ps.OneSchedule,
            result=ps.ScheduleDocument,
            handler=schedules.get,
        ),
        Operation(
            name="schedule.list",
            summary="Schedules by name",
            parameters=ps.ScheduleList,
            result=ps.ScheduleDocuments,
            handler=schedules.list_schedules,
        ),
        Operation(
            name="schedule.search",
            summary="Schedules that meet every condition, in any order, with their number",
            parameters=p.Search,
            result=ps.FoundSchedules,
            handler=schedules.search,
        ),
        Operation(
            name="schedule.executions",
            summary="What schedules started, or could not start and why",
            parameters=p.Search,
            result=ps.ScheduleRuns,
            handler=schedules.executions,
        ),
        Operation(
            name="schedule.next",
            summary="The next times of cron expressions",
            parameters=ps.ScheduleNext,
            result=ps.ScheduleTimes,
            handler=schedules.next_times,
        ),
    )


def _changing() -> tuple[Operation, ...]:
    return (
        Operation(
            name="schedule.save",
            summary="Start jobs of a workflow by the clock; replaces a schedule of that name",
            parameters=ps.ScheduleSave,
            result=ps.ScheduleSaved,
            handler=schedules.save,
            answer=schedules.saved,
        ),
        Operation(
            name="schedule.pause",
            summary="Start nothing more by a schedule until it is resumed",
            parameters=ps.SchedulePause,
            result=dict,
            handler=schedules.pause,
            answer=schedules.changed,
        ),
        Operation(
            name="schedule.resume",
            summary="Go on with a paused schedule",
            parameters=ps.ScheduleChange,
            result=dict,
            handler=schedules.resume,
            answer=schedules.changed,
        ),
        Operation(
            name="schedule.delete",
            summary="Forget a schedule; its jobs go on",
            parameters=ps.ScheduleChange,
            result=dict,
            handler=schedules.delete,
            answer=schedules.changed,
        ),
    )


def _of_all() -> tuple[Operation, ...]:
    return (
        Operation(
            name="schedule.pauseAll",
            summary="Start nothing by any schedule until resumed",
            parameters=ps.AllSchedules,
            result=ps.SchedulerState,
            handler=schedules.pause_all,
            answer=schedules.all_changed,
        ),
        Operation(
            name="schedule.resumeAll",
            summary="Go on with the schedules that are not paused themselves",
            parameters=ps.AllSchedules,
            result=ps.SchedulerState,
            handler=schedules.resume_all,
            answer=schedules.all_changed,
        ),
        Operation(
            name="schedule.status",
            summary="Whether all schedules are paused",
            parameters=p.Nothing,
            result=ps.SchedulerState,
            handler=schedules.scheduler,
        ),
    )
