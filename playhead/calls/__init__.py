"""One typed method for each operation of every day; ``call`` reaches all others."""

from playhead.calls.jobs import JobCalls
from playhead.calls.log import LogCalls
from playhead.calls.schemas import SchemaCalls
from playhead.calls.tasks import TaskCalls
from playhead.calls.workflows import WorkflowCalls

__all__ = ["Operations"]


class Operations(WorkflowCalls, SchemaCalls, JobCalls, TaskCalls, LogCalls):
    """Mixed into the client. Errors are as its ``call`` says. Lists answer one page; pass
    its ``cursor`` for the next."""
