"""Which steps stand on every way to a step."""

from __future__ import annotations

import msgspec

from daemon.dialects.steps.targets import following, reachable
from daemon.dialects.steps.workflow import Step, Workflow


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """``order`` has every step that can be reached, each behind those that always come
    before it; the maps are by a step's index. A bit of ``passed`` is the index of a step that
    is on every way to a step, itself among them."""

    order: tuple[Step, ...]
    passed: dict[int, int]
    directly_before: dict[int, tuple[Step, ...]]

    def comes_before(self, earlier: Step, step: Step) -> bool:
        """Whether ``earlier`` ran, whichever way led to ``step``."""
        return earlier is not step and bool(self.passed[step.index] >> earlier.index & 1)


def graph_of(workflow: Workflow) -> Graph:
    found = reachable(workflow)
    after = {index: following(workflow, step) for index, step in found.items()}
    before: dict[int, list[Step]] = {index: [] for index in found}
    for index, steps in after.items():
        for step in dict.fromkeys(step.index for step in steps):
            before[step].append(found[index])
    passed = _always_passed(workflow.steps[0].index, found, before)
    order = sorted(found.values(), key=lambda step: (passed[step.index].bit_count(), step.index))
    return Graph(
        order=tuple(order),
        passed=passed,
        directly_before={index: tuple(steps) for index, steps in before.items()},
    )


def _always_passed(
    first: int, found: dict[int, Step], before: dict[int, list[Step]]
) -> dict[int, int]:
    """For each step a bit set of the steps on every way to it, itself among them: all of
    them at first, then less and less until nothing changes."""
    everything = (1 << (max(found) + 1)) - 1
    passed = dict.fromkeys(found, everything)
    passed[first] = 1 << first
    changed = True
    while changed:
        changed = False
        for index, steps in before.items():
            if index == first:
                continue
            common = everything
            for step in steps:
                common &= passed[step.index]
            common |= 1 << index
            if common != passed[index]:
                passed[index], changed = common, True
    return passed
