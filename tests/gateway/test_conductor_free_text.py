"""Free text of a search finds what users gave and got."""

from __future__ import annotations

from tests.gateway.conductor import Line
from tests.gateway.conftest import Start
from tests.gateway.http import Http


def hits(http: Http, noun: str, text: str, query: str = "") -> list[str]:
    found = http.get(f"/api/{noun}/search?freeText={text}&query={query}").json
    assert found["totalHits"] == len(found["results"])
    return [one["workflowId"] for one in found["results"]]


def test_text_within_input_output_and_reason(http: Http) -> None:
    line = Line(http)
    http.post("/api/metadata/taskdefs", [{"name": line.types[0], "retryCount": 0}])
    body = {"name": line.name, "version": 1, "input": {"n": "Quark-7"}}
    workflow_id = http.post("/api/workflow", body).text
    assert hits(http, "workflow", "quark-7") == [workflow_id]
    assert hits(http, "tasks", "quark-7") == [workflow_id]
    assert hits(http, "workflow", "quark-8") == []
    assert hits(http, "workflow", "quark-7", "status%3DCOMPLETED") == []
    (task,) = line.poll()
    output, reason = {"of": "Boson-9"}, "no Higgs-1"
    line.report(task, "FAILED", outputData=output, reasonForIncompletion=reason)
    assert hits(http, "tasks", "boson-9") == hits(http, "tasks", "higgs-1") == [workflow_id]
    assert hits(http, "workflow", "higgs-1") == [workflow_id]


def test_what_is_masked_is_not_found(http: Http) -> None:
    line = Line(http, maskedFields=["secretly"])
    body = {"name": line.name, "version": 1, "input": {"secretly": "Lepton-3", "n": "Muon-4"}}
    workflow_id = http.post("/api/workflow", body).text
    assert hits(http, "workflow", "lepton-3") == hits(http, "tasks", "lepton-3") == []
    assert hits(http, "workflow", "muon-4") == [workflow_id]


def test_only_the_newest_are_looked_through_and_their_jobs_need_not_be_in_memory(
    start: Start,
) -> None:
    daemon = start({"lists.searched_values": 2, "jobs.cached_jobs": 1})
    daemon.ready()
    with daemon.http() as http:
        line = Line(http)
        ids = [
            http.post("/api/workflow", {"name": line.name, "input": {"n": "Gluon-5"}}).text
            for _ in range(3)
        ]
        assert hits(http, "workflow", "gluon-5") == ids[:0:-1]
        for workflow_id in ids:
            http.delete(f"/api/workflow/{workflow_id}")
        assert hits(http, "workflow", "gluon-5") == ids[:0:-1]
        assert hits(http, "workflow", ids[0]) == [ids[0]]
