"""The types of single values in requests: text, flags, ports, hosts, URLs, times.

Bodies are TypedDicts, because a valid body is stored as it is. So it must hold only the fields that were sent, with the
API's own names. Validation accepts what form libraries send: `"993"` is a port, `"true"`, `"Y"` and `1` are true, `""`
and null mean "not given".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, InitErrorDetails, ValidationError, core_schema

from postroom.accounts.email_address import email_fault
from postroom.clock import from_iso, iso
from postroom.connections.hosts.addresses import AddressPolicy, AddressRefused
from postroom.connections.hosts.checked_host import NotAHost, check_host
from postroom.connections.hosts.checked_url import PROXY_SCHEMES, NotAUrl, check_url
from postroom.connections.hosts.host_names import HostFault, host_faults

POLICY: Final = "policy"
"""The key of the validation context that holds the AddressPolicy for mail servers."""
WEBHOOK_POLICY: Final = "webhook_policy"
"""The key of the validation context that holds the AddressPolicy for webhook receivers."""

_LINE_BREAKS = re.compile(r"[\r\n\0]")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_URL_FORBIDDEN = re.compile(r"[\s\x00-\x20\x7f]")
_EARLIEST_YEAR = 1000


def _addressable(value: str) -> str:
    """Refuse `.` and `..`: clients and proxies resolve them as path steps, even when they are encoded."""
    if value in (".", ".."):
        raise ValueError("must not be `.` or `..`: no URL can name it")
    return value


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold a NUL character")
    return text


def _on_one_line(text: str) -> str:
    if _LINE_BREAKS.search(text):
        raise ValueError("must not hold a line break or a NUL character")
    return text


def _not_a_switch(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


def _blank_is_false(value: object) -> object:
    return False if value is None or value == "" else value


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


def _as_list(value: object) -> object:
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str) else value


def _all_folders(value: list[str]) -> list[str]:
    return [] if "*" in value else value


def _email(text: str) -> str:
    fault = email_fault(text)
    if fault is not None:
        raise ValueError(f"must be an e-mail address: {fault}")
    return text


def _moment(value: object) -> object:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError("must be a date in ISO 8601 format")
    try:
        if int(value[:4]) < _EARLIEST_YEAR:
            raise ValueError
        return iso(from_iso(value))
    except (ValueError, OverflowError, OSError):
        raise ValueError("must be a date in ISO 8601 format") from None


def _checked(host: str, policy: AddressPolicy) -> None:
    try:
        check_host(host, policy)
    except AddressRefused as error:
        raise ValueError(f"is refused: {error.message}") from None


_HOST: Final = "must be a host name or an IP address"
_LEAVE_OUT: Final = {
    HostFault.SCHEME: "leave out what stands before the name, such as `imap://`",
    HostFault.USER: "leave out the `@` and what stands before it",
    HostFault.PATH: "leave out the slash and what follows it",
    HostFault.SPACES: "leave out the spaces",
}


def _host_name(host: str, *, port: str = "leave out the port") -> str:
    faults = host_faults(host)
    if not faults:
        return host
    cures = [port if fault is HostFault.PORT else _LEAVE_OUT[fault] for fault in faults if fault is not HostFault.OTHER]
    raise ValueError(f"{_HOST} alone: {' and '.join(cures)}" if cures else _HOST)


def _ehlo_name(name: str) -> str:
    """Check a name for EHLO, which must be ASCII (RFC 5321 section 4.1.1.1)."""
    if not name.isascii():
        raise ValueError("must be ASCII: write a name in other letters as `xn--…`")
    return _host_name(name)


def _host(value: str, info: ValidationInfo) -> str:
    host = _host_name(value.strip(), port="leave out the port, which goes into `port`")
    _checked(host, (info.context or {}).get(POLICY, AddressPolicy.ANY))
    return host


def _url(value: str, schemes: tuple[str, ...], policy: AddressPolicy) -> str:
    """Return a valid URL. Errors repeat nothing of it, because it may hold a password."""
    beginnings = [f"{scheme}://" for scheme in schemes]
    if not value.lower().startswith(tuple(beginnings)):
        raise ValueError(f"must begin with {', '.join(beginnings[:-1])} or {beginnings[-1]}")
    if _URL_FORBIDDEN.search(value):
        raise ValueError("must not hold spaces or line breaks")
    try:
        check_url(value, policy)
    except NotAUrl:
        raise ValueError(_unreadable(value)) from None
    except NotAHost:
        raise ValueError("must hold a host name or an IP address that can be read") from None
    except AddressRefused as error:
        raise ValueError(f"is refused: {error.message}") from None
    return value


def _unreadable(value: str) -> str:
    """Return the problem of a URL that cannot be parsed."""
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return "must hold a host name or an IP address that can be read"
    return "must have a port from 0 to 65535, or none" if host else f"must name a host after {parts.scheme}://"


def _webhook_url(value: str, info: ValidationInfo) -> str:
    return _url(value, ("https", "http"), (info.context or {}).get(WEBHOOK_POLICY, AddressPolicy.ANY))


def _fetched_url(value: str, info: ValidationInfo) -> str:
    return _url(value, ("https", "http"), (info.context or {}).get(POLICY, AddressPolicy.ANY))


def _page_url(value: str) -> str:
    return _url(value, ("https", "http"), AddressPolicy.ANY)


def _proxy_url(value: str, info: ValidationInfo) -> str:
    return _url(value, PROXY_SCHEMES, (info.context or {}).get(POLICY, AddressPolicy.ANY))


def _origin(value: str) -> str:
    url = _url(value, ("https", "http"), AddressPolicy.ANY)
    parts = urlsplit(url)
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be an origin alone, such as https://postroom.example.com")
    return f"{parts.scheme}://{parts.netloc}"


def _header_name(value: str) -> str:
    if not _HEADER_NAME.fullmatch(value):
        raise ValueError("must be a header name")
    return value


class OrFalse:
    """Marks a block that may also be the literal `false`, which means that there is none."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            lambda value, validate: False if value is False else validate(value), handler(source)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"const": False}]}


