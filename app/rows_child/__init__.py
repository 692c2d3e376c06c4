"""Writes the rows of statements into one file: sheets of a workbook, CSV or Parquet. Runs as a process of its own, beside the requests.

Started as `python -I rows_child` by `app.exports.rows`, with the job as JSON on its input. It imports nothing of the application but the rules,
so that its memory is small, and it stays so whatever the number of rows: offices are read a few at a time, out of one snapshot of the
database. It says how far it is in lines of JSON, {"rows": …}, and at the end {"counts": […]}, how many rows each sheet has."""

from __future__ import annotations

# How the process ends where the rows do not fit on a sheet.
TOO_MANY_ROWS = 3
