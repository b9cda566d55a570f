"""The invented people, providers and letters of the pictures. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["LETTERS", "PEOPLE", "PROVIDERS", "STAR", "Invented"]


@dataclass(frozen=True, slots=True)
class Invented:
    """A person with a mailbox: its id, the name, the address, and the host of its mail server."""

    account: str
    name: str
    email: str
    host: str


PROVIDERS: Final = {
    "kestrel.example": "imap.kestrel.example",
    "larkpost.example": "imap.larkpost.example",
    "harbour.example": "imap.harbour.example",
    "bright.example": "imap.bright.example",
    "pinewood.example": "imap.pinewood.example",
}
"""Domains of providers, and the hosts of their mail servers."""

_AT_PROVIDERS: Final = {
    "kestrel.example": (
        "Ada Lindqvist,Amara Okafor,Bruno Costa,Chiara Conti,Dmitri Volkov,Elif Demir,Farah Haddad,Hana Sato,"
        "Ingrid Nilsen,Jonas Weber,Kofi Mensah,Leila Rahimi,Mateo Garcia,Nadia Petrova,Owen Hughes,Priya Nair"
    ),
    "larkpost.example": "Rosa Almeida,Samuel Cohen,Tariq Aziz,Ulla Virtanen",
    "harbour.example": (
        "Victor Moreau,Wanda Kowalska,Xenia Papadaki,Yusuf Kaya,Zofia Nowak,Aoife Byrne,Bjarne Holm,Carmen Ruiz,"
        "Daan Visser"
    ),
    "bright.example": "Sales,Support,Billing,Careers,Press,Partners,Orders",
    "pinewood.example": "Emil Larsen,Freya Jensen,Goran Ilic,Helena Novak,Ivo Marek,Jana Dvorak",
}
"""Who has a mailbox at which provider. A company reads the mail of its departments at one of them."""


def _invented(name: str, domain: str) -> Invented:
    address = f"{name.lower().replace(' ', '.')}@{domain}"
    return Invented(address.partition("@")[0], name, address, PROVIDERS[domain])


PEOPLE: Final = tuple(_invented(name, domain) for domain, names in _AT_PROVIDERS.items() for name in names.split(","))
STAR: Final = PEOPLE[0]
"""Whose account has a picture of its own."""

LETTERS: Final = (
    ("Mateo Garcia", "Re: The offer for the spring campaign"),
    ("Larkpost Billing", "Your invoice for October"),
    ("Hana Sato", "Photos of the new office"),
    ("Jonas Weber", "Can we move Thursday to 10:30?"),
    ("Harbour Travel", "Booking confirmed: Oslo, 4 December"),
    ("Priya Nair", "Re: Re: Translation of the contract"),
    ("Build", "Build 4812 passed"),
    ("Samuel Cohen", "Notes from today's call"),
    ("Rosa Almeida", "Question about order 20417"),
    ("Owen Hughes", "Draft of the annual report"),
    ("Pinewood Library", "Two books are due on Monday"),
    ("Elif Demir", "Re: Sample sizes"),
)
"""Sender and subject, the newest first."""
