"""Every path of the dashboard on one screen."""

from __future__ import annotations

from typing import Final

from postroom.web.dashboard import live
from postroom.web.dashboard.accounts import (
    bulk_screen,
    command_screen,
    list_screen,
    one_screen,
)
from postroom.web.dashboard.adding import consent_screen
from postroom.web.dashboard.adding import screen as adding
from postroom.web.dashboard.desk import DeskPage
from postroom.web.dashboard.diagnosis import screen as diagnosis
from postroom.web.dashboard.editing import repair_screen
from postroom.web.dashboard.editing import screen as editing
from postroom.web.dashboard.events import list_screen as events
from postroom.web.dashboard.events import one_screen as event
from postroom.web.dashboard.mail import list_screen as mail_list
from postroom.web.dashboard.mail import message_screen as mail_message
from postroom.web.dashboard.oauth2 import app_form, apps_screen
from postroom.web.dashboard.outbox import command_screen as outbox_commands
from postroom.web.dashboard.outbox import list_screen as outbox_list
from postroom.web.dashboard.outbox import one_screen as outbox_one
from postroom.web.dashboard.outbox import sending_screen
from postroom.web.dashboard.overview import nodes_screen
from postroom.web.dashboard.overview import screen as overview
from postroom.web.dashboard.reference import screen as reference
from postroom.web.dashboard.screens import profile
from postroom.web.dashboard.settings import screen as settings
from postroom.web.dashboard.tokens import screen as tokens
from postroom.web.dashboard.webhooks import command_screen as webhook_commands
from postroom.web.dashboard.webhooks import delivery_screen as delivery
from postroom.web.dashboard.webhooks import form_screen as webhook_forms
from postroom.web.dashboard.webhooks import list_screen as webhooks
from postroom.web.dashboard.webhooks import one_screen as webhook

PAGES: Final[tuple[DeskPage, ...]] = (
    *overview.PAGES,
    *nodes_screen.PAGES,
    *live.PAGES,
    *list_screen.PAGES,
    *bulk_screen.PAGES,
    *profile.PAGES,
    *adding.PAGES,
    *consent_screen.PAGES,
    *editing.PAGES,
    *repair_screen.PAGES,
    *one_screen.PAGES,
    *command_screen.PAGES,
    *diagnosis.PAGES,
    *mail_list.PAGES,
    *mail_message.PAGES,
    *outbox_list.PAGES,
    *outbox_one.PAGES,
    *outbox_commands.PAGES,
    *sending_screen.PAGES,
    *webhooks.PAGES,
    *webhook_forms.PAGES,
    *webhook_commands.PAGES,
    *webhook.PAGES,
    *delivery.PAGES,
    *events.PAGES,
    *event.PAGES,
    *apps_screen.PAGES,
    *app_form.PAGES,
    *tokens.PAGES,
    *settings.PAGES,
    *reference.PAGES,
)
