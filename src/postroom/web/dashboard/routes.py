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
from postroom.web.dashboard.desk import DeskPage
from postroom.web.dashboard.diagnosis import screen as diagnosis
from postroom.web.dashboard.events import list_screen as events
from postroom.web.dashboard.events import one_screen as event
from postroom.web.dashboard.overview import nodes_screen
from postroom.web.dashboard.overview import screen as overview
from postroom.web.dashboard.screens import profile
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
    *one_screen.PAGES,
    *command_screen.PAGES,
    *diagnosis.PAGES,
    *webhooks.PAGES,
    *webhook_forms.PAGES,
    *webhook_commands.PAGES,
    *webhook.PAGES,
    *delivery.PAGES,
    *events.PAGES,
    *event.PAGES,
)
