"""Where the ``playhead`` command starts.

The daemon's packages have plain names (``config``, ``daemon`` …). An installation carries
them under ``playhead/application``; in a checkout they stand beside this package. Their
folder goes first on the import path, before the working directory and site-packages, so
that somebody else's ``config`` never takes their place.
"""

from __future__ import annotations

import sys
from pathlib import Path


def application_root() -> Path:
    """The folder that holds the daemon's packages."""
    package = Path(__file__).resolve().parent
    installed = package / "application"
    return installed if installed.is_dir() else package.parent


def main() -> int:
    """Run the command line; returns its exit code."""
    sys.path.insert(0, str(application_root()))
    from playhead import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
