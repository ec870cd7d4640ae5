"""``runChildJob``: other jobs do the work of a step.

Each child has a task of its own, called ``<step>/<child>`` or ``<step>/<child>[0]``, which
starts the job and is not seen by other steps. The step's task joins them. The step's
``retries`` are each child's own; when all have ended for good, the step fails if one failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from daemon.dialects.contracts.violation import shown
from daemon.dialects.plan import Fault, JobView, Schedule, TaskRules
from daemon.dialects.steps.built_in import RUN_CHILD_JOB, child_id
from daemon.dialects.steps.missing import missing_text
from daemon.dialects.steps.transformer.path import MISSING, find_own, split
from eventstore.events import Value

CHILD_KIND: Final = "child"
_SIDES: Final = {"input": "Input", "output": "Output"}


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """``path`` None: one job with the step's input; else one for each element there."""

    name: str
    workflow: str
    version_number: int | None = None
    version_id: str | None = None
    tag: str | None = None
    path: tuple[str, ...] | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One job to start."""

    child: Child
    ref: str
    input: Value


class Children(msgspec.Struct, frozen=True, kw_only=True):
    step: str
    children: tuple[Child, ...]
    rules: TaskRules
    """Of the tasks of the children."""
    max_members: int

    def members(self, given: Value, data: Mapping[str, Any]) -> tuple[Member, ...] | Fault:
        """The jobs to start for a step with the input ``given``."""
        found: list[Member] = []
        for child in self.children:
            if child.path is None:
                found.append(Member(child=child, ref=f"{self.step}/{child.name}", input=given))
                continue
            elements = find_own(data, _in_data(child.path))
            if not isinstance(elements, list):
                return self._no_list(child.path, elements, data)
            found += self._each(child, elements)
        if len(found) > self.max_members:
            return Fault(
                reason=f"step '{self.step}' would start {len(found)} jobs; "
                f"at most {self.max_members} are allowed"
            )
        return tuple(found)

    def _each(self, child: Child, elements: list[Any]) -> Iterator[Member]:
        for place, element in enumerate(elements):
            ref = f"{self.step}/{child.name}[{place}]"
            yield Member(child=child, ref=ref, input=element)

    def _no_list(self, path: tuple[str, ...], found: Any, data: Mapping[str, Any]) -> Fault:
        where = ".".join(path)
        if found is MISSING:
            return Fault(reason=f"forEach of step '{self.step}': {missing_text(where, data)}")
        return Fault(
            reason=f"forEach of step '{self.step}': {where} is {shown(found)}, which is no array"
        )

    def schedule(self, member: Member, iteration: int) -> Schedule:
        return Schedule(
            ref=member.ref,
            name=member.ref,
            task_type=RUN_CHILD_JOB,
            kind=CHILD_KIND,
            input=member.input,
            iteration=iteration,
            offered=False,
            starts_job=True,
        )

    def output(self, job: JobView, members: tuple[Member, ...]) -> Value:
        """An only child's output as it is; else those of all by child, in order for each
        element."""
        if len(self.children) == 1 and self.children[0].path is None:
            return _output(job, members[0].ref)
        outputs: dict[str, Any] = {
            child.name: [] if child.path is not None else None for child in self.children
        }
        for member in members:
            value = _output(job, member.ref)
            if member.child.path is None:
                outputs[member.child.name] = value
            else:
                outputs[member.child.name].append(value)
        return outputs


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose task a task is that stands in no definition."""

    step: str
    child: Child
    rules: TaskRules


class Owners:
    def __init__(self, owners: Mapping[str, Owner]) -> None:
        self._owners = owners

    def of(self, ref: str) -> Owner | None:
        """None: ``ref`` is no task of a child."""
        if not self._owners:
            return None
        found = self._owners.get(ref)
        if found is None and ref.endswith("]"):
            found = self._owners.get(ref.rpartition("[")[0])
        return found


def owners_of(steps: Iterable[Children | None]) -> Owners:
    return Owners(
        {
            f"{one.step}/{child.name}": Owner(step=one.step, child=child, rules=one.rules)
            for one in steps
            if one is not None
            for child in one.children
        }
    )


def children_of(
    step: str, config: Mapping[str, Any], rules: TaskRules, max_members: int
) -> Children:
    """For a config of the right form. ``rules``: of an attempt of the step."""
    return Children(
        step=step,
        children=tuple(_child(given) for given in config["children"]),
        rules=replace(
            rules,
            timeout_seconds=0,
            total_timeout_seconds=0,
            permissive=True,
            ends_child=bool(config.get("cancelWithParent", False)),
        ),
        max_members=max_members,
    )


def _child(given: Mapping[str, Any]) -> Child:
    version = given.get("workflowVersion") or {}
    each = given.get("forEach")
    return Child(
        name=child_id(given),
        workflow=given["workflowName"],
        version_number=version.get("versionNumber"),
        version_id=version.get("versionId"),
        tag=version.get("tag"),
        path=None if each is None else split(each["arrayPath"]),
    )


def _in_data(path: tuple[str, ...]) -> tuple[str, ...]:
    """``aStep.output.items`` is another way to write ``aStepOutput.items``."""
    if len(path) > 1 and path[1] in _SIDES:
        return (path[0] + _SIDES[path[1]], *path[2:])
    return path


def _output(job: JobView, ref: str) -> Value:
    task = job.latest(ref)
    return None if task is None else task.output
