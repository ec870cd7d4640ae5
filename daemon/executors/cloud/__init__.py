"""Functions of cloud providers that do the work of a step."""
