"""The ground that every service stands on, and the services that several rooms use."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from postroom.access.service import Tokens
from postroom.accounts.service import Accounts
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LookupUse, Names
from postroom.credentials.access_tokens import AccessTokens
from postroom.credentials.auth_server import AuthServer
from postroom.figures import Figures
from postroom.footprint.dataclass import dataclass
from postroom.oauth2.apps import Apps
from postroom.oauth2.web import WebClient
from postroom.onboarding.autoconfig.service import Autoconfig
from postroom.onboarding.consent.service import Consents
from postroom.onboarding.trial import Trials
from postroom.onboarding.verify import Verifier
from postroom.protocol_logs.recorder import Recorder
from postroom.protocol_logs.service import ProtocolLogs
from postroom.protocol_logs.taps import Taps
from postroom.sessions.borrowing import Borrowing
from postroom.sessions.opening import Sessions, pacing_of
from postroom.sessions.pool import Pool
from postroom.settings import Settings
from postroom.storage.counted import CountedDatabase
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox

if TYPE_CHECKING:
    from postroom.connections.http.http_session import HttpSession

_WEB_CONNECTIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every service needs: the settings, the database, and the clients for other hosts."""

    settings: Settings
    db: Database
    box: SecretBox
    names: Names
    web: WebClient
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services that several rooms use."""

    sessions: Sessions
    borrowing: Borrowing

    tokens: Tokens
    accounts: Accounts
    apps: Apps
    runtime: RuntimeSettings
    access: AccessTokens
    trials: Trials
    consents: Consents
    verifier: Verifier
    autoconfig: Autoconfig
    protocol_logs: ProtocolLogs


def open_ground(
    settings: Settings, db: Database, box: SecretBox, figures: Path | None, stack: AsyncExitStack
) -> Ground:
    """Make the clients for other hosts; `stack` closes them again."""
    names = Names()
    stack.push_async_callback(names.close)
    web = web_client(settings, names)
    stack.push_async_callback(web.close)
    counted = Figures(figures)
    return Ground(
        settings=settings,
        db=CountedDatabase(db, counted),
        box=box,
        names=names,
        web=web,
        figures=counted,
    )


def services_of(ground: Ground, node: str) -> Services:
    """Build the services that several rooms use; `node` is the id of this process."""
    settings, db, box, web = ground.settings, ground.db, ground.box, ground.web
    lookups = ground.names.of(LookupUse.ONBOARDING)
    accounts, apps = Accounts(db, box), Apps(db, box)
    runtime = RuntimeSettings(db, box, defaults={"serviceUrl": settings.service_url})
    lender = AuthServer(web=web, runtime=runtime)
    access = AccessTokens(
        db=db,
        accounts=accounts,
        apps=apps,
        web=web,
        auth_server=lender,
        count_renewal=ground.figures.count_renewal,
    )
    pacing, logs = pacing_of(settings), _protocol_logs(db, runtime, node)
    sessions = Sessions.of(settings, ground.names.of(LookupUse.ACCOUNTS), pacing=pacing, tokens=access, taps=logs.taps)
    return Services(
        sessions=sessions,
        borrowing=Borrowing(accounts, Pool(sessions)),
        tokens=tokens_of(settings, db),
        accounts=accounts,
        apps=apps,
        runtime=runtime,
        access=access,
        trials=Trials(db=db, box=box, accounts=accounts, apps=apps, web=web, access=access, auth_server=lender),
        consents=Consents(db=db, box=box, accounts=accounts, apps=apps, web=web, runtime=runtime, access=access),
        verifier=Verifier(settings=settings, lookups=lookups, pacing=pacing),
        autoconfig=Autoconfig(settings=settings, lookups=lookups),
        protocol_logs=logs,
    )


def _protocol_logs(db: Database, runtime: RuntimeSettings, node: str) -> ProtocolLogs:
    recorder = Recorder(db=db, runtime=runtime, node=node)
    return ProtocolLogs(db, runtime, Taps(db=db, runtime=runtime, keep=recorder.keep), recorder)


def tokens_of(settings: Settings, db: Database) -> Tokens:
    """Return the API tokens of an installation, including the one in the settings."""
    return Tokens(db, settings.token.get_secret_value() if settings.token else None)


def web_client(settings: Settings, names: Names) -> WebClient:
    """Return the client for authorization servers, within the address policy. The caller closes it."""
    policy = AddressPolicy(settings.host_policy)

    def open_web() -> HttpSession:
        from postroom.connections.http.http_session import open_session

        return open_session(policy, _WEB_CONNECTIONS, names.of(LookupUse.TOKENS))

    return WebClient(open_web)
