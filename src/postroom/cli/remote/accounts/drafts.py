"""A draft of an account: what a person or a file says of it, completed to the body of a registration. No I/O.

A draft has the fields of a registration (`postroom.schemas.requests.accounts.NewAccount`). Three more are short forms:

`email`     the address; also the id, the name and the login, where these are not given
`user`      the login name of each server that has none
`password`  the password of each server that has none
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

__all__ = ["SHORT", "Draft", "completed", "field_names", "needs_servers", "problems", "secrets_in", "with_value"]

Draft = Mapping[str, object]

SHORT: Final = ("user", "password")
"""Fields that a draft has and a registration has not."""

_SERVERS: Final = ("imap", "smtp")
_SECRET: Final = frozenset({"pass", "password", "accessToken", "refreshToken"})


def field_names() -> Iterator[str]:
    """Yield the dotted names of all fields that a draft may have; `metadata.` stands for any name below it."""
    # These take a while to load, and only an import needs them.
    from postroom.schemas.checking.known_fields import known_fields
    from postroom.schemas.requests.accounts import NewAccount

    yield from SHORT
    for name, inside in known_fields(NewAccount).items():
        if name == "metadata":
            yield "metadata."
        elif inside and name != "webhooksCustomHeaders":
            yield from _dotted(name, inside)
        else:
            yield name


def with_value(draft: Draft, name: str, value: object) -> Draft:
    """Return a draft with one more field, given by its dotted name."""
    first, dot, rest = name.partition(".")
    if not dot:
        return {**draft, first: value}
    inside = draft.get(first)
    if first == "metadata":
        return {**draft, first: {**(inside if isinstance(inside, Mapping) else {}), rest: value}}
    return {**draft, first: with_value(inside if isinstance(inside, Mapping) else {}, rest, value)}


def needs_servers(draft: Draft) -> bool:
    """Say whether the mail servers are to be searched for, because the draft names none."""
    return not any(draft.get(name) not in (None, "") for name in (*_SERVERS, "oauth2")) and bool(draft.get("email"))


def completed(draft: Draft, found: Mapping[str, object] | None = None) -> Draft:
    """Return the body of a registration. `found` has the blocks `imap` and `smtp` of servers that were found."""
    email, user, password = (draft.get(name) for name in ("email", *SHORT))
    body = {name: value for name, value in draft.items() if name not in SHORT}
    if email:
        body = {"account": email, **body}
    if body.get("account"):
        body = {"name": body["account"], **body}
    for name in _SERVERS:
        block = body.get(name, (found or {}).get(name))
        if isinstance(block, Mapping):
            body[name] = _signed_in(block, user or email, password)
    return body


def problems(body: Draft) -> list[str]:
    """Return what is wrong with the body of a registration, in the words of the API."""
    from pydantic import TypeAdapter, ValidationError

    from postroom.schemas.checking.known_fields import known_fields
    from postroom.schemas.checking.problems import describe
    from postroom.schemas.requests.accounts import NewAccount

    try:
        TypeAdapter(NewAccount).validate_python(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        return [problem.message for problem in describe(faults, "account", known_fields(NewAccount))]
    return []


def secrets_in(value: object) -> tuple[str, ...]:
    """Return the passwords and tokens in a draft."""
    if isinstance(value, Mapping):
        own = [str(inside) for name, inside in value.items() if name in _SECRET and inside and inside is not True]
        return (*own, *(each for inside in value.values() for each in secrets_in(inside)))
    return ()


def _dotted(name: str, inside: Mapping[str, object]) -> Iterator[str]:
    for inner, deeper in inside.items():
        if isinstance(deeper, Mapping) and deeper:
            yield from _dotted(f"{name}.{inner}", deeper)
        else:
            yield f"{name}.{inner}"


def _signed_in(block: Mapping[str, object], user: object, password: object) -> Mapping[str, object]:
    """Return the block of a server with the login and the password, where it has none of its own."""
    auth = block.get("auth", {})
    if not isinstance(auth, Mapping) or block.get("useAuthServer"):
        return block
    filled = dict(auth)
    if user:
        filled.setdefault("user", user)
    if password and not filled.get("accessToken"):
        filled.setdefault("pass", password)
    return {**block, "auth": filled} if filled else block
