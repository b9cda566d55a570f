"""Reads and checks the forms of the sign-in pages; the password is never shown again. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, field, replace
from typing import Final, Literal

from postroom.accounts.email_address import email_fault
from postroom.connections.hosts.host_names import HostFault, host_faults
from postroom.footprint.dataclass import dataclass
from postroom.onboarding.autoconfig.servers import Found, FoundServer
from postroom.onboarding.sign_in.entered import EnteredMailbox, EnteredServer

__all__ = ["FIELDS", "Entered", "FormStep", "Problems", "step_of"]

FormStep = Literal["address", "password", "manual", "servers"]
Problems = dict[str, str]
"""The problems by field, each as the name of its text in the catalogue."""

_STEPS: Final[tuple[FormStep, ...]] = ("address", "password", "manual", "servers")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LONGEST: Final = 256
_IMAP_PORT, _SMTP_PORT = "993", "465"


def step_of(form: Mapping[str, str]) -> FormStep:
    """Return the step of the button that was pressed; the first step for anything unknown."""
    return next((step for step in _STEPS if step == form.get("step")), "address")


@dataclass(frozen=True, slots=True)
class Entered:
    """The fields of all forms, as text. `…_security` is `tls` or `starttls`; no SMTP host means no SMTP.

    `password` is only for signing in; no page shows it.
    """

    name: str = ""
    email: str = ""
    user: str = ""
    imap_host: str = ""
    imap_port: str = _IMAP_PORT
    imap_security: str = "tls"
    smtp_host: str = ""
    smtp_port: str = _SMTP_PORT
    smtp_security: str = "tls"
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Entered:
        """Read a form; absent fields keep their defaults."""
        given = {name: form[name].strip() for name in FIELDS if name in form}
        return cls(**given, password=form.get("password", ""))

    def shown(self) -> dict[str, str]:
        """Return the fields that a page may show."""
        return {name: value for name, value in asdict(self).items() if name in FIELDS}

    def with_servers(self, found: Found) -> Entered:
        """Return a copy with the servers that were found."""
        values = {**_found("imap", found.imap), **_found("smtp", found.smtp)}
        user = found.imap.user if found.imap else ""
        return replace(self, **values, user=self.user or (user if user != self.email else ""))

    def address_problems(self) -> Problems:
        """Return the problems of name and address."""
        wrong = {}
        if not self.email:
            wrong["email"] = "problem.email_missing"
        elif len(self.email) > _LONGEST or _CONTROLS.search(self.email) or email_fault(self.email) is not None:
            wrong["email"] = "problem.email"
        if len(self.name) > _LONGEST or _CONTROLS.search(self.name):
            wrong["name"] = "problem.text"
        return wrong

    def server_problems(self) -> Problems:
        """Return the problems of the servers and the user name."""
        wrong = {}
        for protocol in ("imap", "smtp"):
            host, port = getattr(self, f"{protocol}_host"), getattr(self, f"{protocol}_port")
            if not host and protocol == "smtp":
                continue
            if not host:
                wrong["imap_host"] = "problem.host_missing"
            elif faults := host_faults(host):
                is_more = HostFault.OTHER not in faults
                wrong[f"{protocol}_host"] = "problem.host_alone" if is_more else "problem.host"
            if not port.isascii() or not port.isdecimal() or not 1 <= int(port[:6]) <= 65535:
                wrong[f"{protocol}_port"] = "problem.port"
        return wrong | self.user_problems()

    def user_problems(self) -> Problems:
        """Return the problems of the user name."""
        return {"user": "problem.text"} if len(self.user) > _LONGEST or _CONTROLS.search(self.user) else {}

    def password_problems(self) -> Problems:
        """Return the problems of the password's form; only the server can say whether it is right."""
        if not self.password:
            return {"password": "problem.password_missing"}
        if len(self.password) > _LONGEST or _CONTROLS.search(self.password):
            return {"password": "problem.password"}
        return {}

    def person(self) -> EnteredMailbox:
        """Return who signs in, without the servers. Call it only after the checks found no problem."""
        return EnteredMailbox(email=self.email, name=self.name, user=self.user or self.email, password=self.password)

    def mailbox(self) -> EnteredMailbox:
        """Return who signs in, with the servers. Call it only after the checks found no problem."""
        smtp = EnteredServer(self.smtp_host, int(self.smtp_port), self.smtp_security != "starttls")
        imap = EnteredServer(self.imap_host, int(self.imap_port), self.imap_security != "starttls")
        return replace(self.person(), imap=imap, smtp=smtp if self.smtp_host else None)


FIELDS: Final = tuple(name for name in Entered.__slots__ if name != "password")
"""The names of the fields that pages may show."""


def _found(protocol: str, server: FoundServer | None) -> dict[str, str]:
    if server is None:
        return {f"{protocol}_host": ""}
    security = "tls" if server.secure else "starttls"
    return {f"{protocol}_host": server.host, f"{protocol}_port": str(server.port), f"{protocol}_security": security}
