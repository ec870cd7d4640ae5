"""HTTP: the interfaces of JustWorkflowIt and Conductor as skins over the operations table."""
