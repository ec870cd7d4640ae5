"""Secrets over the socket: made, listed, changed, told, forgotten, and in no log."""

from __future__ import annotations

import stat

import pytest

from tests.daemon.conftest import Start
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Wire

CANARY = "canary-4b1d-value"


def audited(wire: Wire, key: str) -> list[str]:
    wire.call("events.subscribe", stream=f"secret/{key}")  # once durable, in every read
    found = wire.call("events.read", stream=f"secret/{key}")["events"]
    return [one["type"] for one in found]


def test_a_secret_from_its_making_to_its_end(wire: Wire) -> None:
    made = wire.call("secret.create", key="LIFE", value=CANARY, description="of a test")
    assert set(made) == {"secretId", "key"}
    found = wire.call("secret.get", secret="LIFE")
    assert found == wire.call("secret.get", secret=made["secretId"])
    assert (found["key"], found["description"], found["hasValue"]) == ("LIFE", "of a test", True)
    assert found in wire.call("secret.list")["secrets"]
    told = wire.call("secret.resolve", secret="LIFE")
    assert told == {"key": "LIFE", "value": CANARY}
    wire.call("secret.update", secret="LIFE", value="another")
    assert wire.call("secret.resolve", secret=made["secretId"])["value"] == "another"
    wire.call("secret.update", secret="LIFE", description="told otherwise")
    changed = wire.call("secret.get", secret="LIFE")
    assert changed["description"] == "told otherwise"
    assert wire.call("secret.resolve", secret="LIFE")["value"] == "another"
    wire.call("secret.delete", secret="LIFE")
    assert wire.refusal("secret.get", secret="LIFE").type == "notFound"
    assert wire.refusal("secret.resolve", secret="LIFE").type == "notFound"
    again = wire.call("secret.create", key="LIFE", value="new")
    assert again["secretId"] != made["secretId"]
    assert audited(wire, "LIFE") == [
        "SecretCreated",
        "SecretResolved",
        "SecretChanged",
        "SecretResolved",
        "SecretChanged",
        "SecretResolved",
        "SecretDeleted",
        "SecretCreated",
    ]


def test_what_is_wrong_with_a_secret_is_said_without_its_value(wire: Wire) -> None:
    wire.call("secret.create", key="TAKEN", value="one")
    taken = wire.refusal("secret.create", key="TAKEN", value=CANARY)
    assert (taken.type, taken.data["refusal"]) == ("conflict", "secretTaken")
    wrong = (
        {"key": "a b", "value": CANARY},
        {"key": "a.b", "value": CANARY},
        {"key": "", "value": CANARY},
        {"key": "A", "value": ""},
        {"key": "A", "value": [CANARY]},
        {"key": "A", "value": CANARY * 10_000},
        {"key": "A", "value": CANARY, "more": CANARY},
    )
    for params in wrong:
        refused = wire.refusal("secret.create", params)
        assert refused.type == "invalidParams", params
        assert CANARY not in str(refused)
    assert wire.refusal("secret.update", secret="TAKEN").type == "invalidParams"
    assert wire.refusal("secret.update", secret="NONE", value="x").type == "notFound"
    assert wire.refusal("secret.delete", secret="NONE").type == "notFound"


def test_a_request_is_carried_out_once(wire: Wire, daemon: DaemonProcess) -> None:
    asked = {"key": "ONCE", "value": CANARY, "requestId": "secret-once"}
    made = wire.call("secret.create", asked)
    assert wire.call("secret.create", asked) == made
    other = wire.refusal("secret.create", {**asked, "value": "another"})
    assert other.type == "requestIdReused"
    renamed = {"secret": "ONCE", "description": "d", "requestId": "secret-described"}
    assert wire.call("secret.update", renamed) == wire.call("secret.update", renamed)
    same = {**renamed, "requestId": "secret-described-again"}
    assert wire.call("secret.update", same) == {"secretId": made["secretId"]}
    assert wire.call("secret.update", same) == {"secretId": made["secretId"]}
    gone = {"secret": "ONCE", "requestId": "secret-gone"}
    assert wire.call("secret.delete", gone) == wire.call("secret.delete", gone)


def test_copies_of_a_request_that_come_together_are_one(wire: Wire, daemon: DaemonProcess) -> None:
    asked = {"key": "TWINS", "value": CANARY, "requestId": "secret-twins"}
    with daemon.wire() as other:
        ids = [(one, one.send("secret.create", asked)) for one in (wire, other, wire, other)]
        answers = [one.result(id) for one, id in ids]
    assert all(answer == answers[0] for answer in answers)
    assert audited(wire, "TWINS") == ["SecretCreated"]


