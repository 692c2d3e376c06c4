"""What a process costs, and on which machine: wall and CPU seconds, and the most memory that it ever held."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
_MEBIBYTE = 1024


@dataclass(frozen=True)
class Cost:
    """Of one process: seconds on the wall clock, of CPU (its own and the kernel's for it), peak in MiB; `file_mb` is what it wrote, in MB."""

    wall: float
    cpu: float
    peak_mib: float
    file_mb: float = 0.0


class Failed(RuntimeError):
    """The process did not end well; the last line that it said is the message."""


def run(words: Sequence[str], given: Path, target: Path, environment: Mapping[str, str]) -> Cost:
    """Run a process on an input, and remove what it wrote. Raises Failed.

    The peak that the kernel keeps of a child begins with that of who starts it: the caller must be smaller than what it measures."""
    began = time.perf_counter()
    with given.open("rb") as file, target.with_suffix(".said").open("w+b") as said:
        process = subprocess.Popen(words, cwd=ROOT, env=dict(environment), stdin=file, stdout=subprocess.DEVNULL, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
    if process.returncode != 0:
        raise Failed(lines[-1] if lines else f"ended with {process.returncode}")
    size = target.stat().st_size / 1e6
    target.unlink()
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / _MEBIBYTE, size)


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure; the peak is the highest."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        max(cost.peak_mib for cost in costs),
        costs[-1].file_mb,
    )


def circumstances() -> dict[str, str]:
    """Where and when it was measured, and at which commit."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)  # noqa: S607
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": commit.stdout.strip() or "unknown",
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "load_before": f"{os.getloadavg()[0]:.1f}",
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
