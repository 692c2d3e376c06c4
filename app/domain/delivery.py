"""Why a mail did not arrive, in plain words: which refusals are about the address and last, and what to say of each."""

from __future__ import annotations

import re
from enum import StrEnum

from app.domain.errors import N_

# About two days of attempts with the pauses of the outbox.
MOST_ATTEMPTS = 50


class Failure(StrEnum):
    """What kept a mail from arriving."""

    NO_SUCH_ADDRESS = "no_such_address"
    MAILBOX_FULL = "mailbox_full"
    REFUSED = "refused"
    NO_SERVER = "no_server"
    SIGN_IN = "sign_in"
    OTHER = "other"


FAILURE_NAMES = {
    Failure.NO_SUCH_ADDRESS: N_("The address does not exist or is closed"),
    Failure.MAILBOX_FULL: N_("The mailbox is full"),
    Failure.REFUSED: N_("The recipient's mail server refused the message"),
    Failure.NO_SERVER: N_("The mail server could not be reached"),
    Failure.SIGN_IN: N_("The mail server did not accept the system's own sign-in"),
    Failure.OTHER: N_("The message could not be sent"),
}
# What is about the recipient's mailbox, and what about our own line: a mail waits however long that one is down.
ADDRESS_FAILURES = {Failure.NO_SUCH_ADDRESS, Failure.MAILBOX_FULL}
OWN_FAILURES = {Failure.NO_SERVER, Failure.SIGN_IN}
# What the error's name says, where no code of the mail server tells more.
_BY_NAME = {
    "SMTPAuthenticationError": Failure.SIGN_IN,
    "ConnectionRefusedError": Failure.NO_SERVER,
    "TimeoutError": Failure.NO_SERVER,
    "SMTPServerDisconnected": Failure.NO_SERVER,
    "SMTPConnectError": Failure.NO_SERVER,
    "gaierror": Failure.NO_SERVER,
    "OSError": Failure.NO_SERVER,
    "SMTPDataError": Failure.REFUSED,
    "SMTPSenderRefused": Failure.REFUSED,
}
# Enhanced status codes, RFC 3463: x.7.y is the server's policy about the sender, not the recipient's mailbox.
_POLICY = re.compile(r"\b[45]\.7\.\d+\b")
_FULL = re.compile(r"\b[45]\.2\.2\b")


def is_lasting(code: int, said: str) -> bool:
    """Whether a refusal of a recipient will be the same tomorrow: a 5xx that is about the mailbox and not about who sends."""
    return 500 <= code < 600 and not _POLICY.search(said)


def failure_of(fault: str) -> Failure:
    """What a fault that the outbox noted means: 'AddressRefused: 550 5.1.1 no such user'."""
    name, _, said = fault.partition(": ")
    if name == "AddressRefused":
        if _FULL.search(said) or said.startswith(("452", "552")):
            return Failure.MAILBOX_FULL
        if _POLICY.search(said) or not said.startswith("5"):
            return Failure.REFUSED
        return Failure.NO_SUCH_ADDRESS
    return _BY_NAME.get(name, Failure.OTHER)
