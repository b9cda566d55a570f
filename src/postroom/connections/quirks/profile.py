"""The model of a provider profile: how to recognise the server, treat it, reach it and sign in. Pure."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

__all__ = ["AppPassword", "MailServer", "Match", "Profile", "SendingLimits", "Treatment"]

Lower = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^A-Z]+$")]
Upper = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^a-z ]+$")]
Sentence = Annotated[str, StringConstraints(min_length=10, pattern=r"^\S[^\n]*[.]$")]


class _Part(BaseModel):
    """A table of the file; unknown keys are refused, so that a misspelt key is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Match(_Part):
    """What identifies the server. Any one of these is enough, but all of `capabilities` must be offered.

    `hosts` and `mx` are endings of host names (`gmail.com` fits `imap.gmail.com`); `domains` are the domains of
    addresses. `greetings` are texts in the greeting, `id_names` texts in the `name` of the ID answer (RFC 2971).
    """

    hosts: tuple[Lower, ...] = ()
    mx: tuple[Lower, ...] = ()
    domains: tuple[Lower, ...] = ()
    greetings: tuple[Lower, ...] = ()
    id_names: tuple[Lower, ...] = ()
    capabilities: frozenset[Upper] = frozenset()


class Treatment(_Part):
    """How the server is treated; anything that a file does not name is treated as with a good server.

    `avoid`: capabilities that it offers but implements wrongly. `idle_renewal`: the longest IDLE it tolerates, in
    seconds. `renewal_after_mail`: the same after new mail, because it may overlook what comes as it looks. `idles`
    false: IDLE is missing or reports nothing. `reads_on_after_done`: the next command may follow DONE at once.
    `polls_by_select`: new mail is visible only after the folder is opened again. `trusts_modseq` false: its
    mod-sequences are meaningless. `settles_late`: it reports a HIGHESTMODSEQ before the changes that belong to it are
    visible.

    `account_connections`: how many connections it allows for one account, those of other programs included. Most
    servers do not publish it. `lent_at_host`: how many sessions a node keeps open at the host to lend for commands.
    """

    avoid: frozenset[Upper] = frozenset()
    idle_renewal: Annotated[float | None, Field(gt=0)] = None
    renewal_after_mail: Annotated[float | None, Field(gt=0)] = None
    idles: bool = True
    reads_on_after_done: bool = False
    polls_by_select: bool = False
    trusts_modseq: bool = True
    settles_late: bool = False
    account_connections: Annotated[int | None, Field(gt=1)] = None
    lent_at_host: Annotated[int, Field(gt=0)] = 50


class SendingLimits(_Part):
    """What the provider allows for one account and one message, and what it does with a message; None is not known.

    `per_minute` and `per_day` are messages, `recipients_per_message` those of one transaction,
    `messages_per_connection` messages after which the connection is closed. `stores_sent_copy`: it puts every message
    into the folder of sent mail itself. `replaces_message_id`: recipients see another Message-ID than ours.
    """

    per_minute: Annotated[int | None, Field(gt=0)] = None
    per_day: Annotated[int | None, Field(gt=0)] = None
    recipients_per_message: Annotated[int | None, Field(gt=0)] = None
    messages_per_connection: Annotated[int | None, Field(gt=0)] = None
    stores_sent_copy: bool = False
    replaces_message_id: bool = False


_BEFORE_OPENING = frozenset({"account_connections", "lent_at_host"})


class MailServer(_Part):
    """One service; `secure` means TLS from the first byte, otherwise STARTTLS."""

    host: Lower
    port: int = Field(ge=1, le=65535)
    secure: bool = True


class AppPassword(_Part):
    """Whether the ordinary password is refused, and what the owner of the mailbox must do first.

    `instructions` are in English; `translations` maps the codes of other languages to theirs.
    """

    required: bool
    instructions: Sentence
    translations: dict[str, Sentence] = {}

    def instructions_in(self, language: str) -> str:
        """Return the instructions in the language with this code, or in English if there is no translation."""
        return self.translations.get(language, self.instructions)


class Profile(_Part):
    """One provider or server software.

    `source` says where the knowledge comes from, `date` when it was written down. `notes` are for people: limits and
    habits of the server that need no special treatment.
    """

    name: str = Field(min_length=1)
    source: str = Field(min_length=5)
    date: datetime.date
    match: Match
    treatment: Treatment = Treatment()
    sending: SendingLimits = SendingLimits()
    imap: MailServer | None = None
    smtp: MailServer | None = None
    app_password: AppPassword | None = None
    notes: tuple[Sentence, ...] = ()

    @model_validator(mode="after")
    def _recognisable(self) -> Profile:
        if not any(getattr(self.match, name) for name in Match.model_fields):
            raise ValueError("a profile that matches nothing is of no use")
        if self.treatment.avoid and not self.match.hosts:
            raise ValueError("`avoid` counts from the first command on, so the server must be known by its host")
        if self.treatment.model_fields_set & _BEFORE_OPENING and not self.match.hosts:
            raise ValueError("how many connections there may be must be known by the host, before one is opened")
        if self.sending.model_fields_set and not self.match.hosts:
            raise ValueError("limits of sending are looked up by the host")
        if (self.match.mx or self.match.domains) and self.imap is None and self.smtp is None:
            raise ValueError("`mx` and `domains` find servers, and the profile names none")
        return self

    @property
    def effects(self) -> list[str]:
        """The consequences of the treatment, as sentences for people, followed by the notes."""
        treatment = self.treatment
        said = [f"{name} is taken as not offered." for name in sorted(treatment.avoid)]
        if not treatment.idles:
            said.append("IDLE is not used; new mail is polled for.")
        if treatment.idle_renewal is not None:
            what = "IDLE is renewed" if treatment.idles else "The server is asked"
            said.append(f"{what} every {treatment.idle_renewal:g} seconds at the latest.")
        if treatment.renewal_after_mail is not None and treatment.idles:
            said.append(f"IDLE is renewed once, {treatment.renewal_after_mail:g} seconds after new mail.")
        if treatment.reads_on_after_done:
            said.append("The next command goes out together with the end of IDLE.")
        if treatment.polls_by_select:
            said.append("Folders are opened anew to see what has changed.")
        if not treatment.trusts_modseq:
            said.append("Modification sequences are not relied on.")
        if treatment.settles_late:
            said.append("Changes are looked for once more a moment after they were told.")
        bears = treatment.account_connections
        if bears is not None:
            said.append(f"It bears {bears} connections of an account; sessions for commands keep within that.")
        return [*said, *self.notes]
