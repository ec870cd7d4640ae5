from __future__ import annotations


class TransformError(ValueError):
    """A fieldset that makes no input of the data. ``where`` is the JSON pointer of what is to
    blame, counted from the transformer; ``missing`` the path that leads nowhere, if one does."""

    def __init__(self, where: str, message: str, missing: str | None = None) -> None:
        super().__init__(message)
        self.where = where
        self.missing = missing
