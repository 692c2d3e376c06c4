"""The environment of the peers: made once from `peers.in`, one library after the other, so that one that cannot be had is told by its name."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

LIST = Path(__file__).with_name("peers.in")


def environment(folder: Path) -> tuple[Path, dict[str, str]]:
    """The interpreter of the environment, and what could not be installed: name → what was said of it."""
    python, told = folder / "bin" / "python", folder / "missing.json"
    wanted = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    if not told.exists() or told.stat().st_mtime < LIST.stat().st_mtime:
        venv.create(folder, clear=True, with_pip=True)
        missing = {line.partition("==")[0]: fault for line in wanted if (fault := _install(python, line))}
        told.write_text(json.dumps(missing), encoding="utf-8")
    return python, json.loads(told.read_text(encoding="utf-8"))


def versions() -> dict[str, str]:
    """Which version of each is asked for."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return {name: version for name, found, version in (line.partition("==") for line in lines) if found}


def _install(python: Path, line: str) -> str:
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", line], capture_output=True, text=True, check=False)
    said = done.stderr.strip().splitlines()
    return (said[-1] if said else "could not be installed") if done.returncode else ""


if __name__ == "__main__":
    _, lacking = environment(Path(sys.argv[1]))
    print(json.dumps(lacking, indent=2))
