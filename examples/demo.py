"""What Playhead does, shown in under a minute: ``make demo``.

Starts a daemon on a new directory, runs the two example workflows with a small worker,
kills the daemon in the middle, starts it again and looks back at what happened. Every
sentence that it prints as done has been checked; anything else ends it with an error.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from playhead import Client
from playhead.documents import JobDocument

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
BOXES = 30
PATIENCE_SECONDS = 40


class Broken(Exception):
    """Something that the demo claims is not so."""


def say(text: str = "") -> None:
    print(text, flush=True)


def check(so: object, claim: str) -> None:
    if not so:
        raise Broken(claim)
    say(f"  ok  {claim}")


def example(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((HERE / name).read_text())
    return loaded


class Stage:
    """A daemon and a worker process on one data directory."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.socket = data / "playhead.sock"
        self.daemon = self._start_daemon()
        self.worker = self._start_worker()

    def kill_daemon(self) -> None:
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()

    def restart_daemon(self) -> float:
        """Seconds until it was ready."""
        begun = time.monotonic()
        self.daemon = self._start_daemon()
        return time.monotonic() - begun

    def close(self) -> None:
        for process in (self.worker, self.daemon):
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)

    def _start_daemon(self) -> subprocess.Popen[str]:
        command = [PYTHON, "-m", "playhead", "serve", "--data", str(self.data)]
        command += ["--socket", str(self.socket), "--set", "log.level=warning"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent)
        assert process.stdout is not None
        line = process.stdout.readline()
        if "ready" not in line:
            raise Broken(f"the daemon did not start: {line.strip() or 'see above'}")
        return process

    def _start_worker(self) -> subprocess.Popen[bytes]:
        command = [PYTHON, str(HERE / "worker.py"), str(self.socket)]
        return subprocess.Popen(command, cwd=HERE.parent)


async def register(client: Client) -> None:
    say("\n1. Two workflow languages, one daemon")
    for name in ("shipping_issues.json", "mail_a_box.json"):
        added = await client.add_version(example(name))
        say(f"  registered {example(name)['name']} (Conductor), version {added['versionNumber']}")
    first = example("my-workflow.json")
    await client.add_version(first)
    second = example("my-workflow.json")
    second["steps"][0]["retries"] = 2
    added = await client.add_version(second)
    say("  registered my-workflow (JustWorkflowIt), versions 1 and 2")
    await client.set_tag("my-workflow", "$LIVE", 1)
    await client.set_tag("my-workflow", "$STAGING", 2)
    live = await client.get_tag("my-workflow", "$LIVE")
    check(live["versionNumber"] == 1 and added["versionNumber"] == 2, "$LIVE means version 1")


async def run_one(client: Client) -> JobDocument:
    say("\n2. A job of each")
    box = await client.submit_job("mail_a_box", input={"accountNumber": "4711"})
    document = await client.wait_for_job(box, timeout_seconds=PATIENCE_SECONDS)
    check(document["output"] == {"trackingNumber": "BOX-4711"}, f"job {box} mailed BOX-4711")
    data = await client.submit_job("my-workflow", input={})
    done = await client.wait_for_job(data, timeout_seconds=PATIENCE_SECONDS)
    check(done["output"] == {"data": "forty-two"}, f"job {data} fetched and processed data")
    return document


async def fail_one(client: Client) -> None:
    say("\n3. A job that fails starts its failure workflow")
    lost = await client.submit_job("mail_a_box", input={"accountNumber": "unknown"})
    failed = await client.wait_for_job(lost, timeout_seconds=PATIENCE_SECONDS)
    say(f"  {failed['reason']}")
    check(failed["status"] == "FAILED", "the job failed, and its worker's reason is kept")
    helper = await failure_job_of(client, lost)
    check(helper, f"it started job {helper} of shipping_issues")
    document = await client.wait_for_job(helper, timeout_seconds=PATIENCE_SECONDS)
    check(document["input"]["workflowId"] == lost, "that job was told which one failed")
    check(document["status"] == "COMPLETED", f"and wrote ticket {document['output']['ticket']}")


