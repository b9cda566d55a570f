"""Registers one account of a file: finds its servers if it names none, and says what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from postroom.cli.remote.accounts.drafts import completed, needs_servers, secrets_in
from postroom.cli.remote.importing.results import ImportOutcome, OutcomeKind
from postroom.cli.remote.importing.rows import ImportRow
from postroom.cli.remote.output.failures import sentence
from postroom.client.errors import ApiError, Forbidden, TokenRefused, Unavailable, Unreachable
from postroom.footprint.dataclass import dataclass
from postroom.words.strangers import Secrets

if TYPE_CHECKING:
    from postroom.client.blocking import Postroom
    from postroom.schemas.requests.accounts import NewAccount

__all__ = ["STOPS", "Registering"]

STOPS: Final = (TokenRefused, Forbidden, Unavailable, Unreachable)
"""Errors that all other accounts would meet as well, so the import stops."""

_TAKEN: Final = "AccountAlreadyExists"


@dataclass(frozen=True, slots=True)
class Registering:
    """How accounts are registered: `update` those there are, and `verify` by a sign-in before they are stored."""

    client: Postroom
    secrets: Secrets
    update: bool
    verify: bool

    def register(self, row: ImportRow) -> ImportOutcome:
        """Register an account. Raises one of `STOPS` when there is no point in going on."""
        try:
            return self._register(row)
        except STOPS as error:
            if isinstance(error, Unavailable) and "state" in error.details:
                return self._failed(row, error)
            raise
        except ApiError as error:
            if error.code == _TAKEN:
                return ImportOutcome(row.line, row.account, OutcomeKind.EXISTED)
            return self._failed(row, error)

    def _register(self, row: ImportRow) -> ImportOutcome:
        found: Mapping[str, object] | None = None
        if needs_servers(row.draft):
            found = self.client.accounts.find_servers(str(row.draft["email"]))
            if not found["imap"]:
                why = "its mail server was not found: name it by imap.host"
                return ImportOutcome(row.line, row.account, OutcomeKind.FAILED, "ServersNotFound", why)
        body = cast("NewAccount", completed(row.draft, found))
        answer = self.client.accounts.register(body, upsert=self.update, verify=self.verify)
        is_update = answer.get("created") is False
        return ImportOutcome(row.line, row.account, OutcomeKind.UPDATED if is_update else OutcomeKind.REGISTERED)

    def _failed(self, row: ImportRow, error: ApiError) -> ImportOutcome:
        secrets = self.secrets + Secrets.of(*secrets_in(row.draft))
        return ImportOutcome(row.line, row.account, OutcomeKind.FAILED, error.code, sentence(error, secrets))
