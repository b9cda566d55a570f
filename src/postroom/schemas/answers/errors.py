"""The types of error answers."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from postroom.accounts.lifecycle import State
from postroom.schemas.states import OutboxState
from postroom.schemas.told import TokenRequest


class FieldProblem(TypedDict):
    """One problem of a request."""

    message: str
    key: Annotated[str, Field(description="The field as a dotted path, such as `imap.port`")]
    path: Annotated[str, Field(description="The same as `key`, under the name that other gateways give the path")]


class RefusalInfo(TypedDict):
    """What the mail server said when it refused a command."""

    response: str


class ChangeProgress(TypedDict):
    """How far a change came before it broke off, in messages; `unsure` ones may or may not be changed."""

    total: int
    done: int
    unsure: int
    copied: NotRequired[int]
    idMap: NotRequired[list[list[str]]]


class RequiredPermission(TypedDict):
    """What a narrowed token lacks."""

    action: str
    group: str


class Error(TypedDict):
    """An error. `error` and `message` are the same text; further members depend on `code`."""

    error: str
    message: str
    code: str
    statusCode: int
    fields: NotRequired[list[FieldProblem]]
    existingAccount: NotRequired[str]
    state: NotRequired[State]
    protocol: NotRequired[str]
    host: NotRequired[str]
    port: NotRequired[int]
    phase: NotRequired[str]
    response: NotRequired[str]
    serverResponseCode: NotRequired[str]
    advice: NotRequired[str]
    requestedScope: NotRequired[str]
    requiredPermission: NotRequired[RequiredPermission]
    remoteAddress: NotRequired[str | None]
    incident: NotRequired[str]
    success: NotRequired[bool]
    reasons: NotRequired[list[str]]
    authenticationFailed: NotRequired[bool]
    tokenRequest: NotRequired[TokenRequest]
    oldest: NotRequired[int]
    info: NotRequired[RefusalInfo]
    ttl: NotRequired[int]
    flags: NotRequired[list[str]]
    progress: NotRequired[ChangeProgress]
    key: NotRequired[str]
    extension: NotRequired[str]
    stableId: NotRequired[str]
    submissionState: NotRequired[OutboxState]
    id: NotRequired[str]
