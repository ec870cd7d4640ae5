"""The daemon's settings: default.toml < file < environment < flags, checked at the start.

>>> settings = load(flags={"store.group_events": 10})
>>> settings.store.group_events, settings.setting("store.group_events").source
(10, 'flag')
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import fields
from platformdirs import user_config_path, user_data_path

from config import (
    sections,
    sections_of_events,
    sections_of_executors,
    sections_of_limits,
    sections_of_payloads,
    sections_of_schedules,
    sections_of_secrets,
)
from config.sources import (
    FILE_VARIABLE,
    Given,
    Problem,
    SettingsError,
    from_command,
    from_defaults,
    from_environment,
    from_file,
    from_flags,
    variable,
)

__all__ = ["Problem", "Setting", "Settings", "SettingsError", "load", "settings_file", "variable"]


class Setting(NamedTuple):
    """One setting as it stands. ``source``: ``default``, ``file PATH``,
    ``environment VARIABLE`` or ``flag``."""

    name: str
    value: Any
    source: str
    meaning: str


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings by section: ``settings.store.group_events``."""

    paths: sections.Paths
    log: sections.Log
    store: sections.Store
    rpc: sections.Rpc
    http: sections.Http
    lists: sections.Lists
    jobs: sections.Jobs
    payloads: sections_of_payloads.Payloads
    limits: sections_of_limits.Limits
    workers: sections.Workers
    executors: sections_of_executors.Executors
    scripts: sections_of_executors.Scripts
    http_tasks: sections_of_executors.HttpTasks
    aws: sections_of_executors.Aws
    gcp: sections_of_executors.Gcp
    schedules: sections_of_schedules.Schedules
    secrets: sections_of_secrets.Secrets
    reactor: sections.Reactor
    events: sections_of_events.Events
    listener: sections_of_events.Listener
    projections: sections.Projections
    definitions: sections.Definitions
    stop: sections.Stop
    sources: Mapping[str, str]
    """Setting name to where its value comes from."""

    def setting(self, name: str) -> Setting:
        """The setting called ``section.key``; raises LookupError when there is none."""
        if name not in setting_types():
            raise LookupError(f"there is no setting {name}")
        section, key = name.split(".")
        value = getattr(getattr(self, section), key)
        return Setting(name, value, self.sources[name], meaning(name))

    def listed(self) -> list[Setting]:
        """Every setting, in the order of the reference page."""
        return [self.setting(name) for name in setting_types()]


@cache
def section_types() -> dict[str, type[sections.Section]]:
    hints = get_type_hints(Settings)
    return {field.name: hints[field.name] for field in fields(Settings) if field.name != "sources"}


@cache
def setting_types() -> dict[str, Any]:
    """Setting name to its annotated type, in order."""
    return {
        f"{section}.{field.name}": field.type
        for section, kind in section_types().items()
        for field in fields(kind)
    }


def meaning(name: str) -> str:
    """The sentence that explains a setting."""
    (meta,) = (part for part in setting_types()[name].__metadata__ if part.description)
    return str(meta.description)


def settings_file(environment: Mapping[str, str]) -> Path | None:
    """The file that PLAYHEAD_CONFIG names, else the user's ``playhead.toml`` if there is one."""
    named = environment.get(FILE_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    usual = user_config_path("playhead") / "playhead.toml"
    return usual if usual.exists() else None


def load(
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
    usual: Mapping[str, Any] | None = None,
) -> Settings:
    """Settings from the defaults and what is given. ``flags`` go by setting name:
    ``{"paths.data_dir": "/srv/playhead"}``; so does ``usual``, which stands above the
    defaults only. Raises SettingsError with every problem."""
    layers = [*from_defaults(), *from_command(usual or {})]
    if file is not None:
        layers += from_file(file)
    layers += from_environment(environment or {}, list(setting_types()))
    layers += from_flags(flags or {})
    return _settings(layers)


def _settings(layers: Iterable[Given]) -> Settings:
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for given in layers:
        try:
            values[given.name] = _converted(given)
            sources[given.name] = given.source
        except msgspec.ValidationError as error:
            problems.append(
                Problem(given.place, f"{error}{_choices(given)}; given is {given.raw!r}")
            )
        except LookupError as error:
            problems.append(Problem(given.place, str(error.args[0])))
    problems += _contradictions(values)
    if problems:
        raise SettingsError(tuple(problems))
    return _assembled(values, sources)


def _converted(given: Given) -> Any:
    kind = setting_types().get(given.name)
    if kind is None:
        raise LookupError(f"there is no such setting{_suggestion(given)}")
    value = msgspec.convert(given.raw, kind, strict=not given.text, dec_hook=_path)
    if isinstance(value, float) and not math.isfinite(value):
        raise msgspec.ValidationError("Expected a finite number")
    return value


def _path(kind: type, raw: Any) -> Path:
    if not isinstance(raw, (str, Path)):
        raise msgspec.ValidationError(f"Expected `str`, got `{type(raw).__name__}`")
    return Path(raw).expanduser().absolute() if str(raw) else UNSET


UNSET = Path()
"""An empty path in the settings: its place follows from the platform or another setting.
Every other path is absolute."""


def _choices(given: Given) -> str:
    kind = get_args(setting_types()[given.name])[0]
    return f", want one of {', '.join(get_args(kind))}" if get_origin(kind) is Literal else ""


def _suggestion(given: Given) -> str:
    by_spelling = {name: name for name in setting_types()}
    if given.source.startswith("environment"):
        by_spelling = {variable(name): name for name in setting_types()}
    near = difflib.get_close_matches(given.name, by_spelling, n=1)
    return f"; did you mean {near[0]}?" if near else ""


ORDERED = (
    ("lists.default_limit", "lists.max_limit"),
    ("store.group_bytes", "store.queued_bytes"),
    ("rpc.pause_unread_bytes", "rpc.max_unread_bytes"),
    ("projections.retry_seconds", "projections.retry_limit_seconds"),
    ("jobs.max_input_bytes", "rpc.max_line_bytes"),
    ("definitions.max_definition_bytes", "rpc.max_line_bytes"),
    ("jobs.max_input_bytes", "http.max_body_bytes"),
    ("definitions.max_definition_bytes", "http.max_body_bytes"),
)
"""The first may not be greater than the second."""


def _contradictions(values: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(smaller, f"is {values[smaller]}, more than {larger} = {values[larger]}")
        for smaller, larger in ORDERED
        if values[smaller] > values[larger]
    ]


def _assembled(values: dict[str, Any], sources: dict[str, str]) -> Settings:
    if values["paths.data_dir"] == UNSET:
        values["paths.data_dir"] = user_data_path("playhead", appauthor=False)
    if values["paths.socket"] == UNSET:
        values["paths.socket"] = values["paths.data_dir"] / "playhead.sock"
    if values["secrets.key_file"] == UNSET:
        values["secrets.key_file"] = values["paths.data_dir"] / "secrets.key"
    parts: dict[str, Any] = {
        section: kind(**{f.name: values[f"{section}.{f.name}"] for f in fields(kind)})
        for section, kind in section_types().items()
    }
    return Settings(**parts, sources=sources)