async def failure_job_of(client: Client, job_id: str) -> str:
    """The job that the failed one started; it does so right after its own end."""
    for _ in range(100):
        document = await client.get_job(job_id)
        if document["failureJobId"]:
            return str(document["failureJobId"])
        await asyncio.sleep(0.05)
    return ""


async def survive(client: Client, stage: Stage) -> None:
    say(f"\n4. kill -9 in the middle of {BOXES} jobs")
    boxes = [
        await client.submit_job("mail_a_box", input={"accountNumber": str(number)})
        for number in range(BOXES)
    ]
    await asyncio.sleep(0.3)
    stage.kill_daemon()
    say("  the daemon is dead; its worker goes on, with nobody to report to")
    ready = stage.restart_daemon()
    say(f"  started again on the same log, ready after {ready:.2f} s")
    ends = [await client.wait_for_job(box, timeout_seconds=PATIENCE_SECONDS) for box in boxes]
    done = sum(end["status"] == "COMPLETED" for end in ends)
    check(done == BOXES, f"all {BOXES} acknowledged jobs finished")
    again = [task for end in ends for task in end["tasks"] if task["attempt"] > 0]
    check(not again, "no attempt had to be repeated: what was recorded stayed recorded")


async def look_back(client: Client, document: JobDocument) -> None:
    say("\n5. Rewind a job to an earlier event")
    job_id = document["jobId"]
    events = (await client.call("events.read", {"job": job_id}))["events"]
    place = next(one["sequence"] for one in events if one["type"] == "TaskStarted")
    then = await client.get_job(job_id, at={"sequence": place})
    for one in events:
        mark = "->" if one["sequence"] == place else "  "
        say(f"   {mark} {one['sequence']:2}  {one['at'][11:23]}  {one['type']}")
    check(then["status"] == "RUNNING", f"after event {place} the job was RUNNING")
    check(then["tasks"][0]["status"] == "IN_PROGRESS", "its first task was in a worker's hands")
    check(document["status"] == "COMPLETED", "and now it is COMPLETED: the past is still there")


async def audit(client: Client) -> None:
    say("\n6. Who moved which tag, and is the log untouched?")
    await client.set_tag("my-workflow", "$LIVE", 2)
    asked = {"workflow": "my-workflow", "tag": "$LIVE"}
    history = (await client.call("tag.history", asked))["history"]
    for move in reversed(history):
        before = move["previousVersionNumber"] or "nothing"
        say(f"   {move['at'][11:23]}  {move['actor']}: $LIVE {before} -> {move['versionNumber']}")
    numbers = [move["versionNumber"] for move in history]
    check(numbers == [2, 1], "every move is known, with who made it")
    chain = await client.call("audit.verify")
    check(chain["ok"], f"the hash chain over {chain['events']} events holds")
    replayed = await client.call("replay.verify")
    check(replayed["ok"], f"folding the log again gives the same {replayed['jobs']} jobs")


async def play(stage: Stage) -> None:
    async with Client(stage.socket, reconnect_seconds=PATIENCE_SECONDS) as client:
        await register(client)
        document = await run_one(client)
        await fail_one(client)
        await survive(client, stage)
        await look_back(client, document)
        await audit(client)


def main() -> int:
    data = Path(tempfile.mkdtemp(prefix="playhead-demo-"))
    data.chmod(0o700)
    say("Playhead remembers everything: one append-only log is the only truth.")
    say(f"Starting a daemon in {data}")
    try:
        with closing(Stage(data)) as stage:
            asyncio.run(play(stage))
    except Broken as broken:
        say(f"  NOT SO: {broken}")
        return 1
    say(f"\nThe log of all this is {data / 'log.db'}. Look at it without a daemon:")
    say(f"  {PYTHON} -m playhead audit verify --offline {data / 'log.db'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
