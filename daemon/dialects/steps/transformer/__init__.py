"""``inputTransformer``: the input of a step made from execution data."""

from daemon.dialects.steps.transformer.error import TransformError
from daemon.dialects.steps.transformer.fieldset import Fieldset, Reading
from daemon.dialects.steps.transformer.form import fieldset_problems, read_by

__all__ = ["Fieldset", "Reading", "TransformError", "fieldset_problems", "read_by"]
