"""``playhead secret``: a value comes in on standard input and goes out only when asked for."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.cli.conftest import Done, Run

VALUE = "canary-of-the-command-line"


@pytest.fixture
def feed(ask: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command with text on its standard input."""

    def feed(text: str, *words: str) -> Done:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        return ask(*words)

    return feed


def test_the_life_of_a_secret(ask: Run, feed: Run) -> None:
    made = feed(f"{VALUE}\n", "secret", "create", "CLI_KEY", "--description", "mine")
    assert (made.code, made.out) == (0, "Stored CLI_KEY.\n")
    listed = ask("secret", "list")
    assert "CLI_KEY" in listed.out
    assert "mine" in listed.out
    assert VALUE not in listed.out
    assert ask("secret", "resolve", "CLI_KEY").out == f"{VALUE}\n"
    assert feed("other", "secret", "update", "CLI_KEY").code == 0
    assert ask("secret", "resolve", "CLI_KEY").out == "other\n"
    assert ask("secret", "update", "CLI_KEY", "--description", "yours").code == 0
    assert ask("secret", "resolve", "CLI_KEY", "-o", "json").json["value"] == "other"
    assert ask("secret", "rotate-key").code == 0
    assert ask("secret", "delete", "CLI_KEY").code == 0
    assert ask("secret", "resolve", "CLI_KEY").code != 0


def test_a_value_is_no_argument(ask: Run, feed: Run) -> None:
    assert ask("secret", "create", "CLI_OTHER", VALUE).code == 2
    empty = feed("", "secret", "create", "CLI_OTHER")
    assert empty.code == 2
    assert "no value on standard input" in empty.err


def test_a_backup_says_what_it_leaves_out(ask: Run, feed: Run, tmp_path: Path) -> None:
    feed(VALUE, "secret", "create", "CLI_BACKED_UP")
    said = ask("backup", str(tmp_path / "copy.db")).out
    assert "The secrets are not in it: save " in said
    assert "secrets.key in another place." in said
