"""Every file of the store that some row points at, whatever it is of: evidence, documents, orders, letters, files that were asked for."""

from __future__ import annotations

from app.queries import document as documents
from app.queries import export as exports
from app.queries import publication as publications
from app.queries import sheet as sheets
from app.queries import submission as submissions
from app.queries import team

_KEEPERS = (submissions, sheets, documents, team, publications, exports)


def keys() -> set[str]:
    """Keys that must not be swept."""
    return set[str]().union(*(keeper.storage_keys() for keeper in _KEEPERS))


def files() -> list[tuple[str, str, str]]:
    """Every file that can be opened as (name, storage key, sha256), for `verify`."""
    return [file for keeper in _KEEPERS for file in keeper.stored_files()]
