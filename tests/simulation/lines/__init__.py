"""The scenarios of Conductor's own test harness, line by line (reference conductor.md §8.2):
which statuses a run goes through, how many tasks it has each time, which they are, what
comes out and why. One file for each of its specifications; a scenario is named after the
line that it holds; ``observed`` holds what was only seen. ``tests/simulation/test_lines.py``
plays them.
"""
