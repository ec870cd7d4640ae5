"""Settings of the secrets store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from config.sections import Section


class Secrets(Section, frozen=True, kw_only=True):
    """Values that tasks are given and no event holds. They lie in `secrets.sealed` in
    `paths.data_dir`, encrypted."""

    key_file: Annotated[
        Path,
        Meta(
            description="The key that opens them, readable by the daemon's user only; made with "
            "the first secret. Empty: secrets.key in `data_dir`."
        ),
    ]
    max_value_bytes: Annotated[int, Meta(ge=1, description="Longest value of a secret.")]
    max_secrets: Annotated[int, Meta(ge=0, description="Most secrets at a time.")]
    masked_values: Annotated[
        int,
        Meta(
            ge=0,
            description="Values that a secret had before and that are still masked, until a start.",
        ),
    ]
