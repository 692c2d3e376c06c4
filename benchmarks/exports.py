"""A round's reports as XLSX, CSV and Parquet, beside what else could write them, in one run: `python -m benchmarks.exports`.

Every writer is a process of its own and gets the same rows out of the same PostgreSQL. Those that take long are run once, the others several
times in turn. Prints a table and leaves `results/exports.json`; `benchmarks.report` makes docs/benchmarks.md of it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import bed, measuring, peers
from benchmarks.measuring import Cost, Failed

RESULTS = Path(__file__).parent / "results" / "exports.json"
INDICATORS = 13
AREAS = (245, 3_000, 30_000)
FLOOR, SLOWEST = "python-csv", "pandas-openpyxl"
_CHILD = str(measuring.ROOT / "app" / "rows_child")
# Our process lets those who wait for a page go first; on a busy machine the others must do so too, or their seconds do not compare.
_AS_POLITE = ("nice", "-n", "10")
# A process that takes longer than this is not run again.
_LONG_SECONDS = 60.0


@dataclass(frozen=True)
class Writer:
    """A writer: its key and name, what it makes, and the library it needs, '' for none."""

    key: str
    name: str
    form: str
    library: str = ""


OURS = (
    Writer("xlsx", "e-MES XLSX", "xlsx"),
    Writer("csv", "e-MES CSV", "csv"),
    Writer("parquet", "e-MES Parquet", "parquet"),
)
FLOORS = (Writer("copy-csv", "COPY to CSV", "csv"), Writer(FLOOR, "Python's csv", "csv"))
PEERS = (
    Writer("rustpy-xlsxwriter", "rustpy-xlsxwriter over a generator", "xlsx", "rustpy-xlsxwriter"),
    Writer("fastxlsx", "fastxlsx", "xlsx", "fastxlsx"),
    Writer("xlsxwriter-constant-memory", "xlsxwriter constant_memory", "xlsx", "xlsxwriter"),
    Writer("pyexcelerate", "pyexcelerate", "xlsx", "pyexcelerate"),
    Writer("polars", "polars write_excel", "xlsx", "polars"),
    Writer("openpyxl-write-only", "openpyxl write-only", "xlsx", "openpyxl"),
    Writer("pandas-xlsxwriter", "pandas + xlsxwriter", "xlsx", "pandas"),
    Writer(SLOWEST, "pandas + openpyxl", "xlsx", "pandas"),
)


@dataclass(frozen=True)
class Bench:
    """What is measured with: the folder of jobs, the environments, how often, and on how many rows peers are."""

    jobs: Path
    settings: Mapping[str, str]
    peers_python: Path | None
    missing: Mapping[str, str]
    repeat: int
    peers_rows: int | None

    def words(self, writer: Writer, target: Path) -> list[str]:
        if writer in OURS:
            return [sys.executable, "-I", "-B", _CHILD]
        python = str(self.peers_python) if writer in PEERS else sys.executable
        most = [str(self.peers_rows)] if writer in PEERS and self.peers_rows else []
        return [*_AS_POLITE, python, "-B", "-m", "benchmarks.writing", writer.key, str(target), *most]

    def once(self, writer: Writer, rows: int) -> Cost:
        """Raises Failed."""
        form = writer.key if writer in OURS else "xlsx"
        # Our own process knows its target from its job.
        target = self.jobs / f"{form}-{rows}" / (f"reports.{form}" if writer in OURS else f"{writer.key}.{writer.form}")
        return measuring.run(self.words(writer, target), self.jobs / f"{form}-{rows}.json", target, self.settings)

    def scaled(self, cost: Cost, rows: int) -> Cost:
        """What a peer that was run on fewer rows would take for all, were it to grow evenly."""
        times = rows / self.peers_rows if self.peers_rows and self.peers_rows < rows else 1.0
        return replace(cost, wall=cost.wall * times, cpu=cost.cpu * times, file_mb=cost.file_mb * times)


def measure(bench: Bench, writers: Sequence[Writer], rows: int) -> list[dict[str, Any]]:
    """Each writer on a number of rows: its costs, or why there are none."""
    costs: dict[str, list[Cost]] = {writer.key: [] for writer in writers}
    faults = {writer.key: bench.missing[writer.library] for writer in writers if writer.library in bench.missing}
    for _ in range(bench.repeat):
        for writer in writers:
            known = costs[writer.key]
            if writer.key in faults or (known and known[0].wall > _LONG_SECONDS):
                continue
            try:
                known.append(bench.once(writer, rows))
            except Failed as fault:
                faults[writer.key] = str(fault)
    lines = []
    for writer in writers:
        line: dict[str, Any] = {"key": writer.key, "name": writer.name, "rows": rows, "runs": len(costs[writer.key])}
        if writer.key in faults:
            line["fault"] = faults[writer.key]
        else:
            is_peer = writer in PEERS
            found = measuring.middle(costs[writer.key])
            line |= asdict(bench.scaled(found, rows) if is_peer else found)
            line["measured_rows"] = min(rows, bench.peers_rows or rows) if is_peer else rows
        lines.append(line)
    return lines


def with_ratios(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines of one size, each with its wall and CPU time as a part of those of the floor and of the slowest peer."""
    by_key = {line["key"]: line for line in lines if "fault" not in line}
    found = []
    for line in lines:
        more: dict[str, float] = {}
        for name, other in (("floor", by_key.get(FLOOR)), ("slowest", by_key.get(SLOWEST))):
            if other is not None and "fault" not in line:
                more |= {f"{kind}_to_{name}": line[kind] / other[kind] for kind in ("wall", "cpu")}
        found.append(dict(line) | more)
    return found


