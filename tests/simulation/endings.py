"""How the jobs of scenarios end: all COMPLETED but these."""

from __future__ import annotations

NOT_COMPLETED: dict[str, dict[str, str]] = {
    "jobs_that_leave_the_line": {"1": "TERMINATED", "2": "TERMINATED"},
    "a_child_that_fails": {"job": "FAILED", "job/sub": "FAILED"},
    "a_retry_starts_another_child": {"job/sub": "FAILED", "job/sub again 1": "FAILED"},
    "a_child_that_a_user_terminates": {"job": "TERMINATED", "job/sub": "TERMINATED"},
    "a_parent_terminated_over_its_child": {"job": "TERMINATED", "job/sub": "TERMINATED"},
    "a_parent_that_fails_over_its_child": {"job": "FAILED", "job/sub": "TERMINATED"},
    "a_parent_that_times_out_over_its_child": {"job": "TIMED_OUT", "job/sub": "TERMINATED"},
    "a_parent_terminated_as_it_starts_its_child": {"job": "TERMINATED"},
    "a_root_terminated_over_its_grandchild": {
        "job": "TERMINATED",
        "job/mid": "TERMINATED",
        "job/mid/low": "TERMINATED",
    },
    "a_child_that_does_not_exist": {"nowhere": "FAILED", "nowhere twice": "FAILED"},
    "a_parent_retried_after_its_child_failed": {"job/sub": "FAILED"},
    "a_started_workflow": {"nowhere": "FAILED"},
    "failure_workflows_of_a_child_and_its_parent": {"job": "FAILED", "job/sub": "FAILED"},
    "terminated_inside_a_branch": {"FAILED": "FAILED", "TERMINATED": "TERMINATED"},
    "a_dynamic_fork": {"wrong": "FAILED"},
    "scripts_that_fail": dict.fromkeys(("inline", "jq", "loop", "switch"), "FAILED"),
    "a_script_that_failed_is_retried": {"job": "FAILED"},
    "task_timeout_ends_the_job": {"job": "TIMED_OUT", "other": "TIMED_OUT"},
    "poll_timeout": {"timed out": "TIMED_OUT"},
    "total_timeout": {"job": "TIMED_OUT"},
    "failure_workflow": {"started": "FAILED", "refused": "FAILED"},
    "failure_workflow_of_a_job_that_fails_as_it_starts": {"job": "FAILED"},
    "job_timeout": {"job": "TIMED_OUT"},
    "retried_restarted_and_rerun": {"terminated": "TERMINATED"},
    "versions_tags_and_types_change_underway": {},
    "messages_change_and_end_a_job": {"job": "TERMINATED"},
    "starts_with_one_key": {"fails": "FAILED", "waits": "FAILED"},
    "schemas_that_are_kept_and_broken": {"output": "FAILED", "input": "FAILED"},
    "held_by_the_limit_of_tasks": {"job": "TERMINATED"},
}

REASONS: dict[str, dict[str, str]] = {
    "a_child_that_a_user_terminates": {
        "job": "Task <job>.1 failed with status: TERMINATED and reason: "
        "'Sub workflow child.1/<job/sub> failure reason: by hand'",
    },
    "a_parent_terminated_over_its_child": {
        "job/sub": "Parent workflow has been terminated with reason: enough of it",
    },
    "a_parent_that_fails_over_its_child": {
        "job/sub": "Parent workflow has been terminated with reason: Task <job>.3 failed with "
        "status: FAILED and reason: 'not yet'",
    },
    "messages_change_and_end_a_job": {"job": "told by second"},
    "a_child_that_does_not_exist": {
        "nowhere": "Task <nowhere>.1 failed with status: FAILED and reason: "
        "'No such workflow defined. name=nowhere, version=null'",
    },
}
