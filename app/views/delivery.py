"""What does not arrive: mails given up, addresses that refuse mail, offices that nobody coordinates; with a telephone beside each."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.extensions import transaction
from app.queries import reminder as reminders
from app.queries.reminder import Alarms
from app.scope import current_actor
from app.services import outbox
from app.views.base import Screen, expose, may, notice, see_other


def delivery_alarms() -> Alarms:
    """The figures for the centre's desk, in one statement."""
    return reminders.alarms(now())


class DeliveryView(Screen):
    route_base = "/delivery"
    class_permission_name = "delivery"

    @expose("/")
    @may("mend")
    def problems(self) -> ResponseReturnValue:
        return render_template(
            "reminders/delivery.html",
            failed=reminders.failed_messages(now()),
            people=reminders.unreachable_people(),
            offices=reminders.offices_without_coordinator(),
        )

    @expose("/<row:message_id>/again", methods=["POST"])
    @may("mend")
    def again(self, message_id: int) -> ResponseReturnValue:
        """Try a mail once more, after whatever was wrong is mended."""
        with transaction():
            recipient = outbox.send_again(message_id, actor=current_actor(), now=now()).recipient
        notice(gettext("The message to %(address)s is sent again", address=recipient))
        return see_other(url_for("DeliveryView.problems"))
