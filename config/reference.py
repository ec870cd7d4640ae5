"""The reference page of the settings: ``python -m config.reference > docs/settings.md``."""

from __future__ import annotations

import sys
from typing import Any, Literal, get_args, get_origin

from config.settings import meaning, section_types, setting_types, variable
from config.sources import FILE_VARIABLE, from_defaults

HEAD = f"""\
# Settings

*Made by `python -m config.reference`; change `config/sections.py` or `config/default.toml`.*

A value comes from the last of these that gives one: the default, the settings file, the
environment, a flag of the command line. The file is the one that `{FILE_VARIABLE}` names,
else `playhead.toml` in the user's configuration folder; it has a table for each section:

```toml
[store]
group_events = 500
```

An unknown name or a value out of range stops the daemon at its start, with every mistake
and its place in one answer.
"""


def page() -> str:
    """The whole page as Markdown."""
    defaults = {given.name: given.raw for given in from_defaults()}
    parts = [HEAD]
    for section, kind in section_types().items():
        rows = [_row(name, defaults[name]) for name in setting_types() if _in(section, name)]
        parts.append(
            f"\n## {section}\n\n{kind.__doc__}\n\n"
            "| setting | variable | type | default | meaning |\n|---|---|---|---|---|\n"
        )
        parts.extend(rows)
    return "".join(parts)


def _in(section: str, name: str) -> bool:
    return name.split(".")[0] == section


def _row(name: str, default: Any) -> str:
    cells = (
        f"`{name}`",
        f"`{variable(name)}`",
        _type(name),
        _default(default),
        meaning(name),
    )
    return f"| {' | '.join(cells)} |\n"


def _default(value: Any) -> str:
    match value:
        case "":
            return "empty"
        case bool():
            return f"`{str(value).lower()}`"
        case int():
            return f"{value:,}"
        case _:
            return f"`{value}`"


def _type(name: str) -> str:
    kind, *_ = get_args(setting_types()[name])
    if get_origin(kind) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(kind))
    return f"{_WORDS[kind.__name__]}{_range(name)}"


_WORDS = {
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "Path": "path",
    "str": "text",
}


def _range(name: str) -> str:
    (meta,) = setting_types()[name].__metadata__
    bounds = [("from", meta.ge), ("above", meta.gt), ("to", meta.le), ("below", meta.lt)]
    return "".join(f" {word} {bound:,}" for word, bound in bounds if bound is not None)


if __name__ == "__main__":
    sys.stdout.write(page())
