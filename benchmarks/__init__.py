"""``python -m benchmarks``: what Playhead does on this machine, beside a bare ceiling."""
