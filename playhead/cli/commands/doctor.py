"""``playhead doctor``: one line for each thing that could be wrong, and what to do."""

from __future__ import annotations

from argparse import ArgumentParser

from playhead.cli.exits import Exit
from playhead.cli.health import FAIL, Finding, look
from playhead.cli.session import Session


def fill(parser: ArgumentParser) -> None:
    parser.set_defaults(run=doctor)


def doctor(session: Session) -> int:
    findings = look(session)
    if session.output.as_json:
        session.output.json({"checks": [finding._asdict() for finding in findings]})
    else:
        for finding in findings:
            _print(session, finding)
    failed = any(finding.verdict == FAIL for finding in findings)
    return Exit.FAILURE if failed else Exit.OK


def _print(session: Session, finding: Finding) -> None:
    verdict = session.output.painted(f"{finding.verdict:<4}")
    session.output.line(f"{verdict}  {finding.check}: {finding.found}")
    if finding.fix:
        session.output.line(f"      fix: {finding.fix}")
