"""Exit codes: part of the interface, listed in docs/cli.md."""

from __future__ import annotations

from enum import IntEnum

from playhead.errors import RpcError


class Exit(IntEnum):
    OK = 0
    FAILURE = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    CONFLICT = 5
    UNREACHABLE = 6
    TIMED_OUT = 7
    DIFFERENCES = 8
    BROKEN_CHAIN = 9
    JOB_FAILED = 10
    JOB_TERMINATED = 11
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "done",
    Exit.FAILURE: "failed; what and why stand on standard error",
    Exit.USAGE: "the command, or a parameter of it, is wrong",
    Exit.NOT_FOUND: "no such job, task, workflow, version or point",
    Exit.NOT_ALLOWED: "not allowed",
    Exit.CONFLICT: "the state of the thing does not allow it, or somebody else was faster",
    Exit.UNREACHABLE: "no daemon answers at the socket, or it went away",
    Exit.TIMED_OUT: "no answer, or no end of the job, in the given time",
    Exit.DIFFERENCES: "`replay verify` found differences",
    Exit.BROKEN_CHAIN: "`audit verify` found the log's chain broken",
    Exit.JOB_FAILED: "the job that was waited for ended FAILED or TIMED_OUT",
    Exit.JOB_TERMINATED: "the job that was waited for ended TERMINATED",
    Exit.INTERRUPTED: "interrupted from the keyboard",
}

_BY_ERROR = {
    "invalidParams": Exit.USAGE,
    "methodNotFound": Exit.USAGE,
    "badCursor": Exit.USAGE,
    "tooLarge": Exit.USAGE,
    "notFound": Exit.NOT_FOUND,
    "noVersion": Exit.NOT_FOUND,
    "beyondHead": Exit.NOT_FOUND,
    "notAllowed": Exit.NOT_ALLOWED,
    "conflict": Exit.CONFLICT,
    "refused": Exit.CONFLICT,
    "noSlot": Exit.CONFLICT,
    "requestIdReused": Exit.CONFLICT,
}

_BY_STATUS = {
    "COMPLETED": Exit.OK,
    "FAILED": Exit.JOB_FAILED,
    "TIMED_OUT": Exit.JOB_FAILED,
    "TERMINATED": Exit.JOB_TERMINATED,
}


def of_error(error: RpcError) -> Exit:
    return _BY_ERROR.get(error.type, Exit.FAILURE)


def of_ended_job(status: str) -> Exit:
    return _BY_STATUS[status]
