"""What the tasks of a loop are called: ``ref__2`` in its second iteration, ``ref__2__3`` in
the third iteration of a loop within that one (reference conductor.md §3.4, §4 DO_WHILE)."""

from __future__ import annotations

from collections.abc import Iterator

Around = tuple[int, ...]
"""The iterations that a task is in: of each loop around it, outermost first."""

_MARK = "__"


def inside(ref: str, around: Around) -> str:
    """The name of the step ``ref`` in those iterations."""
    if not around:
        return ref
    return _MARK.join((ref, *map(str, around)))


def readings(ref: str) -> Iterator[tuple[str, Around]]:
    """Every step and iterations that a task called ``ref`` may be of."""
    yield ref, ()
    around: Around = ()
    bare, mark, last = ref.rpartition(_MARK)
    while mark and last.isdecimal():
        around = (int(last), *around)
        yield bare, around
        bare, mark, last = bare.rpartition(_MARK)
