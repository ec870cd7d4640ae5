"""JustWorkflowIt's REST interface (reference justworkflowit.md §3) over the operations."""
