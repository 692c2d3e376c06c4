"""Mutants of what people send and what is made of it: files, exports, fields, receipts, the record of changes, the log."""

from __future__ import annotations

import hashlib
import sys
from importlib import import_module
from typing import Any

from tests.replacing import nothing, replace, yes

# --- files and what is made of them (T9–T13, T19, T20) -------------------------------------------------------------------------


def any_text_is_a_key() -> None:
    """The store opens what lies at any path."""
    # The package has a function of the module's name.
    replace(import_module("app.storage.evidence_store"), "require_key", lambda key: key)


def names_keep_their_folders() -> None:
    """A file is called what its sender calls it, with folders and line ends."""
    from app.domain import evidence

    replace(evidence, "safe_name", lambda name: name)


def the_name_says_what_a_file_is() -> None:
    """Nobody looks whether a file's content is what its name says."""
    from app.domain import evidence

    replace(evidence, "require_content", nothing)


def archives_unpack_without_end() -> None:
    """Nobody reckons what an Office file unpacks to."""
    from app.services import file_checks

    for name in ("MAX_ARCHIVE_MEMBERS", "MAX_ARCHIVE_BYTES", "MAX_ARCHIVE_RATIO"):
        replace(file_checks, name, sys.maxsize)


def readers_take_all_memory() -> None:
    """The child that looks into a file may use as much memory as there is."""
    from app.services import children

    replace(children, "MEMORY_BYTES", -1)


def readers_reach_the_network() -> None:
    """The kernel opens lines for the child that looks into a file as for everybody."""
    from app.services import no_network

    replace(no_network, "lock", None)


def texts_run_in_spreadsheets() -> None:
    """Text that begins like a formula goes into a CSV file as it is."""
    from app.exports import disarming

    replace(disarming, "disarmed", lambda text: text)


def papers_fetch_what_they_name() -> None:
    """A PDF is drawn with whatever its page names, from the disk or the network: both locks are off, our own fetcher and the
    protocols that it is allowed."""
    import dataclasses

    from app.exports import pdf

    press = pdf.press

    def press_with_any(*stylesheets: str) -> Any:
        from weasyprint.urls import URLFetcher

        return dataclasses.replace(press(*stylesheets), fetcher=URLFetcher())

    replace(pdf, "press", press_with_any)


def an_issue_takes_any_number_of_files() -> None:
    """Nobody counts the files of an issue; the check of the database, which holds by itself, is off as well."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    from app.services import evidence

    count = evidence.free_ordinal
    replace(evidence, "free_ordinal", lambda files, slot, most: count(files, slot, sys.maxsize))

    @event.listens_for(Engine, "connect")
    def _careless(connection: Any, _: object) -> None:
        connection.execute("PRAGMA ignore_check_constraints = ON")


def an_office_takes_all_the_room() -> None:
    """Nobody asks how much an office keeps already."""
    from app.domain import evidence

    replace(evidence, "require_room", nothing)


def files_open_before_anybody_looked() -> None:
    """A file is shown to a reviewer before the child has looked into it."""
    from app.scope import current_actor
    from app.views import review_evidence

    replace(review_evidence, "_source", lambda number: review_evidence.may_see_file(number, current_actor()).evidence)


# --- what was sent, handed in, written down (T17, T18, T21, T22) ---------------------------------------------------------------


def handing_in_again_is_another() -> None:
    """A report that is sent twice is handed in twice."""
    from app.domain.workflow import State
    from app.services import reporting

    open_for_writing = reporting.open_for_writing

    def open_anew(*address: Any, **given: Any) -> Any:
        target, submission = open_for_writing(*address, **given)
        submission.state = State.DRAFT.value
        return target, submission

    replace(reporting, "open_for_writing", open_anew)


def the_last_one_wins() -> None:
    """A field is stored whatever a colleague wrote into it meanwhile."""
    from app.services import field_saving

    store = field_saving._store_one

    def store_unseen(holder: Any, row: Any, key: str, value: Any, seen: Any, *rest: Any, **given: Any) -> bool:
        return store(holder, row, key, value, None, *rest, **given)

    replace(field_saving, "_store_one", store_unseen)


def hashes_cover_nothing() -> None:
    """The hash of a change is one over its place alone."""
    from app.domain import chain

    replace(chain, "digest", lambda row: hashlib.sha256(f"{row.chain} {row.sequence}".encode()).hexdigest())


def the_database_lets_the_record_be_edited() -> None:
    """The tables of the record have no triggers that refuse."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "before_cursor_execute", retval=True)
    def _without_triggers(_: object, __: object, statement: str, parameters: Any, *___: object) -> tuple[str, Any]:
        return ("SELECT 1" if "CREATE TRIGGER" in statement.upper() else statement), parameters


def datasets_fit_whatever_lies_there() -> None:
    """The digest of a frozen dataset is one over how many rows it has."""
    from app.domain import dataset

    replace(dataset, "digest", lambda rows: hashlib.sha256(str(len(list(rows))).encode()).hexdigest())


def letters_fit_whatever_they_say() -> None:
    """A letter is genuine that has the number and the code of one, whatever it says by now."""
    from app.services import receipts

    def check(letter: Any, now: Any) -> receipts.Verdict:
        return receipts.Verdict.REPLACED if receipts.publications.has_successor(letter, now) else receipts.Verdict.GENUINE

    replace(receipts, "_check_letter", check)


def every_signature_fits() -> None:
    """Nobody compares a signature with what it was given for."""
    from app import signing

    replace(signing, "_fits", yes)


def logs_tell_of_people() -> None:
    """Addresses, telephones and the values of rows stand in the log."""
    from app import logs

    replace(logs, "without_people", lambda text: text)


def faults_are_shown() -> None:
    """Whoever meets a fault of ours reads what the program says of it."""
    from app import errors

    replace(errors, "_fault", lambda error: errors._answer(500, str(error)))
