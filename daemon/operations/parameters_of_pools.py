"""Parameters and results of ``pool.*``."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import Meta

from daemon.operations.parameters import Changing, Name, Parameters

Jobs = Annotated[int, Meta(ge=1, le=1_000_000)]


class OnePool(Parameters, frozen=True, kw_only=True):
    pool_id: Name


class PoolCreate(Changing, frozen=True, kw_only=True):
    name: Name
    worker_limit: Jobs
    targets_all_workflows: bool = False
    targeted_workflows: list[str] = []


class PoolUpdate(Changing, frozen=True, kw_only=True):
    pool_id: Name
    name: Name | None = None
    worker_limit: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    targets_all_workflows: bool | None = None
    targeted_workflows: list[str] | None = None


class PoolDelete(Changing, frozen=True, kw_only=True):
    pool_id: Name


class PoolChange(TypedDict):
    poolId: str


class PoolDocument(TypedDict):
    poolId: str
    name: str
    workerLimit: int
    targetsAllWorkflows: bool
    targetedWorkflowIds: list[str]
    createdAt: str
    updatedAt: str


class PoolDocuments(TypedDict):
    pools: list[PoolDocument]
