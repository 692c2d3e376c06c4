"""Hand one message to SMTP, or, without a mail server, write it as an .eml file under the data folder."""

from __future__ import annotations

import os
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlparse

from app.domain import delivery

SMTP_TIMEOUT_SECONDS = 20
LOOPBACK = ("localhost", "127.0.0.1", "::1")  # a line that leaves the machine nowhere


class AddressRefused(Exception):
    """The mail server does not take this recipient. `lasts` says whether another attempt could only end the same way."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"{code} {said}")
        self.lasts = delivery.is_lasting(code, said)


def compose(*, sender: str, recipient: str, subject: str, body: str) -> EmailMessage:
    """A plain-text message in UTF-8. Line breaks in headers are refused by the library itself."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain="emes")
    message.set_content(body, charset="utf-8", cte="base64")
    return message


def deliver(message: EmailMessage, *, smtp_url: str, folder: Path, name: str) -> None:
    """Deliver now. Raises AddressRefused, OSError or smtplib.SMTPException; the caller decides when to try again."""
    if not smtp_url:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".{name}.tmp"
        temporary.write_bytes(message.as_bytes())
        os.replace(temporary, folder / f"{name}.eml")
        return
    url = urlparse(smtp_url)
    port = url.port or (465 if url.scheme == "smtps" else 25)
    host = url.hostname or "localhost"
    # The server must prove its name before it gets a password or a mail.
    proof = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(host, port, timeout=SMTP_TIMEOUT_SECONDS, context=proof)
        if url.scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=SMTP_TIMEOUT_SECONDS)
    ) as server:
        server.ehlo()
        is_hidden = url.scheme == "smtps" or host in LOOPBACK
        if url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=proof)
            server.ehlo()
            is_hidden = True
        if url.username and not is_hidden:
            raise smtplib.SMTPNotSupportedError("the mail server offers no TLS: the password is not sent in the clear")
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refusal:
            code, said = next(iter(refusal.recipients.values()))
            raise AddressRefused(code, said.decode("utf-8", "replace")) from refusal