def table(lines: Sequence[Mapping[str, Any]]) -> str:
    """One size as text."""
    text = [
        f"{'writer':36}{'wall s':>9}{'CPU s':>9}{'peak MiB':>10}{'file MB':>9}{'× csv wall':>12}{'CPU':>7}{'× pandas wall':>15}"
    ]
    for line in lines:
        if "fault" in line:
            text.append(f"{line['name']:36} not measured: {line['fault']}")
            continue
        ratios = [line.get(name) for name in ("wall_to_floor", "cpu_to_floor", "wall_to_slowest")]
        said = [f"{ratio:.2f}" if ratio is not None else "–" for ratio in ratios]
        note = f"  of {line['measured_rows']:,} rows" if line["measured_rows"] != line["rows"] else ""
        text.append(
            f"{line['name']:36}{line['wall']:9.1f}{line['cpu']:9.1f}{line['peak_mib']:10.0f}{line['file_mb']:9.1f}"
            f"{said[0]:>12}{said[1]:>7}{said[2]:>15}{note}"
        )
    return "\n".join(text)


def main(arguments: Sequence[str]) -> int:
    """Measure as asked, print, and leave the figures."""
    asked = _asked(arguments)
    asked.data.mkdir(parents=True, exist_ok=True)
    with ExitStack() as open_until_then:
        settings = bed.settings_for(asked.data, asked.database or "")
        if asked.database is None:
            settings = open_until_then.enter_context(
                bed.database(asked.data, areas=max(asked.areas), indicators=asked.indicators)
            )
        found = _all_sizes(asked, settings)
    asked.out.parent.mkdir(exist_ok=True)
    asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def _all_sizes(asked: argparse.Namespace, settings: Mapping[str, str]) -> dict[str, Any]:
    jobs = asked.data / "jobs"
    jobs.mkdir(exist_ok=True)
    bed.python(settings, "-m", "benchmarks.jobs", str(jobs), *map(str, asked.areas))
    python, missing = (None, {}) if asked.no_peers else peers.environment(asked.data / "peers")
    bench = Bench(jobs, settings, python, missing, asked.repeat, asked.peers_rows)
    sizes: dict[str, Any] = {}
    found = measuring.circumstances() | {"peers": peers.versions(), "sizes": sizes}
    for areas in sorted(asked.areas):
        # Between the smallest and the largest only the project's own memory is of interest.
        is_compared = areas in (min(asked.areas), max(asked.areas))
        beside = (*FLOORS, *(() if asked.no_peers else PEERS)) if is_compared else ()
        rows = areas * asked.indicators
        sizes[str(rows)] = with_ratios(measure(bench, (*OURS, *beside), rows))
        print(f"\n{rows:,} rows\n{table(sizes[str(rows)])}", flush=True)
    return found


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=bed.FOLDER, help=f"folder of the database, made where it lacks ({bed.FOLDER})"
    )
    parser.add_argument("--database", help="a database that has the round already, in place of one in that folder")
    parser.add_argument("--areas", type=int, nargs="+", default=AREAS, help="offices of each size; the largest makes the round")
    parser.add_argument("--indicators", type=int, default=INDICATORS)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each writer that takes less than a minute")
    parser.add_argument("--peers-rows", type=int, help="measure peers on so many rows only; the table says so")
    parser.add_argument("--no-peers", action="store_true", help="the project and the floors alone")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures are left as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
