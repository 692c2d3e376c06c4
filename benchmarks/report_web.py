"""The part of the report that tells of `benchmarks.web`: tables, ratios, and which goals are met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks import web_overload
from benchmarks.report_tables import circumstances, table
from benchmarks.web_systems import EMES, KINDS, STOCK_FAB

_PEERS = tuple(kind for kind in KINDS if kind is not EMES)
_NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
_OPERATIONS = {
    "W1": "W1: save a report, six fields and the level",
    "W2": "W2: upload 1 MiB",
    "W2-50": "W2: upload 50 MiB",
    "W3": "W3: list 25 of {reports:,} reports, one round, sorted",
    "W4": "W4: open one report with its files",
}
# Of each operation: most CPU ms, and the most that it may be of the best peer, of stock Flask-AppBuilder and of the floor.
_GOALS: dict[str, tuple[float, dict[str, float]]] = {
    "W1": (6, {"best peer": 0.6}),
    "W2": (8, {"best peer": 0.5, "floor": 3}),
    "W2-50": (120, {"best peer": 0.5}),
    "W3": (18, {"stock": 0.3}),
    "W4": (10, {"stock": 0.35}),
}
_START_SECONDS, _IDLE_MIB = 2, 150
_CLOSED_PER_SECOND, _BEST_PEER_TIMES, _STOCK_TIMES, _OPEN_P95_MS = 160, 1.6, 3, 1000
_INTRODUCTION = """
## Saving, opening, listing, uploading

{circumstances}

