"""Where settings come from, what wins, and how mistakes are told."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from msgspec.structs import asdict

from config.settings import SettingsError, load, setting_types, settings_file, variable
from config.sources import DEFAULTS
from daemon.dialects.plan import Policy


def problems(**given: object) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(**given)  # type: ignore[arg-type]
    return [str(problem) for problem in caught.value.problems]


def written(folder: Path, text: str) -> Path:
    file = folder / "playhead.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_setting_has_a_default_and_every_default_a_setting() -> None:
    tables = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    assert [f"{section}.{key}" for section, table in tables.items() for key in table] == list(
        setting_types()
    )


def test_every_setting_says_what_it_means_in_a_sentence() -> None:
    for setting in load().listed():
        assert setting.meaning[0].isupper() or setting.meaning[0] == "`"
        assert setting.meaning.endswith((".", "*"))


def test_variables_are_unique() -> None:
    assert len({variable(name) for name in setting_types()}) == len(setting_types())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("store.group_events", 2_000),
        ("store.group_bytes", 8 * 1024 * 1024),
        ("store.queued_bytes", 64 * 1024 * 1024),
        ("store.spill_above_bytes", 16_384),
        ("lists.default_limit", 100),
        ("lists.max_limit", 1_000),
        ("jobs.contracts", "enforce"),
        ("workers.worker_grace_seconds", 2.0),
        ("projections.flush_seconds", 0.05),
        ("stop.stop_seconds", 5.0),
    ],
)
def test_promised_default(name: str, value: object) -> None:
    assert load().setting(name)[:3] == (name, value, "default")


def test_pinned_settings_have_the_defaults_of_the_policy() -> None:
    settings = load()
    pinned = {**asdict(settings.payloads), **asdict(settings.jobs)}
    assert Policy() == Policy(
        **{name: pinned[name] for name in Policy.__struct_fields__ if name != "contracts"}
    )
    assert Policy().contracts == settings.jobs.contracts


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    file = written(
        tmp_path, "[store]\ngroup_events = 1\nqueued_bytes = 9_000_000\ngroup_bytes = 7\n"
    )
    environment = {"PLAYHEAD_STORE_GROUP_EVENTS": "2", "PLAYHEAD_STORE_QUEUED_BYTES": "8000000"}
    settings = load(file=file, environment=environment, flags={"store.group_events": 3})
    assert {s.name: (s.value, s.source) for s in settings.listed() if s.source != "default"} == {
        "store.group_events": (3, "flag"),
        "store.group_bytes": (7, f"file {file}"),
        "store.queued_bytes": (8_000_000, "environment PLAYHEAD_STORE_QUEUED_BYTES"),
    }
    assert settings.setting("store.spill_above_bytes").source == "default"


def test_text_is_read_by_type_from_environment_and_flags() -> None:
    settings = load(
        environment={
            "PLAYHEAD_DEFINITIONS_REQUIRE_OWNER_EMAIL": "true",
            "PLAYHEAD_STOP_STOP_SECONDS": "1.5",
        },
        flags={"rpc.max_batch": "7"},
    )
    assert settings.definitions.require_owner_email is True
    assert settings.stop.stop_seconds == 1.5
    assert settings.rpc.max_batch == 7


def test_settings_do_not_change() -> None:
    settings = load()
    with pytest.raises(AttributeError):
        settings.store.group_events = 1  # type: ignore[misc]


def test_unknown_setting_is_no_setting() -> None:
    with pytest.raises(LookupError, match=r"store\.nothing"):
        load().setting("store.nothing")


class TestPaths:
    def test_the_platform_says_where_the_data_lies(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
        paths = load().paths
        assert paths.data_dir == tmp_path / "playhead"
        assert paths.socket == tmp_path / "playhead" / "playhead.sock"

    def test_the_socket_follows_the_data(self, tmp_path: Path) -> None:
        paths = load(environment={"PLAYHEAD_DATA_DIR": str(tmp_path)}).paths
        assert paths.socket == tmp_path / "playhead.sock"

    def test_the_working_directory_and_home_are_named_in_full(self) -> None:
        paths = load(flags={"paths.data_dir": ".", "paths.socket": Path("~/here.sock")}).paths
        assert (paths.data_dir, paths.socket) == (Path.cwd(), Path.home() / "here.sock")


class TestFile:
    def test_is_the_one_that_the_variable_names(self) -> None:
        assert settings_file({"PLAYHEAD_CONFIG": "/etc/p.toml"}) == Path("/etc/p.toml")

    def test_is_the_usual_one_if_there_is_one(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        assert settings_file({}) is None
        (tmp_path / "playhead").mkdir()
        assert settings_file({}) is None
        usual = written(tmp_path / "playhead", "")
        assert settings_file({}) == usual

    def test_that_is_missing_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "no.toml"
        assert problems(file=file) == [f"{file}: cannot be read: No such file or directory"]

    def test_that_is_no_toml_is_told_with_its_line(self, tmp_path: Path) -> None:
        (problem,) = problems(file=written(tmp_path, "[store]\ngroup_events = = 1"))
        assert "is not TOML" in problem
        assert "line 2" in problem

    def test_that_is_no_text_is_told(self, tmp_path: Path) -> None:
        file = tmp_path / "playhead.toml"
        file.write_bytes(b"[a]\n\xff")
        assert problems(file=file) == [f"{file}: is not UTF-8 at byte 4"]

    def test_a_key_outside_a_section_is_told(self, tmp_path: Path) -> None:
        (problem,) = problems(file=written(tmp_path, "group_events = 1"))
        assert "group_events: stands outside a section" in problem

    def test_a_number_written_as_text_is_refused(self, tmp_path: Path) -> None:
        (problem,) = problems(file=written(tmp_path, '[store]\ngroup_events = "5"'))
        assert problem.endswith(
            "playhead.toml: store.group_events: Expected `int`, got `str`; given is '5'"
        )


class TestMistakes:
    def test_are_told_all_at_once_with_their_places(self, tmp_path: Path) -> None:
        file = written(tmp_path, "[store]\ngroup_event = 1\n[log]\nlevel = 'loud'\n")
        environment = {"PLAYHEAD_DATADIR": "/srv", "PLAYHEAD_RPC_MAX_BATCH": "0"}
        found = problems(file=file, environment=environment, flags={"stop.stop_seconds": "soon"})
        suggestion = "did you mean store.group_events?"
        levels = "debug, info, warning, error, critical"
        assert found == [
            f"{file}: store.group_event: there is no such setting; {suggestion}",
            f"{file}: log.level: Invalid enum value 'loud', want one of {levels}; given is 'loud'",
            "PLAYHEAD_DATADIR: there is no such setting; did you mean PLAYHEAD_DATA_DIR?",
            "PLAYHEAD_RPC_MAX_BATCH: Expected `int` >= 1; given is '0'",
            "flag for stop.stop_seconds: Expected `float`, got `str`; given is 'soon'",
        ]

    @pytest.mark.parametrize("number", ["inf", "-inf", "nan"])
    def test_a_number_is_finite(self, number: str) -> None:
        (problem,) = problems(environment={"PLAYHEAD_RPC_DRAIN_SECONDS": number})
        assert problem.startswith("PLAYHEAD_RPC_DRAIN_SECONDS: Expected")

    def test_a_path_is_text(self) -> None:
        assert problems(flags={"paths.socket": 5}) == [
            "flag for paths.socket: Expected `str`, got `int`; given is 5"
        ]

    @pytest.mark.parametrize(
        ("smaller", "larger"),
        [
            ("lists.default_limit", "lists.max_limit"),
            ("store.group_bytes", "store.queued_bytes"),
            ("rpc.pause_unread_bytes", "rpc.max_unread_bytes"),
            ("jobs.max_input_bytes", "rpc.max_line_bytes"),
            ("definitions.max_definition_bytes", "rpc.max_line_bytes"),
            ("projections.retry_seconds", "projections.retry_limit_seconds"),
        ],
    )
    def test_settings_that_contradict_are_told(self, smaller: str, larger: str) -> None:
        defaults = load()
        too_much = defaults.setting(larger).value + 1
        message = f"{smaller}: is {too_much}, more than {larger} = {too_much - 1}"
        assert message in problems(flags={smaller: too_much})

    def test_the_error_is_a_value_error_with_a_line_for_each(self) -> None:
        flags = {"lists.max_limit": 0, "lists.default_limit": 0}
        with pytest.raises(ValueError, match=r"max_limit.*\n.*default_limit"):
            load(flags=flags)
