"""How each type of task runs: one file per kind, one table (``daemon.dialects.tasks.supported``).

A kind says what its step becomes when its turn comes, and what follows from what happens
to its task (``daemon.dialects.tasks.step.Kind``).
"""

from daemon.dialects.tasks.kinds.at_once import Noop, SetVariable, Terminate
from daemon.dialects.tasks.kinds.dynamic import Dynamic
from daemon.dialects.tasks.kinds.dynamic_fork import DynamicFork
from daemon.dialects.tasks.kinds.event import Event
from daemon.dialects.tasks.kinds.executed import HttpRequest, Request, Script
from daemon.dialects.tasks.kinds.fork import Fork
from daemon.dialects.tasks.kinds.join import ExclusiveJoin, Join
from daemon.dialects.tasks.kinds.loop import Loop
from daemon.dialects.tasks.kinds.start_workflow import StartWorkflow
from daemon.dialects.tasks.kinds.sub_workflow import SubWorkflow
from daemon.dialects.tasks.kinds.switch import Decision, Switch
from daemon.dialects.tasks.kinds.unavailable import Unavailable
from daemon.dialects.tasks.kinds.waits import Human, Wait
from daemon.dialects.tasks.kinds.worker import Worker

__all__ = [
    "Decision",
    "Dynamic",
    "DynamicFork",
    "Event",
    "ExclusiveJoin",
    "Fork",
    "HttpRequest",
    "Human",
    "Join",
    "Loop",
    "Noop",
    "Request",
    "Script",
    "SetVariable",
    "StartWorkflow",
    "SubWorkflow",
    "Switch",
    "Terminate",
    "Unavailable",
    "Wait",
    "Worker",
]
