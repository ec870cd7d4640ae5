"""What a definition is said to be: a workflow, an agent, or a word of its own (conductor.md
§1.1, *metadata*)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from daemon.gateway.asking import Ask
from daemon.gateway.conductor.listing import every_version

Json = dict[str, Any]

WORKFLOW, AGENT = "workflow", "agent"


def classifier_of(definition: Json) -> str:
    metadata = definition.get("metadata")
    if not isinstance(metadata, dict):
        return WORKFLOW
    given = metadata.get("classifier")
    if isinstance(given, str) and given.strip():
        return given
    is_agent = any(metadata.get(name) is not None for name in ("agent_sdk", "agentDef"))
    return AGENT if is_agent else WORKFLOW


async def classified(ask: Ask, wanted: Collection[str]) -> Json:
    """The condition that a job's version is one of these. Most definitions are workflows, so
    the others are named."""
    others: dict[str, list[str]] = {}
    for version in await every_version(ask):
        selector = {"versionId": version["versionId"]}
        found = await ask.inside("version.get", workflow=version["workflow"], version=selector)
        classifier = classifier_of(found["definition"])
        if classifier != WORKFLOW:
            others.setdefault(classifier, []).append(version["versionId"])
    if WORKFLOW in wanted:
        unwanted = [one for name, ids in others.items() if name not in wanted for one in ids]
        return {"field": "versionId", "test": "not in", "values": unwanted}
    named = [one for name in wanted for one in others.get(name, ())]
    return {"field": "versionId", "test": "in", "values": named}
