"""The buttons of an endpoint: test, pause, enable, delete, a new secret, and sending events again."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.clock import from_iso
from postroom.schemas.checking.checked import checked
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests import webhooks as hook_req
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.rendering import moved, page, part
from postroom.web.dashboard.webhooks.endpoint_form import by_field
from postroom.web.dashboard.webhooks.one_screen import draw
from postroom.web.dashboard.webhooks.paths import LIST, endpoint_path
from postroom.webhooks.endpoints.change import EndpointChange
from postroom.webhooks.history.history_store import Replay
from postroom.webhooks.model import NothingIsSent
from postroom.webhooks.service import OVERLAP

__all__ = ["PAGES"]


async def test(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/webhooks/{endpoint}/test"""
    trial = await desk.webhooks.test(visit.path["endpoint"])
    if visit.wants_part:
        return part("webhook_trial.html", visit, {"trial": trial})
    return await draw(desk, visit, {"trial": trial})


async def pause(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/webhooks/{endpoint}/pause"""
    endpoint = visit.path["endpoint"]
    await desk.webhooks.update(endpoint, EndpointChange(enabled=False))
    return moved(endpoint_path(endpoint), "The endpoint is switched off. What was queued for it was given up.")


async def enable(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/webhooks/{endpoint}/enable"""
    endpoint = visit.path["endpoint"]
    await desk.webhooks.update(endpoint, EndpointChange(enabled=True))
    return moved(endpoint_path(endpoint), "The endpoint is on. Events from now on are sent to it.")


async def delete(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/webhooks/{endpoint}/delete"""
    endpoint = visit.path["endpoint"]
    await desk.webhooks.remove(endpoint)
    return moved(LIST, f"The endpoint {endpoint} was deleted.")


async def rotate(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/webhooks/{endpoint}/rotate"""
    endpoint, problems = visit.path["endpoint"], list[FaultyField]()
    sent = visit.form.get("overlap", "").strip()
    asked: hook_req.Rotation | None = checked(hook_req.Rotation, {"overlap": sent or int(OVERLAP)}, problems)
    if asked is None:
        return await draw(desk, visit, {"problems": by_field(problems)}, status=400)
    secret = await desk.webhooks.rotate_secret(endpoint, overlap=asked["overlap"])
    values = {"secret": secret, "overlap": asked["overlap"], "is_new": False, "path": endpoint_path(endpoint)}
    return page("webhook_secret.html", visit, {**values, "list_path": LIST})


async def replay(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/webhooks/{endpoint}/replay"""
    endpoint, form, problems = visit.path["endpoint"], visit.form, list[FaultyField]()
    types = [name for name in visit.lists.get("types", ()) if name]
    sent: dict[str, object] = {"since": form.get("since", "").strip(), "types": types}
    if account := form.get("account", "").strip():
        sent["account"] = account
    if after := form.get("after", ""):
        sent["after"] = after
    asked: hook_req.Replay | None = checked(hook_req.Replay, sent, problems)
    typed = {"since": sent["since"], "typed_account": account, "chosen": types}
    if asked is None:
        return await draw(desk, visit, {**typed, "problems": by_field(problems)}, status=400)
    since = asked["since"]
    assert since is not None
    wanted = Replay(endpoint, from_iso(since), asked.get("account"), tuple(types), asked.get("after", 0))
    try:
        done = await desk.deliveries.replay_since(wanted)
    except NothingIsSent as error:
        return moved(endpoint_path(endpoint), error.message, tone="wait")
    if not done.complete:
        return await draw(desk, visit, {**typed, "after": str(done.after), "so_far": done.queued}, status=503)
    what = "No event was" if not done.queued else "1 event was" if done.queued == 1 else f"{done.queued:,} events were"
    return moved(endpoint_path(endpoint), f"{what} queued again.", tone="ok" if done.queued else "wait")


PAGES: Final = (
    DeskPage("POST", f"{LIST}/{{endpoint}}/test", test),
    DeskPage("POST", f"{LIST}/{{endpoint}}/pause", pause),
    DeskPage("POST", f"{LIST}/{{endpoint}}/enable", enable),
    DeskPage("POST", f"{LIST}/{{endpoint}}/delete", delete),
    DeskPage("POST", f"{LIST}/{{endpoint}}/rotate", rotate),
    DeskPage("POST", f"{LIST}/{{endpoint}}/replay", replay),
)
