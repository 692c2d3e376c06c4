"""How the record of changes reads: each kind of change as the rest of a sentence that begins with a person's name."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain import evidence
from app.domain.errors import N_

LONG_CHARACTERS = 60

FIELD_NAMES = {
    "problems": N_("the problems and suggestions"),
    "self_level": N_("the level of the self-assessment"),
    "reporter_name": N_("the reporter's name"),
    "reporter_position": N_("the reporter's position"),
    "reporter_phone": N_("the reporter's telephone number"),
    "no_problems": N_("the tick “There are no problems”"),
    "is_challenge": N_("the mark as challenge issue (PA)"),
}
PLACES = {
    evidence.PA_LESSON: N_("the lesson learned (PA)"),
    evidence.PA_EVIDENCE: N_("the evidence of inventing or changing (PA)"),
}
ISSUE = N_("issue %(number)s")
COMPLETENESS = N_("the completeness of issue %(number)s")
FIGURE = N_("the figure “%(label)s”")
_WHOLE = {
    "begun": N_("began this report"),
    "submitted": N_("submitted the report, receipt no. %(new)s"),
    "counted": N_("counted the complete report as submitted at closing, receipt no. %(new)s"),
    "closing copy": N_("kept a copy of the unsent report at closing, %(new)s items missing"),
    "assigned": N_("assigned owners: %(new)s"),
    "unassigned": N_("took the responsibility away: %(old)s"),
    "reminded": N_("reminded owners: %(new)s"),
    "handed in": N_("handed in the whole round, receipt no. %(new)s"),
    "endorsed": N_("endorsed the whole round"),
    "withdrawn": N_("withdrew the hand-in of the round: %(new)s"),
    "returned": N_("returned the whole round: %(new)s"),
    "sent back": N_("returned these points to be mended: %(new)s"),
    "mend time": N_("gave more time to mend what was returned: %(new)s"),
    "sent back ended": N_("took the return back; the report counts as it was handed in: %(new)s"),
}
_FILES = {
    "attached": N_("attached the file “%(new)s” to %(place)s"),
    "cited": N_("used a file that was sent before, “%(new)s”, in %(place)s"),
    "deleted": N_("deleted the file “%(old)s” from %(place)s"),
    "restored": N_("took the deletion of the file “%(new)s” in %(place)s back"),
}
_TICKS: dict[tuple[str, str | None], str] = {
    ("no_problems", "true"): N_("ticked “There are no problems”"),
    ("is_challenge", "true"): N_("marked this indicator as the office's challenge issue (PA)"),
    ("complete", "true"): N_("answered that the evidence of issue %(number)s is complete"),
    ("complete", "false"): N_("answered that the evidence of issue %(number)s is not complete yet"),
}
_ENTERED = N_("entered %(field)s: %(new)s")
_CHANGED = N_("changed %(field)s from %(old)s to %(new)s")
_CLEARED = N_("cleared %(field)s, which was %(old)s")
_ENTERED_LONG = N_("wrote %(field)s")
_CHANGED_LONG = N_("edited %(field)s")
_CLEARED_LONG = N_("emptied %(field)s")
_TAKEN_AWAY = N_("took %(field)s away")
_CONFLICT = N_("typed into %(field)s while a colleague did; this text was not stored")
_REASON = N_("wrote a reason about a remark on %(place)s")
THE_REPORT = N_("the report")
_OTHER = N_("made another change: %(what)s")


@dataclass(frozen=True)
class Told:
    """A change in words. `text` is the message id of the sentence; `field` and `place` those of what it names, or an empty
    string; `key` the field that was changed; `shows_texts` whether both texts belong under the sentence."""

    text: str
    field: str = ""
    place: str = ""
    number: str = ""
    key: str = ""
    shows_texts: bool = False
    is_conflict: bool = False


def _field(key: str) -> tuple[str, str]:
    """(message id of a field's name, the number of its issue)."""
    if key.startswith("quantity."):
        return FIGURE, ""
    if key.startswith("criterion.") and key.endswith(".complete"):
        return COMPLETENESS, key.split(".")[1]
    return FIELD_NAMES.get(key, ""), ""


def _issue(slot: str) -> str:
    """The number of the consideration issue whose slot this is."""
    return slot.removeprefix("criterion.") if slot.startswith("criterion.") else ""


def _place(slot: str) -> str:
    return ISSUE if _issue(slot) else PLACES.get(slot, THE_REPORT)


def is_long(text: str | None) -> bool:
    return text is not None and (len(text) > LONG_CHARACTERS or "\n" in text)


def tell(what: str, old: str | None, new: str | None) -> Told:
    """A row of the record in words. A kind that nobody has words for yet is named as it is."""
    if what in _WHOLE:
        return Told(_WHOLE[what])
    kind, _, slot = what.partition(":")
    if kind.startswith("evidence.") and kind.removeprefix("evidence.") in _FILES:
        return Told(_FILES[kind.removeprefix("evidence.")], place=_place(slot), number=_issue(slot))
    if kind.startswith("advice."):
        return Told(_REASON, place=_place(slot), number=_issue(slot), shows_texts=True)
    is_conflict = kind == "conflict"
    key = slot if is_conflict else what
    field, number = _field(key)
    if not field:
        return Told(_OTHER)
    if is_conflict:
        return Told(_CONFLICT, field, number=number, key=key, shows_texts=True, is_conflict=True)
    tick = "complete" if number else key
    if (tick, new) in _TICKS:
        return Told(_TICKS[tick, new], field, number=number, key=key)
    if number or key in ("no_problems", "is_challenge"):
        return Told(_TAKEN_AWAY, field, number=number, key=key)
    return _of_text(key, field, old, new)


def of_value(field: str, old: str | None, new: str | None, *, is_conflict: bool, is_long: bool) -> Told:
    """The change of a field of whatever page, in words; `field` is its name."""
    if is_conflict:
        return Told(_CONFLICT, field, shows_texts=True, is_conflict=True)
    return _of_text("problems" if is_long else "", field, old, new)


def _of_text(key: str, field: str, old: str | None, new: str | None) -> Told:
    """Short values stand in the sentence, long ones under it."""
    long = key == "problems" or is_long(old) or is_long(new)
    if old is None:
        text = _ENTERED_LONG if long else _ENTERED
    elif new is None:
        text = _CLEARED_LONG if long else _CLEARED
    else:
        text = _CHANGED_LONG if long else _CHANGED
    return Told(text, field, key=key, shows_texts=long)
