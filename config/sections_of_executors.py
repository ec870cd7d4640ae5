"""Settings of what the daemon does itself: executors, scripts, HTTP and cloud calls."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from config.sections import Section


class Executors(Section, frozen=True, kw_only=True):
    """Task types that the daemon does itself."""

    concurrency: Annotated[int, Meta(ge=1, description="Tasks of one type that run at a time.")]
    kafka_timeout_seconds: Annotated[
        float, Meta(gt=0, description="Most time for publishing one record to Kafka.")
    ]


class Scripts(Section, frozen=True, kw_only=True):
    """JavaScript and jq, in child processes that can be killed."""

    processes: Annotated[int, Meta(ge=1, description="Scripts that run at a time.")]
    timeout_seconds: Annotated[
        float, Meta(gt=0, description="A script that runs longer is killed.")
    ]
    memory_bytes: Annotated[int, Meta(ge=1 << 20, description="Memory that one script may take.")]
    max_value_bytes: Annotated[
        int, Meta(ge=1024, description="Longest input and longest result of a script, as JSON.")
    ]
    max_depth: Annotated[
        int, Meta(ge=4, le=512, description="Deepest nesting of a script's result.")
    ]
    known_scripts: Annotated[
        int,
        Meta(ge=0, description="Scripts of definitions whose check is remembered."),
    ]


class HttpTasks(Section, frozen=True, kw_only=True):
    """HTTP tasks: where they may call, and how long and how much."""

    allow_private: Annotated[
        bool, Meta(description="May call private addresses (10/8, 192.168/16, fc00::/7 …).")
    ]
    allow_loopback: Annotated[bool, Meta(description="May call this machine.")]
    total_seconds: Annotated[
        float, Meta(gt=0, description="Most time for one call, redirects and body included.")
    ]
    max_redirects: Annotated[int, Meta(ge=0, description="Redirects that one call follows.")]
    max_response_bytes: Annotated[int, Meta(ge=1024, description="Longest body of a response.")]
    connections: Annotated[int, Meta(ge=1, description="Connections open at a time.")]
    idle_seconds: Annotated[float, Meta(ge=0, description="How long an unused connection is kept.")]


class Aws(Section, frozen=True, kw_only=True):
    """Steps of the type `/justworkflowit/aws/lambda`. Needs the extra `playhead[aws]`;
    credentials are found where AWS's own tools find them."""

    enabled: Annotated[
        bool, Meta(description="Call the functions from the daemon; else workers serve the type.")
    ]
    role: Annotated[
        str,
        Meta(description="Name of a role to assume in the step's account; empty: none."),
    ]
    endpoint: Annotated[
        str, Meta(description="Address to ask instead of AWS, as of an emulator; empty: AWS.")
    ]
    timeout_seconds: Annotated[
        float, Meta(gt=0, description="Most time for a call whose step has no `timeoutMs`.")
    ]
    connect_seconds: Annotated[float, Meta(gt=0, description="Most time for connecting.")]
    max_response_bytes: Annotated[int, Meta(ge=1024, description="Longest answer of a function.")]


class Gcp(Section, frozen=True, kw_only=True):
    """Steps of the type `/justworkflowit/gcp/cloudfunction`. Needs the extra `playhead[gcp]`;
    credentials are Google's application default ones. Where a call may go and how long its
    answer may be is said in `http_tasks`."""

    enabled: Annotated[
        bool, Meta(description="Call the functions from the daemon; else workers serve the type.")
    ]
    timeout_seconds: Annotated[
        float, Meta(gt=0, description="Most time without an answer, unless a step has `timeoutMs`.")
    ]
    connect_seconds: Annotated[float, Meta(gt=0, description="Most time for connecting.")]