def test_many_at_once_are_all_kept(start: Start) -> None:
    daemon = start().ready()
    with daemon.wire() as wire:
        keys = [f"KEY_{n}" for n in range(20)]
        ids = [wire.send("secret.create", key=key, value=f"value of {key}") for key in keys]
        for id in ids:
            wire.result(id)
    daemon.kill()
    with daemon.again().wire() as wire:
        for key in keys:
            assert wire.call("secret.resolve", secret=key)["value"] == f"value of {key}"


@pytest.fixture
def filled(start: Start) -> DaemonProcess:
    """A daemon with a secret and a request that made it."""
    daemon = start().ready()
    with daemon.wire() as wire:
        wire.call("secret.create", key="KEPT", value=CANARY, requestId="made")
    return daemon


def test_a_kill_loses_nothing_and_repeats_nothing(filled: DaemonProcess) -> None:
    filled.kill()
    with filled.again().wire() as wire:
        assert wire.call("secret.resolve", secret="KEPT")["value"] == CANARY
        asked = {"key": "KEPT", "value": CANARY, "requestId": "made"}
        assert wire.call("secret.create", asked)["key"] == "KEPT"
        other = wire.refusal("secret.create", {**asked, "value": "x"})
        assert other.type == "requestIdReused"


def test_the_files_of_the_daemon_hold_no_value(filled: DaemonProcess) -> None:
    with filled.wire() as wire:
        wire.call("secret.update", secret="KEPT", value=f"{CANARY}-2")
        backup = filled.data / "copy.db"
        made = wire.call("system.backup", path=str(backup))
    assert made["secretsFile"] == str(filled.data / "secrets.sealed")
    assert made["secretsKeyFile"] == str(filled.data / "secrets.key")
    files = [file for file in filled.data.iterdir() if file.is_file()]
    assert backup in files
    for file in files:
        assert CANARY.encode() not in file.read_bytes(), file
    assert CANARY not in filled.logged()
    assert stat.S_IMODE((filled.data / "secrets.key").stat().st_mode) == 0o600


def test_a_backup_without_secrets_names_no_files(start: Start) -> None:
    daemon = start().ready()
    with daemon.wire() as wire:
        made = wire.call("system.backup", path=str(daemon.data / "copy.db"))
    assert (made["secretsFile"], made["secretsKeyFile"]) == (None, None)


def test_a_key_that_others_can_read_stops_the_start(filled: DaemonProcess, start: Start) -> None:
    filled.stop()
    (filled.data / "secrets.key").chmod(0o644)
    refused = start(data=filled.data)
    assert not refused.is_ready
    assert "secrets.key can be read or changed by others (its mode is 0644)" in refused.announced
    (filled.data / "secrets.key").chmod(0o600)
    assert filled.again().is_ready


def test_the_key_can_lie_elsewhere(start: Start) -> None:
    key = start().ready().data.with_name("elsewhere.key")
    daemon = start({"secrets.key_file": key}).ready()
    with daemon.wire() as wire:
        wire.call("secret.create", key="A", value=CANARY)
    assert key.exists()
    assert not (daemon.data / "secrets.key").exists()


def test_a_secret_without_its_value_is_said_and_can_be_given_one(filled: DaemonProcess) -> None:
    filled.stop()
    (filled.data / "secrets.sealed").unlink()
    with filled.again().wire() as wire:
        assert wire.call("secret.get", secret="KEPT")["hasValue"] is False
        assert "has no value" in wire.refusal("secret.resolve", secret="KEPT").message
        wire.call("secret.update", secret="KEPT", value="again")
        assert wire.call("secret.resolve", secret="KEPT")["value"] == "again"


def test_the_key_is_changed_and_that_is_recorded(filled: DaemonProcess) -> None:
    before = (filled.data / "secrets.key").read_bytes()
    with filled.wire() as wire:
        asked = {"requestId": "rotate"}
        assert wire.call("secret.rotateKey", asked) == {"rotated": True}
        after = (filled.data / "secrets.key").read_bytes()
        assert after != before
        assert wire.call("secret.rotateKey", asked) == {"rotated": True}
        assert (filled.data / "secrets.key").read_bytes() == after
        events = wire.call("events.read", stream="vault")["events"]
        assert [one["type"] for one in events] == ["VaultKeyRotated"]
    filled.kill()
    with filled.again().wire() as wire:
        assert wire.call("secret.resolve", secret="KEPT")["value"] == CANARY


def test_there_is_room_for_so_many(start: Start) -> None:
    daemon = start({"secrets.max_secrets": 1, "secrets.max_value_bytes": 3}).ready()
    with daemon.wire() as wire:
        wire.call("secret.create", key="A", value="abc")
        full = wire.refusal("secret.create", key="B", value="abc")
        assert "secrets.max_secrets" in full.message
        long = wire.refusal("secret.update", secret="A", value="abcd")
        assert "secrets.max_value_bytes" in long.message
