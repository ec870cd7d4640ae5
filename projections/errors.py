"""What a read of the projections raises on purpose."""

from __future__ import annotations


class ProjectionsFailing(RuntimeError):
    """The read models cannot follow the log at the moment; it is being tried again."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the read models cannot follow the log: {why}")
        self.why = why


class ProjectionsClosed(RuntimeError):
    """The read models were closed before the read could be answered."""

    def __init__(self) -> None:
        super().__init__("the read models are closed")


class BadCursor(ValueError):
    """A cursor that no earlier page of the same query gave."""

    def __init__(self, why: str) -> None:
        super().__init__(f"cursor: {why}; leave it out to begin with the first page")
        self.why = why


class BadLimit(ValueError):
    def __init__(self, limit: int, maximum: int) -> None:
        super().__init__(f"limit: {limit} is not between 1 and {maximum}")
        self.limit = limit
        self.maximum = maximum


class UnknownWorkflow(LookupError):
    def __init__(self, workflow: str) -> None:
        super().__init__(f"workflow: nothing is registered under the name or id {workflow!r}")
        self.workflow = workflow


class UnknownJob(LookupError):
    def __init__(self, job_id: str) -> None:
        super().__init__(f"jobId: there is no job {job_id!r}")
        self.job_id = job_id


class BeyondHead(LookupError):
    """A point after the last event there is."""


class BeforeBeginning(LookupError):
    """A point at which the job did not exist yet."""
