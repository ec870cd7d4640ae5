"""Each workload runs, at the smallest size that shows it still measures something."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import fan_out, http, latency, restart, stages, throughput, volume
from benchmarks.__main__ import WORKLOADS
from benchmarks.options import Options, parsed
from benchmarks.table import Table, percentile, spread


@pytest.fixture
def tiny(tmp_path: Path) -> Options:
    return Options(
        directory=tmp_path,
        rounds=1,
        jobs=6,
        in_flight=2,
        warm_up=2,
        alone=2,
        finished=3,
        open=4,
        quiet_seconds=0,
        volumes=(2,),
    )


async def test_throughput(tiny: Options) -> None:
    table = await throughput.measure(tiny)
    assert [row[0] for row in table.rows] == ["ceiling", "tasks", "steps, with contracts"]
    for rate in (row[1] for row in table.rows):
        assert float(rate.replace(",", "")) > 0
    for events_a_second in (row[3] for row in table.rows[1:]):
        assert float(events_a_second.replace(",", "")) > 0


async def test_http(tiny: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "find_spec", lambda _: None)
    table = await http.measure(tiny)
    socket, bare = table.rows
    assert float(socket[2]) == 0
    assert float(bare[1]) > 0
    assert float(bare[2]) >= 4, "a submit and three results"


async def test_latency(tiny: Options) -> None:
    table = await latency.measure(tiny)
    ceiling, tasks = table.rows
    assert float(ceiling[1]) > 0
    assert float(tasks[1]) > 0
    assert float(tasks[3]) > 0, "commits were counted"


async def test_fan_out(tiny: Options) -> None:
    table = await fan_out.measure(replace(tiny, branches=2, fans=1))
    assert [row[0] for row in table.rows] == ["fan-out", "loop", "row"]
    assert all(float(row[3]) > 0 for row in table.rows)


async def test_restart(tiny: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYHEAD_WORKERS_WORKER_GRACE_SECONDS", "0.1")
    table = await restart.measure(tiny)
    assert len(table.rows) == 3
    for _, open_jobs, _, accepts, progress, done, verdict in table.rows:
        assert int(open_jobs) >= 4
        assert 0 < float(accepts) <= float(progress) <= float(done)
        assert verdict == "ok / ok"


async def test_volume(tiny: Options) -> None:
    (row,) = (await volume.measure(tiny)).rows
    _, log_kilobytes, projection_kilobytes, commits, events = row
    assert float(log_kilobytes) > float(projection_kilobytes) > 0
    assert float(commits) > 0
    assert float(events) == 11, "a job of three steps"


async def test_stages(tiny: Options) -> None:
    blocks: dict[str, list[tuple[str, ...]]] = {}
    for row in (await stages.measure(tiny)).rows:
        if not row[0].startswith(" "):
            blocks[row[0]] = []
        blocks[list(blocks)[-1]].append(row)
    assert list(blocks) == list(stages.LINES)
    for whole, *parts in blocks.values():
        for counted in (2, 3):
            total, *shares = (int(row[counted].replace(",", "")) for row in (whole, *parts))
            assert total == pytest.approx(sum(shares), abs=len(shares))
            assert all(shares), "every part of the daemon has its share"


def test_sizes_and_workloads_are_chosen_on_the_command_line() -> None:
    options = parsed(["w1", "--jobs", "500", "--volumes", "1", "8"], list(WORKLOADS))
    assert options == Options(workloads=("w1",), jobs=500, volumes=(1, 8))


def test_an_unknown_workload_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(["w9"], list(WORKLOADS))
    assert "there is no workload w9" in capsys.readouterr().err


def test_figures_are_medians_with_their_spread() -> None:
    assert spread([3.0, 1.0, 2000.0]) == "3 (1-2,000)"
    assert spread([0.25], 2) == "0.25"
    assert percentile(range(1, 101), 0.5) == 51
    assert percentile([7.0], 0.99) == 7


def test_columns_are_aligned() -> None:
    table = Table(title="T", columns=("", "wide"), rows=[("first", "1"), ("b", "22")])
    assert str(table).splitlines() == ["T", "          wide", "  first      1", "  b         22"]
