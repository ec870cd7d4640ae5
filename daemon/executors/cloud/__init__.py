"""Functions of cloud providers that do the work of a step."""


class ExtraMissing(RuntimeError):
    """A setting asks for a library that is not installed. The message says which to install."""
