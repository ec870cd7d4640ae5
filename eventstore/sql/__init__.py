"""The statements of the SQLite log, one file per group. ``-- name`` starts a statement."""

from __future__ import annotations

from importlib.resources import files


def statements(group: str) -> dict[str, str]:
    """The statements of ``<group>.sql`` by name."""
    text = files(__name__).joinpath(f"{group}.sql").read_text(encoding="utf-8")
    named = [part.partition("\n") for part in text.split("-- name: ")[1:]]
    return {name.strip(): sql.strip().removesuffix(";") for name, _, sql in named}


def script(name: str) -> str:
    """A whole file, to be run as it is."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
