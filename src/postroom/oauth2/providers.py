"""Known OAuth2 providers, as data: where their mailboxes are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Server:
    """One mail service; `implicit_tls` False means STARTTLS is demanded."""

    host: str
    port: int
    implicit_tls: bool = True


@dataclass(frozen=True, slots=True)
class Provider:
    """The mail servers of one provider."""

    imap: Server
    smtp: Server


PROVIDERS: dict[str, Provider] = {
    "gmail": Provider(Server("imap.gmail.com", 993), Server("smtp.gmail.com", 465)),
    "outlook": Provider(Server("outlook.office365.com", 993), Server("smtp.office365.com", 587, implicit_tls=False)),
    "mailRu": Provider(Server("imap.mail.ru", 993), Server("smtp.mail.ru", 465)),
}
