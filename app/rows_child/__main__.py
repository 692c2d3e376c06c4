"""The process itself. The package of the application is made known without being run: running it would load everything that serves requests."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

if __name__ == "__main__":
    package = ModuleType("app")
    package.__path__ = [str(Path(__file__).parents[1])]
    sys.modules["app"] = package
    from app.rows_child.work import main

    sys.exit(main(sys.stdin, sys.stdout))
