"""Conductor's REST interface (references conductor.md §6, conductor-clients.md §0-1)."""
