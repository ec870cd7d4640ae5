"""Starting a job: which version, under which pins, with which id.

Used by the submit operation and by jobs that start other jobs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import orjson

from daemon.clock import Entropy
from daemon.decider.commands import Submit
from daemon.decider.identity import submitted_job_id
from daemon.decider.state import ChildRequest, JobState
from daemon.decider.turn import Refusal, RefusalKind
from daemon.decider.workflows import Version, Workflow
from daemon.dialects.plan import Known, Pins, Plan, Policy, Problem
from daemon.dialects.registry import dialect_named, dialect_of
from daemon.reactor.catalog import Catalog
from daemon.reactor.claims import Claims, Strategy
from daemon.reactor.jobs import Context, Done, Jobs
from daemon.reactor.keys import Keys
from daemon.reactor.ledger import Ledger
from daemon.reactor.limits import STREAMS
from daemon.reactor.pools import Pools
from daemon.reactor.schemas import Schemas
from daemon.reactor.shelf import Shelf, digest_of
from eventstore.events import UnderLimit
from eventstore.store import Entry

OF_WORKFLOWS = f"{STREAMS}workflow/"


class Selector(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Exactly one of the three; none: the dialect's default."""

    tag: str | None = None
    version_number: int | None = None
    version_id: str | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a submit says beside workflow and version."""

    input: Any = None
    correlation_id: str | None = None
    priority: int = 0
    domains: dict[str, str] = {}
    cause_job: str | None = None
    parent_task: int | None = None
    depth: int = 0
    shares: tuple[str, ...] = ()
    """Limits of which a job above holds a slot."""
    event: str | None = None
    """The event whose handler asks."""
    deferred: tuple[str, ...] = ()
    """Expressions in ``input`` that name secrets, as the asking job's definition wrote them."""
    job_id: str | None = None
    """Chosen by the asking job; None: a new one."""
    idempotency_key: str | None = None
    strategy: Strategy = Strategy.FAIL


class Owner(NamedTuple):
    """What a job is called after; the id is empty where no workflow was registered."""

    workflow_id: str
    name: str


