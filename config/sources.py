"""Where raw setting values come from: one layer a source, later layers win."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

DEFAULTS = Path(__file__).with_name("default.toml")
PREFIX = "PLAYHEAD_"
FILE_VARIABLE = "PLAYHEAD_CONFIG"
"""Names the settings file; no setting itself."""


class Given(NamedTuple):
    """A raw value. ``name`` is ``section.key``, ``place`` is for error messages, ``source``
    for people who ask why a setting has its value."""

    name: str
    raw: Any
    place: str
    source: str
    text: bool
    """Written as text, so that ``"5"`` may mean 5."""


class Problem(NamedTuple):
    """One thing wrong with the settings: where, and what."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class SettingsError(ValueError):
    """Settings that cannot be used; ``problems`` has all of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def variable(name: str) -> str:
    """The environment variable of a setting. Those of ``paths`` leave their section out:
    ``PLAYHEAD_DATA_DIR``, ``PLAYHEAD_STORE_GROUP_EVENTS``."""
    return PREFIX + name.removeprefix("paths.").replace(".", "_").upper()


def from_defaults() -> Iterator[Given]:
    for given in from_file(DEFAULTS):
        yield given._replace(source="default")


def from_file(path: Path) -> Iterator[Given]:
    """Raises SettingsError for a file that cannot be read or is no TOML of tables."""
    for section, table in _tables(path):
        for key, raw in table.items():
            name = f"{section}.{key}"
            yield Given(name, raw, f"{path}: {name}", f"file {path}", text=False)


def from_environment(environment: Mapping[str, str], names: list[str]) -> Iterator[Given]:
    """Every ``PLAYHEAD_…`` variable; one that is no setting keeps its own name."""
    known = {variable(name): name for name in names}
    for key in sorted(environment):
        if key.startswith(PREFIX) and key != FILE_VARIABLE:
            name = known.get(key, key)
            yield Given(name, environment[key], key, f"environment {key}", text=True)


def from_command(usual: Mapping[str, Any]) -> Iterator[Given]:
    """What a command itself sets unless it is told otherwise."""
    for name, raw in usual.items():
        yield Given(name, raw, f"usual {name}", "command", text=False)


def from_flags(flags: Mapping[str, Any]) -> Iterator[Given]:
    for name, raw in flags.items():
        yield Given(name, raw, f"flag for {name}", "flag", text=isinstance(raw, str))


def _tables(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for section, table in _toml(path).items():
        if not isinstance(table, dict):
            message = "stands outside a section; put it under [store], [rpc] …"
            raise SettingsError((Problem(f"{path}: {section}", message),))
        yield section, table


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problem = Problem(str(path), f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        problem = Problem(str(path), f"is not UTF-8 at byte {error.start}")
    except tomllib.TOMLDecodeError as error:
        problem = Problem(str(path), f"is not TOML: {error}")
    raise SettingsError((problem,))
