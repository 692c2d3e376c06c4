"""The worker's mails: each is written from its template when it leaves, in Thai, with links of the configured address."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from flask import current_app, render_template, url_for
from flask_babel import force_locale

from app import mail
from app.clock import now
from app.domain.calendar import as_utc
from app.domain.errors import Message
from app.domain.notices import sentence_of
from app.domain.rubric import LEVEL_NAMES
from app.errors import sentence
from app.extensions import db
from app.models import OutboxMessage
from app.services import links, outbox


def _link(purpose: str, link_id: str) -> str:
    token = links.token_of(int(link_id), purpose, secret_key=current_app.config["SECRET_KEY"])
    endpoint = {"verify": "RegistrationView.verify", "reset": "SignInView.reset_password"}[purpose]
    return current_app.config["EMES_BASE_URL"] + url_for(endpoint, token=token)


def _owed(text: str) -> list[tuple[dict[str, str], list[str]]]:
    """What an owner still owes, as `owner_reminders.remind` wrote it: each indicator with its missing items as sentences."""
    return [(line, [sentence(Message(*item)) for item in line["missing"]]) for line in json.loads(text)]


def _send(message: OutboxMessage) -> None:
    """Write the mail from its template, in Thai, and hand it over. Links carry the configured address."""
    config = current_app.config
    with current_app.test_request_context(base_url=config["EMES_BASE_URL"]), force_locale("th"):
        text = render_template(
            f"email/{message.template}.txt",
            base_url=config["EMES_BASE_URL"],
            link_to=_link,
            at=lambda value: as_utc(datetime.fromisoformat(value)),
            level_names=LEVEL_NAMES,
            said=sentence(sentence_of(message.context["kind"], message.context)) if "kind" in message.context else "",
            owed=_owed,
            **message.context,
        )
    subject, _, body = text.partition("\n")
    mail.deliver(
        mail.compose(
            sender=config["EMES_MAIL_FROM"],
            recipient=message.recipient,
            subject=subject.strip(),
            body=body.strip() + "\n",
        ),
        smtp_url=config["EMES_SMTP_URL"],
        folder=Path(config["EMES_DATA_DIR"]) / "mail",
        name=f"{message.id:06}-{message.template}",
    )


def send_mail() -> int:
    """Send everything in the outbox that is due. Returns how many went out."""
    sent = 0
    for message_id in outbox.due(now()):
        sent += outbox.send_one(message_id, _send, now=now())
    db.session.close()
    return sent
