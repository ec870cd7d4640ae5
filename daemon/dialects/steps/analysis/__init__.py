"""The analysis of a definition when it is registered: does each step get what it needs?

The original tries a definition with random data, along every path. Here the data is always
the same and each step is looked at once, with what is there on every way to it, so the
verdict is the same each time and a chain of branches costs no more than its steps.
"""

from daemon.dialects.steps.analysis.findings import distinct, findings, malformed_problems

__all__ = ["distinct", "findings", "malformed_problems"]