{reports:,} reports (`flask seed scale --filled`: rounds × offices × indicators; every report with its fields in Thai and two rows
of evidence), the same number in each peer. Peers are stock Flask-AppBuilder 5.3 and Django 5's admin with the same model
(`benchmarks/peers_web/`), permissions and tokens against forged requests on, sessions signed in. All serve under gunicorn with {processes}
processes of {threads} threads, at the same time, and are asked in turn. CPU is of all their processes and of the database's, for one operation,
the median of the rounds, with the least and the most of them; times are of all rounds. The floor hashes the bytes and writes them durably.
"""


def of_web(found: Mapping[str, Any]) -> Iterator[str]:
    """Operations, start, rush, goals."""
    yield _INTRODUCTION.format(circumstances=circumstances(found), **found)
    for key, name in _OPERATIONS.items():
        if by_title := found["operations"].get(key):
            yield f"\n### {name.format(**found)}\n\n{_operation(by_title)}"
    yield "\n### W6: start and memory\n\n" + _start(found["start"])
    if found["rush"]:
        yield "\n### W7: the rush before a deadline\n\n"
        yield "45 % saves, 45 % pages, 10 % uploads of 1 MiB; closed loop without thinking time, for e-MES the open loop besides. Each system alone.\n\n"
        yield _rush(found["rush"])
        yield from _beyond(found["rush"])
    yield "\n### Goals\n\nRatios compare systems on the same database in this run.\n\n" + _goals(found)


def _operation(by_title: Mapping[str, Any]) -> str:
    heads = ["system", "CPU ms", "least–most", "application", "database", "p50 ms", "p95 ms", "e-MES ÷ it"]
    lines = []
    for title, costs in by_title.items():
        if title == "floor":
            lines.append(["hash and write", f"{costs['cpu_ms']:.1f}", *[""] * 6])
            continue
        own = by_title.get(f"{EMES.name}, {title.rpartition(', ')[2]}")
        ratio = f"{own['cpu_ms'] / costs['cpu_ms']:.2f}" if own and costs["cpu_ms"] else "–"
        span = f"{costs['cpu_least_ms']:.1f}–{costs['cpu_most_ms']:.1f}"
        figures = [f"{costs[name]:.1f}" for name in ("application_ms", "database_ms", "p50_ms", "p95_ms")]
        lines.append([title, f"{costs['cpu_ms']:.1f}", span, *figures, ratio])
    return table(heads, lines)


def _start(by_title: Mapping[str, Any]) -> str:
    lines = [
        [title, f"{start['first_answer_seconds']:.1f}", f"{max(start['worker_mib']):.0f}"] for title, start in by_title.items()
    ]
    return table(["system", "first answer s", "MiB of a process"], lines)


def _rush(by_title: Mapping[str, Any]) -> str:
    heads = ["system", "loop", "operations/s", "p50 s", "p95 s", "p99 s", "p95 of pages s", "errors", "acknowledged", "lost"]
    lines = []
    for title, rush in by_title.items():
        back = rush["read_back"]
        for loop in ("closed", "open"):
            if loop in rush:
                figures = rush[loop]
                times = [f"{figures['all'][place] / 1000:.2f}" for place in ("p50_ms", "p95_ms", "p99_ms")]
                pages = f"{figures['W4']['p95_ms'] / 1000:.2f}" if "W4" in figures else "–"
                kept = [f"{back['saves']} reports, {back['uploads']} files", str(back["saves_lost"] + back["uploads_lost"])]
                lines.append([title, loop, f"{figures['per_second']:.0f}", *times, pages, str(figures["errors"]), *kept])
    return table(heads, lines)


def _beyond(by_title: Mapping[str, Any]) -> Iterator[str]:
    """What became of more people than could be served, and of the rush under which the database went away."""
    for title, rush in by_title.items():
        if title.startswith(EMES.name) and "overload" not in rush:
            yield f"\n{title}: twice as many requests as that, and its database taken away under the rush, were not measured in this run.\n"
        if over := rush.get("overload"):
            well, back = over["well_after_seconds"], over["read_back"]
            yield f"\n{title}, twice as many requests as the closed loop reached ({over['asked_per_second']:.0f} a second for "
            yield f"{over['seconds']:.0f} s, by {over['clients']} people): {over['done']} answered, {over['refused']} refused in words, "
            yield f"{over['errors']} errors; p95 of answers {over['done_p95_ms'] / 1000:.1f} s, of refusals {over['refused_p95_ms'] / 1000:.1f} s, "
            yield f"the longest wait {over['longest_wait_seconds']:.1f} s; {back['saves_lost'] + back['uploads_lost']} lost of "
            yield f"{back['saves']} reports and {back['uploads']} files. When the load had fallen, p95 was at 1 s or less "
            yield "again after " + (f"{well:.0f} s.\n" if well is not None else "more than 90 s.\n")
        if cut := rush.get("restarted"):
            again, back = cut["recovery"], cut["read_back"]
            yield f"\n{title}, PostgreSQL restarted as after a crash under {cut['clients']} people: away {cut['away_seconds']:.1f} s, "
            yield f"{cut['done']} answered, {cut['refused']} refused in words, {cut['errors']} errors, {back['saves_lost'] + back['uploads_lost']} "
            yield f"lost of {back['saves']} reports and {back['uploads']} files; the processes "
            yield ("stayed" if cut["same_processes"] else "were replaced") + "; first answer "
            yield f"{_seconds(again['first_answer_seconds'])} after it was there again, p95 back at {again['p95_before_ms'] / 1000:.1f} s after "
            yield f"{_seconds(again['p95_back_after_seconds'])}.\n"


def _seconds(found: float | None) -> str:
    # A server answers a moment before it is told that it is there.
    return "–" if found is None else f"{max(0.0, found):.1f} s"


def _goals(found: Mapping[str, Any]) -> str:
    lines = [line for database in _NAMES for line in _goals_on(found, database)]
    return table(["database", "goal", "found", "met"], lines)


def _goals_on(found: Mapping[str, Any], database: str) -> Iterator[list[str]]:
    name = _NAMES[database]
    own = f"{EMES.name}, {name}"
    if own not in found["start"]:
        return
    for key, (most, ratios) in _GOALS.items():
        by_title = found["operations"][key]
        cost = by_title[own]["cpu_ms"]
        yield _line(name, f"{key} ≤ {most} ms", cost, "ms", is_met=cost <= most)
        for beside, part in ratios.items():
            if (other := _other(by_title, beside, name)) is not None:
                yield _line(name, f"{key} ≤ {part} × {beside}", cost / other, "×", is_met=cost / other <= part)
    start = found["start"][own]
    yield _line(
        name,
        f"first answer ≤ {_START_SECONDS} s",
        start["first_answer_seconds"],
        "s",
        is_met=start["first_answer_seconds"] <= _START_SECONDS,
    )
    yield _line(
        name, f"idle ≤ {_IDLE_MIB} MiB a process", max(start["worker_mib"]), "MiB", is_met=max(start["worker_mib"]) <= _IDLE_MIB
    )
    if own in found["rush"]:
        yield from _rush_goals(found["rush"], own, name)


def _rush_goals(by_title: Mapping[str, Any], own: str, name: str) -> Iterator[list[str]]:
    rush = by_title[own]
    closed, opened, back = rush["closed"], rush["open"], rush["read_back"]
    pace = closed["per_second"]
    yield _line(name, f"W7 ≥ {_CLOSED_PER_SECOND} operations/s", pace, "/s", is_met=pace >= _CLOSED_PER_SECOND)
    paces = {
        kind: by_title[f"{kind.name}, {name}"]["closed"]["per_second"] for kind in _PEERS if f"{kind.name}, {name}" in by_title
    }
    if paces:
        times = pace / max(paces.values())
        yield _line(name, f"W7 ≥ {_BEST_PEER_TIMES} × best peer", times, "×", is_met=times >= _BEST_PEER_TIMES)
        yield _line(
            name, f"W7 ≥ {_STOCK_TIMES} × stock", pace / paces[STOCK_FAB], "×", is_met=pace / paces[STOCK_FAB] >= _STOCK_TIMES
        )
    slow = opened["W4"]["p95_ms"]
    yield _line(
        name,
        f"open loop at {opened['asked_per_second']:.0f}/s: p95 of pages ≤ {_OPEN_P95_MS} ms",
        slow,
        "ms",
        is_met=slow <= _OPEN_P95_MS,
    )
    errors = closed["errors"] + opened["errors"]
    yield _line(name, "W7 without an error", errors, "errors", is_met=not errors)
    backs = [back, *(rush[stage]["read_back"] for stage in ("overload", "restarted") if stage in rush)]
    lost = sum(one["saves_lost"] + one["uploads_lost"] for one in backs)
    yield _line(name, "nothing acknowledged is lost", lost, "lost", is_met=not lost)
    if over := rush.get("overload"):
        yield _line(name, "twice as many: only refused in words", over["errors"], "errors", is_met=not over["errors"])
        wait, well = over["longest_wait_seconds"], over["well_after_seconds"]
        yield _line(name, "twice as many: nothing waits > 30 s", wait, "s", is_met=wait <= web_overload.MOST_WAIT_SECONDS)
        is_met = well is not None and well <= web_overload.MOST_WAIT_SECONDS
        yield _line(name, "twice as many: well again within 30 s", well if well is not None else 90.0, "s", is_met=is_met)


def _other(by_title: Mapping[str, Any], beside: str, name: str) -> float | None:
    if beside == "floor":
        return by_title["floor"]["cpu_ms"] if "floor" in by_title else None
    kinds = (STOCK_FAB,) if beside == "stock" else _PEERS
    costs = [by_title[f"{kind.name}, {name}"]["cpu_ms"] for kind in kinds if f"{kind.name}, {name}" in by_title]
    return min(costs) if costs else None


def _line(database: str, goal: str, figure: float, unit: str, *, is_met: bool) -> list[str]:
    said = f"{figure:.0f}" if isinstance(figure, int) or figure >= 100 else f"{figure:.2f}"
    return [database, goal, f"{said} {unit}", "yes" if is_met else "no"]