class Starts:
    def __init__(
        self,
        ledger: Ledger,
        catalog: Catalog,
        schemas: Schemas,
        shelf: Shelf,
        jobs: Jobs,
        keys: Keys,
        pools: Pools,
        *,
        policy: Policy,
        entropy: Entropy,
    ) -> None:
        self._store = ledger.store
        self._catalog = catalog
        self._schemas = schemas
        self._shelf = shelf
        self._claims = Claims(keys, jobs)
        self._pools = pools
        self._policy = policy
        self._entropy = entropy
        self._pins: dict[str, tuple[tuple[int, int], str, bytes]] = {}

    def submit(
        self, workflow: str, selector: Selector, wanted: Wanted, context: Context
    ) -> Done | Refusal:
        """Decide the submit on the catalog as decided so far; the workflow's stream guards
        that the version it resolved to is the version at that moment. Raises Cold."""
        cell = self._catalog.find(workflow)
        if cell is None or cell.tail is None:
            return no_such_workflow(workflow)
        version = select(cell.tail, selector)
        if isinstance(version, Refusal):
            return version
        pins, document = self.pins_of(version)
        pinned = self._shelf.plan(version.dialect, version.definition, pins)
        if wanted.parent_task is not None:
            wanted = _with_fitting_input(pinned.plan, wanted)
        return self._claims.submit(
            pinned,
            self._under_limits(
                pinned.plan,
                self._command(
                    Owner(workflow_id=cell.tail.workflow_id, name=cell.tail.name),
                    version,
                    pins,
                    _tag_of(cell.tail, version, selector),
                    wanted,
                ),
            ),
            wanted.strategy,
            context,
            (Entry(stream=cell.stream, expected=cell.tail.sequence),),
            {pins: document},
        )

    def submit_document(
        self, definition: dict[str, Any], wanted: Wanted, context: Context
    ) -> Done | Refusal:
        """A job of a definition that is kept for it and belongs to no workflow. Raises Cold."""
        document = orjson.dumps(definition)
        digest = digest_of(document)
        self._shelf.keep_definition(digest, definition)
        return self.submit_definition(digest, wanted, context, document)

    def submit_definition(
        self, digest: str, wanted: Wanted, context: Context, document: bytes | None = None
    ) -> Done | Refusal:
        """A job of a definition that belongs to no workflow: a stored one, or ``document``,
        which is stored with it. Raises Cold."""
        definition = self._shelf.definition(digest)
        dialect = dialect_of(definition)
        if isinstance(dialect, Problem):
            return _unusable((dialect,))
        known = Known(
            task_types=self._catalog.task_type_names(),
            templates=self._catalog.task_type_templates(),
            schemas=self._schemas.keys(),
            within_job=wanted.parent_task is not None,
        )
        errors = dialect.validate(definition, known).errors
        if errors:
            return _unusable(errors)
        version = Version(
            version_id=digest,
            number=dialect.version_number(definition) or 1,
            dialect=dialect.name,
            definition=digest,
            created_at=self._store.now(),
            created_by=context.actor,
        )
        pins, pinned_document = self.pins_of(version)
        pinned = self._shelf.plan(version.dialect, digest, pins)
        name = dialect.workflow_name(definition) or digest
        owner = Owner(workflow_id="", name=name)
        command = self._under_limits(pinned.plan, self._command(owner, version, pins, None, wanted))
        documents = {pins: pinned_document}
        if document is not None:
            documents[digest] = document
        return self._claims.submit(pinned, command, wanted.strategy, context, (), documents)

    def frozen(self, parent: JobState, asked: ChildRequest) -> Selector:
        """The version that a child without one was given when its parent was submitted.
        Raises Cold."""
        if asked.tag is not None or asked.version_id is not None:
            return Selector(tag=asked.tag, version_id=asked.version_id)
        number = asked.version_number
        if number is None and asked.workflow is not None:
            number = self._shelf.pins(parent.frame.pins).versions.get(asked.workflow)
        return Selector(version_number=number)

    def pins_of(self, version: Version) -> tuple[str, bytes]:
        """Digest and text of what a submit of ``version`` pins now. Raises Cold."""
        revision = (self._catalog.revision, self._schemas.revision)
        kept = self._pins.get(version.definition)
        if kept is not None and kept[0] == revision:
            return kept[1], kept[2]
        definition = self._shelf.definition(version.definition)
        dialect = dialect_named(version.dialect)
        task_types = self._catalog.settings_of(tuple(dialect.task_types(definition)))
        pins = Pins(
            policy=self._policy,
            task_types=task_types,
            versions=self._catalog.highest_of(dialect.sub_workflows(definition)),
            schemas=self._schemas.data_of(dialect.schemas(definition, task_types)),
        )
        document = msgspec.json.encode(pins, order="deterministic")
        digest = digest_of(document)
        self._shelf.keep_pins(digest, pins)
        self._pins[version.definition] = (revision, digest, document)
        return digest, document

    def latest_of(self, state: JobState) -> Version | Refusal:
        """The newest version of a job's workflow, for a restart."""
        cell = self._catalog.find(state.frame.workflow_id)
        if cell is None or cell.tail is None:
            return no_such_workflow(state.frame.workflow_id)
        tag = state.frame.tag
        return select(cell.tail, Selector(tag=tag) if tag is not None else Selector())

    def _under_limits(self, plan: Plan, command: Submit) -> Submit:
        """With the limits it is under. One of which a job above holds the slot is no other:
        the two would wait for each other."""
        limits: list[UnderLimit] = []
        own = plan.job_limit(command.input, command.correlation_id)
        if own is not None:
            name = f"{OF_WORKFLOWS}{own.key}"
            limits.append(UnderLimit(limit=name, most=own.most, rejects=own.rejects))
        pool = self._pools.limit_of(command.workflow_id)
        if pool is not None:
            limits.append(pool)
        if not limits:
            return command
        left = tuple(one for one in limits if one.limit not in command.shares)
        return msgspec.structs.replace(command, limits=left)

    def _command(
        self, owner: Owner, version: Version, pins: str, tag: str | None, wanted: Wanted
    ) -> Submit:
        drawn = self._entropy(18)
        return Submit(
            job_id=wanted.job_id or submitted_job_id(self._store.now() // 1000, drawn),
            workflow_id=owner.workflow_id,
            workflow=owner.name,
            version_id=version.version_id,
            version_number=version.number,
            dialect=version.dialect,
            definition=version.definition,
            pins=pins,
            seed=drawn[10:].hex(),
            tag=tag,
            correlation_id=wanted.correlation_id,
            priority=wanted.priority,
            domains=wanted.domains,
            cause_job=wanted.cause_job,
            parent_task=wanted.parent_task,
            depth=wanted.depth,
            event=wanted.event,
            shares=wanted.shares,
            idempotency_key=wanted.idempotency_key or None,
            deferred=wanted.deferred,
            input=wanted.input,
        )


def _with_fitting_input(plan: Plan, wanted: Wanted) -> Wanted:
    """A task that starts a job has an input always; an empty one is none for a workflow that
    takes none."""
    if wanted.input != {} or not plan.prepare({}).problems or plan.prepare(None).problems:
        return wanted
    return msgspec.structs.replace(wanted, input=None)


def _unusable(problems: tuple[Problem, ...]) -> Refusal:
    first = problems[0]
    return Refusal(
        kind=RefusalKind.INVALID_DEFINITION,
        message=f"{first.path or '/'}: {first.message}",
        problems=problems,
    )


def _tag_of(workflow: Workflow, version: Version, selector: Selector) -> str | None:
    if selector != Selector():
        return selector.tag
    default = dialect_named(version.dialect).default_tag
    return default if default is not None and default in workflow.tags else None


def select(workflow: Workflow, selector: Selector) -> Version | Refusal:
    """The version that ``selector`` means in ``workflow``."""
    if selector.tag is not None:
        found, what = workflow.tagged(selector.tag), f"tag {selector.tag}"
    elif selector.version_number is not None:
        found, what = workflow.numbered(selector.version_number), f"{selector.version_number}"
    elif selector.version_id is not None:
        found, what = workflow.versions.get(selector.version_id), f"{selector.version_id}"
    else:
        return _by_default(workflow)
    if found is None:
        return Refusal(
            kind=RefusalKind.NO_SUCH_VERSION,
            message=f"workflow {workflow.name!r} has no version {what}"
            if selector.tag is None
            else f"workflow {workflow.name!r} has no {what}; set it with tag.set",
        )
    return found


def _by_default(workflow: Workflow) -> Version | Refusal:
    newest = workflow.newest()
    if newest is None:
        return Refusal(
            kind=RefusalKind.NO_VERSION,
            message=f"workflow {workflow.name!r} has no version yet; add one with version.add",
        )
    tag = dialect_named(newest.dialect).default_tag
    if tag is None:
        return newest
    tagged = workflow.tagged(tag)
    if tagged is None:
        return Refusal(
            kind=RefusalKind.NO_VERSION,
            message=f"workflow {workflow.name!r} has no {tag} version; set the tag with "
            "tag.set, or say which version to run",
        )
    return tagged


def no_such_workflow(workflow: str) -> Refusal:
    return Refusal(kind=RefusalKind.NO_SUCH_WORKFLOW, message=f"there is no workflow {workflow!r}")
