"""Reads `config-v1.1.xml`, the document in which providers describe their mail servers. Pure.

Format: draft-ietf-mailmaint-autoconfig, and https://wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from postroom.connections.hosts.checked_host import ascii_name
from postroom.errors import Permanent
from postroom.onboarding.autoconfig.servers import Found, FoundServer, Source
from postroom.words.strangers import take_in

__all__ = ["LARGEST_DOCUMENT", "NotAConfig", "is_host_name", "read_config"]

LARGEST_DOCUMENT: Final = 256 * 1024
"""Bytes. Real documents have between 2,000 and 10,000."""

T = TypeVar("T")

_DEEPEST: Final = 32
_HOST_NAME: Final = re.compile(r"(?=.{1,253}$)([a-z0-9_][a-z0-9_-]{0,62}\.)+[a-z][a-z0-9-]{1,62}", re.IGNORECASE)
_SECURITY: Final = ("ssl", "starttls")
"""Kinds of encryption, best first. Servers without encryption are ignored."""


class NotAConfig(Permanent):
    """The document cannot be read, or is not a description of mail servers."""

    code = "NotAConfig"


def read_config(document: bytes, email: str, source: Source) -> Found:
    """Return the servers that a document names for an address. Raises NotAConfig."""
    provider = _parse(document).find("emailProvider")
    if provider is None:
        raise NotAConfig("The document has no emailProvider")
    imap = _choose(provider.findall("incomingServer"), "imap", email)
    smtp = _choose(provider.findall("outgoingServer"), "smtp", email)
    if imap is None and smtp is None:
        raise NotAConfig("The document names no IMAP or SMTP server with encryption")
    return Found(imap, smtp, source)


def is_host_name(text: str) -> bool:
    """Return whether a text can be the full name of a server; addresses and single labels cannot."""
    return _HOST_NAME.fullmatch(text) is not None


def _parse(document: bytes) -> Element:
    """Return the root. A document type is refused, because its entities can multiply or read other files."""
    if len(document) > LARGEST_DOCUMENT:
        raise NotAConfig("The document is too large")
    builder = TreeBuilder()
    depth = 0

    def refuse(*_: object) -> None:
        raise NotAConfig("The document has a document type, which is not accepted")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise NotAConfig("The document is nested too deep")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        # ValueError and LookupError are raised for an unknown encoding.
        raise NotAConfig(f"The document is not well-formed XML: {error}") from error
    root = builder.close()
    if root.tag != "clientConfig":
        raise NotAConfig(f"The document is a {root.tag!r:.40}, not a clientConfig")
    return root


def _choose(elements: list[Element], kind: str, email: str) -> FoundServer | None:
    """Return the best protected server of this kind; among equals, the first in the document."""
    usable = [
        (_SECURITY.index(security), server)
        for element in elements
        if element.get("type", "").lower() == kind
        and (security := _first(_known_security, element, "socketType", email)) is not None
        and (server := _server(element, security, email)) is not None
    ]
    return min(usable, key=lambda each: each[0])[1] if usable else None


def _server(element: Element, security: str, email: str) -> FoundServer | None:
    host = _first(_host, element, "hostname", email)
    port = _first(_port, element, "port", email)
    if host is None or port is None:
        return None
    return FoundServer(host, port, security == "ssl", _first(_user, element, "username", email) or email)


def _first(read: Callable[[str], T | None], element: Element, name: str, email: str) -> T | None:
    """Return the first usable element of this name. The format lists them in order of preference."""
    values = (read(_fill((each.text or "").strip(), email)) for each in element.findall(name))
    return next((value for value in values if value is not None), None)


def _known_security(text: str) -> str | None:
    return text.lower() if text.lower() in _SECURITY else None


def _host(text: str) -> str | None:
    host = ascii_name(text)
    return host if is_host_name(host) else None


def _port(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) < 65536 else None


def _user(text: str) -> str | None:
    # Another kind of placeholder stands for something that only the owner knows.
    return text if text and "%" not in text and take_in(text) == text else None


def _fill(text: str, email: str) -> str:
    local, _, domain = email.rpartition("@")
    for placeholder, value in (("EMAILADDRESS", email), ("EMAILLOCALPART", local), ("EMAILDOMAIN", domain)):
        text = text.replace(f"%{placeholder}%", value)
    return text
