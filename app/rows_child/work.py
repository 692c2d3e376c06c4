"""A job from its beginning to its end: what to do, how far it is, how it went."""

from __future__ import annotations

import gc
import json
import os
from contextlib import closing
from typing import TextIO

from app.rows_child import TOO_MANY_ROWS
from app.rows_child.reading import Job, connect
from app.rows_child.sheets import TooManyRows, write_workbook
from app.rows_child.tables import write_csv, write_parquet

WRITERS = {"xlsx": write_workbook, "csv": write_csv, "parquet": write_parquet}
# More than ever lie in the queues between reading and drawing.
_LIVING_OBJECTS = 200_000


def main(asked: TextIO, said: TextIO) -> int:
    """Do the job that is asked for. Answers how the process ends."""
    os.nice(10)  # people who wait for a page come first
    # Rows hold no circles: to look for some among them again and again would cost a tenth of the time.
    gc.set_threshold(_LIVING_OBJECTS)
    try:
        run(json.load(asked), said)
    except TooManyRows:
        return TOO_MANY_ROWS
    return 0


def run(job: Job, said: TextIO) -> None:
    """Write a file, and say how many rows are done."""
    done = 0

    def count(rows: int) -> None:
        nonlocal done
        done += rows
        print(json.dumps({"rows": done}), file=said, flush=True)

    with closing(connect(job)) as connection:
        counts = WRITERS[job["format"]](job, connection, count)
    print(json.dumps({"counts": counts}), file=said, flush=True)
