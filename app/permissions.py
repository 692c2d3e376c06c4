"""Which role opens which screen: the whole table, as data. A change of permission shows in the diff of this file.

Screens are the permission names of the views (`class_permission_name`), actions their permissions. Which rows a person sees on an
open screen is decided by `app.scope`, what may be done to a row by `app.domain.access`.
"""

from __future__ import annotations

from app.domain.access import Duty

READ = frozenset({"can_list", "can_show"})
WRITE = READ | {"can_add", "can_edit", "can_delete"}

EVERYONE = frozenset(Duty)
OFFICE = frozenset({Duty.REPORTER, Duty.COORDINATOR, Duty.DIRECTOR})
CENTRE = frozenset({Duty.CENTRAL, Duty.ADMIN})
READERS = frozenset({Duty.EVALUATOR, Duty.MODERATOR, Duty.ANALYST})

# screen → {action: roles}
SCREENS: dict[str, dict[str, frozenset[Duty]]] = {
    "own account": {"can_use": EVERYONE},
    # What programs read with an access token: the rows and figures of its owner, and no more.
    "api": {"can_read": EVERYONE},
    "registrations": {"can_decide": CENTRE | {Duty.COORDINATOR}},
    "reports": {
        "can_read": EVERYONE,
        "can_write": frozenset({Duty.REPORTER, Duty.COORDINATOR}),
    },
    "evidence": {
        "can_read": EVERYONE,
        "can_write": frozenset({Duty.REPORTER, Duty.COORDINATOR}),
    },
    # What the sister jobs fill in; what may be done to a sheet says `domain.access`.
    "sheets": {
        "can_read": EVERYONE,
        "can_write": frozenset({Duty.REPORTER, Duty.COORDINATOR}),
        "can_lead": frozenset({Duty.COORDINATOR}),
    },
    "inspections": {
        "can_read": EVERYONE,
        "can_write": frozenset({Duty.REPORTER, Duty.COORDINATOR}),
        # Anybody of the office may act for the director, by an order and for a time.
        "can_move": OFFICE,
        "can_oversee": CENTRE | READERS,
        "can_run": CENTRE,
    },
    "recommendations": {
        "can_read": EVERYONE,
        "can_write": frozenset({Duty.REPORTER, Duty.COORDINATOR}),
        "can_lead": frozenset({Duty.COORDINATOR}),
        "can_oversee": CENTRE | READERS,
    },
    "team": {"can_read": OFFICE | CENTRE, "can_lead": CENTRE | {Duty.COORDINATOR}},
    # Anybody of the office may act for the director, by an order and for a time.
    "round hand-in": {
        "can_read": EVERYONE,
        "can_hand_in": frozenset({Duty.COORDINATOR}),
        "can_decide": OFFICE,
    },
    "overview": {"can_read": CENTRE | READERS},
    "round desk": {"can_run": CENTRE},
    "reminders": {"can_send": CENTRE},
    "delivery": {"can_mend": CENTRE},
    "privacy desk": {"can_answer": CENTRE},
    "received files": {"can_read": CENTRE, "can_decide": frozenset({Duty.ADMIN})},
    "telling": {"can_send": CENTRE},
    "review desk": {
        "can_read": CENTRE | frozenset({Duty.EVALUATOR, Duty.MODERATOR}),
        "can_review": frozenset({Duty.EVALUATOR, Duty.MODERATOR}),
        "can_moderate": frozenset({Duty.MODERATOR}),
        "can_assign": CENTRE | frozenset({Duty.MODERATOR}),
    },
    "publication": {"can_read": CENTRE | frozenset({Duty.MODERATOR, Duty.ANALYST}), "can_publish": CENTRE},
    "results": {
        "can_read": EVERYONE,
        "can_answer": frozenset({Duty.COORDINATOR, Duty.DIRECTOR}),
        "can_improve": frozenset({Duty.REPORTER, Duty.COORDINATOR}),
    },
    "exports": {"can_read": CENTRE | frozenset({Duty.ANALYST})},
    "own files": {"can_take": OFFICE},
    "appeals": {"can_read": CENTRE | frozenset({Duty.MODERATOR}), "can_decide": CENTRE | frozenset({Duty.MODERATOR})},
    "questions": {"can_read": EVERYONE, "can_ask": OFFICE, "can_answer": CENTRE},
    # Anybody of the office may decide for the director, by an order and for a time.
    "projects": {
        "can_read": EVERYONE,
        "can_write": frozenset({Duty.REPORTER, Duty.COORDINATOR}),
        "can_lead": frozenset({Duty.COORDINATOR}),
        "can_decide": OFFICE,
    },
    "project board": {"can_read": CENTRE | READERS},
}

# Generated screens: central and admin write, the other central roles read.
_REFERENCE_SCREENS = (
    "areas",
    "rounds",
    "parts",
    "indicators",
    "criteria",
    "quality levels",
    "quantities",
    "extensions",
    "contacts",
    "personnel types",
    "positions",
    "inspections kept",
    "inspection issues",
    "plans",
    "project steps",
    "project periods",
)
SCREENS |= {
    name: {action: CENTRE | (READERS if action in READ else frozenset()) for action in WRITE} for name in _REFERENCE_SCREENS
}
# What offices entered is read here and written nowhere but in the office's own report.
SCREENS |= {name: dict.fromkeys(READ, CENTRE | READERS) for name in ("submissions", "evidence files")}
# What is for the centre alone stands here too; everybody else reads what is published on its own pages.
SCREENS |= {name: dict.fromkeys(WRITE, CENTRE) for name in ("documents", "announcements", "meetings")}
SCREENS |= {"accounts": dict.fromkeys((*READ, "can_edit"), CENTRE)}
SCREENS |= {"lost factors": {"can_reset": frozenset({Duty.ADMIN})}}
SCREENS |= {"sessions of others": {"can_end": CENTRE}}


def builtin_roles() -> dict[str, list[list[str]]]:
    """The table in the shape of the framework's FAB_ROLES: role → [[screen, action], …]."""
    return {
        str(duty): [
            [screen, action] for screen, actions in SCREENS.items() for action, roles in actions.items() if duty in roles
        ]
        for duty in Duty
    }


_GRANTED = {
    (str(duty), action, screen) for screen, actions in SCREENS.items() for action, roles in actions.items() for duty in roles
}


def granted(role_names: list[str], action: str, screen: str) -> bool:
    """Whether one of the roles may do this on this screen."""
    return any((role, action, screen) in _GRANTED for role in role_names)