class AtMost:
    """Limits the length of a list or an object. Its error comes together with the errors of the items."""

    def __init__(self, most: int, words: str) -> None:
        self._most = most
        self._words = words

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._check, handler(source))

    def _check(self, value: Any, validate: Callable[[Any], Any]) -> Any:
        # A single text stands for a list of one. Any other value fails the inner validation.
        length = len(value) if isinstance(value, list | dict) else 0
        found: list[InitErrorDetails] = []
        valid = None
        try:
            valid = validate(value)
        except ValidationError as error:
            found = [_again(each) for each in error.errors(include_url=False)]
        if length > self._most:
            reason = ValueError(f"must not hold more than {self._most} {self._words}")
            found.insert(0, InitErrorDetails(type="value_error", loc=(), input=None, ctx={"error": reason}))
        if found:
            raise ValidationError.from_exception_data("", found)
        return valid


def _again(error: ErrorDetails) -> InitErrorDetails:
    """Return an error in the form in which pydantic can raise it again."""
    return InitErrorDetails(type=error["type"], loc=error["loc"], input=None, ctx=error.get("ctx", {}))


class OneOf:
    """Restricts a text to these names."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(names)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(self._names)


_Blank = BeforeValidator(_blank_is_none)
_NoNul = AfterValidator(_without_nul)

AccountId = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256), _NoNul, AfterValidator(_addressable)
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256), _NoNul]
AnyText = Annotated[str, _NoNul]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=256), AfterValidator(_email)]
OptionalEmail = Annotated[Email | None, _Blank]
Text = Annotated[str, StringConstraints(max_length=256), _NoNul]
OptionalText = Annotated[Text | None, _Blank]
ShortText = Annotated[Annotated[str, StringConstraints(max_length=100), _NoNul] | None, _Blank]
SearchText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=256), _NoNul]
LoginText = Annotated[str, StringConstraints(max_length=256), AfterValidator(_on_one_line)]
BearerText = Annotated[str, StringConstraints(max_length=16384), AfterValidator(_on_one_line)]
MailboxPath = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_on_one_line)]
OptionalMailboxPath = Annotated[MailboxPath | None, _Blank]
Flag = Annotated[bool, BeforeValidator(_blank_is_false)]
OptionalFlag = Annotated[bool | None, _Blank]
Port = Annotated[int, Field(ge=1, le=65535), BeforeValidator(_not_a_switch)]
Count = Annotated[int, Field(ge=0, le=2**53 - 1), BeforeValidator(_not_a_switch)]
Host = Annotated[str, StringConstraints(max_length=256), AfterValidator(_host)]
EhloName = Annotated[Annotated[str, StringConstraints(max_length=253), AfterValidator(_ehlo_name)] | None, _Blank]
Moment = Annotated[
    str | None, BeforeValidator(_moment), WithJsonSchema({"type": ["string", "null"], "format": "date-time"})
]
RequiredWebhookUrl = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=2048), AfterValidator(_webhook_url)
]
WebhookUrl = Annotated[RequiredWebhookUrl | None, _Blank]
FetchedUrl = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=2048), AfterValidator(_fetched_url)] | None,
    _Blank,
]
"""A URL that Postroom itself requests."""
RequiredPageUrl = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2048), AfterValidator(_page_url)]
PageUrl = Annotated[RequiredPageUrl | None, _Blank]
"""A URL to which a browser is sent."""
ProxyUrl = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=2048), AfterValidator(_proxy_url)] | None,
    _Blank,
]
Origin = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=2048), AfterValidator(_origin)] | None, _Blank
]
HeaderName = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_header_name)]
HeaderValue = Annotated[str, StringConstraints(max_length=10240), AfterValidator(_on_one_line)]

_LIST_SCHEMA: JsonSchemaValue = {
    "anyOf": [{"type": "array", "items": {"type": "string", "maxLength": 1024}}, {"type": ["string", "null"]}]
}
MailboxPaths = Annotated[
    list[MailboxPath], BeforeValidator(_as_list), AfterValidator(_all_folders), WithJsonSchema(_LIST_SCHEMA)
]
SubconnectionPaths = Annotated[
    list[Annotated[MailboxPath, StringConstraints(max_length=256)]],
    BeforeValidator(_as_list),
    WithJsonSchema(_LIST_SCHEMA),
]
