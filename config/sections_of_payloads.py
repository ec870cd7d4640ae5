"""The settings of large values (see ``config.sections``)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from config.sections import Section


class Payloads(Section, frozen=True, kw_only=True):
    """How long values of a job may be, as JSON. What is longer is dropped, and the task or the
    job fails and says so. For the input of a job see `jobs.max_input_bytes`. All are
    *pinned*: they hold for a job as they were at its submit."""

    max_output_bytes: Annotated[int, Meta(ge=1024, description="Longest output of a job.")]
    max_task_input_bytes: Annotated[int, Meta(ge=1024, description="Longest input of a task.")]
    max_task_output_bytes: Annotated[int, Meta(ge=1024, description="Longest output of a task.")]
    max_variables_bytes: Annotated[
        int, Meta(ge=1024, description="All variables of a job together.")
    ]
