"""The rules over several fields of a body, by the type of the body.

Handlers and services enforce these rules in any case. This module checks them when a request is already refused for
single fields, so that one answer names every problem. The bodies checked here come from `usable`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from postroom.accounts.model import AccountNotFound, InvalidAccount
from postroom.accounts.settings.problems import Problem
from postroom.accounts.settings.requests import new_problems, tried_problems
from postroom.api.pipeline.route import Api
from postroom.clock import from_iso
from postroom.configuration.keys import masked_problems
from postroom.oauth2.model import AppProblem
from postroom.oauth2.model import find_masked as find_masked_app
from postroom.oauth2.model import problems as app_problems
from postroom.schemas.checking.messages import submission_problems, upload_problems
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.checking.usable import Body
from postroom.schemas.requests.accounts import AccountChange, NewAccount
from postroom.schemas.requests.discovery import Examine
from postroom.schemas.requests.mail.submitting import NewSubmission
from postroom.schemas.requests.mail.uploads import NewMessage
from postroom.schemas.requests.oauth2 import AppChange, NewApp
from postroom.schemas.requests.settings import SettingsChange
from postroom.schemas.requests.sign_in import NewForm
from postroom.schemas.requests.tokens import NewToken
from postroom.schemas.requests.verification import Verify
from postroom.schemas.requests.webhooks import EndpointChange, NewEndpoint, Rotation
from postroom.webhooks.endpoints.change import body_problems as endpoint_problems
from postroom.webhooks.model import TargetKind, kind_of

__all__ = ["broken_rules", "delegated_problems", "masked_settings", "target_problems"]

Problems: TypeAlias = list[tuple[str, str]]
"""Problems as pairs of field and message."""


async def broken_rules(kind: Any, api: Api, path: Mapping[str, str], body: Body) -> list[FaultyField]:
    """Return the rules over several fields that a body of this type breaks. Raises StorageUnavailable."""
    found: Problems = []
    if kind in _OF_THE_BODY:
        found = _OF_THE_BODY[kind](body)
    elif kind in _OF_WHAT_IS_STORED:
        found = await _OF_WHAT_IS_STORED[kind](api, path, body)
    return [FaultyField(key, message) for key, message in found]


def delegated_problems(body: Body) -> Problems:
    """Return the problems of a link to a shared mailbox: it needs an `email`."""
    if not body.get("delegated") or body.get("email"):
        return []
    return [("email", '"email" is required with delegated: it is the address of the shared mailbox')]


def masked_settings(body: Body) -> Problems:
    """Return the settings that hold the placeholder of a secret."""
    return masked_problems(body)


def target_problems(endpoint: str, body: Body) -> Problems:
    """Return the fields that cannot be changed here because the webhook target is in the settings."""
    if kind_of(endpoint) is TargetKind.OBJECT:
        return []
    words = "cannot be changed here: it is in the settings, or in those of the account"
    return [(name, f'"{name}" {words}') for name in body if name != "enabled"]


def _new_account(body: Body) -> Problems:
    return _pairs(new_problems(body))


def _tried(body: Body) -> Problems:
    return _pairs(tried_problems(body))


def _new_app(body: Body) -> Problems:
    return _pairs([*find_masked_app(body), *app_problems(body)])


async def _account_change(api: Api, path: Mapping[str, str], body: Body) -> Problems:
    try:
        await api.accounts.preview(path["account"], body)
    except InvalidAccount as error:
        return _pairs(error.problems)
    except AccountNotFound:
        return []
    return []


async def _app_change(api: Api, path: Mapping[str, str], body: Body) -> Problems:
    return _pairs(await api.apps.change_problems(path["app"], body))


async def _endpoint_change(_: Api, path: Mapping[str, str], body: Body) -> Problems:
    return target_problems(path["id"], body) or endpoint_problems(body)


async def _new_token(api: Api, _: Mapping[str, str], body: Body) -> Problems:
    expires = body.get("expires")
    if isinstance(expires, str) and from_iso(expires) <= api.clock():
        return [("expires", '"expires" must be in the future')]
    return []


def _pairs(found: Iterable[Problem | AppProblem]) -> Problems:
    return [(problem.key, problem.message) for problem in found]


_OF_THE_BODY: Final[Mapping[Any, Callable[[Body], Problems]]] = {
    NewAccount: _new_account,
    Verify: _tried,
    Examine: _tried,
    NewForm: delegated_problems,
    NewApp: _new_app,
    SettingsChange: masked_settings,
    NewEndpoint: endpoint_problems,
    Rotation: endpoint_problems,
    NewMessage: upload_problems,
    NewSubmission: submission_problems,
}
_OF_WHAT_IS_STORED: Final[Mapping[Any, Callable[[Api, Mapping[str, str], Body], Awaitable[Problems]]]] = {
    AccountChange: _account_change,
    AppChange: _app_change,
    EndpointChange: _endpoint_change,
    NewToken: _new_token,
}
