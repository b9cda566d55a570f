"""Builds the dashboard: the services of its screens, which are those of the API and those of signing in."""

from __future__ import annotations

from functools import partial

from starlette.types import ASGIApp

from postroom.access.admins.admission import Admission
from postroom.access.admins.authenticator import Authenticator
from postroom.access.admins.sessions import AdminSessions
from postroom.accounts.bulk.service import BulkActions
from postroom.accounts.listing.service import AccountLists
from postroom.api.app import document_of
from postroom.api.pipeline.route import Api
from postroom.attention.service import Attention
from postroom.composition.callers import admins_of
from postroom.composition.services import Ground
from postroom.folders.followed import FollowedFolders
from postroom.oauth2.person_sign_in import PersonSignIn
from postroom.settings import places_of
from postroom.web.dashboard import app
from postroom.web.dashboard.adding.kept_secrets import KeptSecrets
from postroom.web.dashboard.desk import Desk
from postroom.webhooks.fates.service import EventFates

__all__ = ["application_of", "desk_of"]


def desk_of(ground: Ground, api: Api, calls: ASGIApp) -> Desk:
    """Return the services of the dashboard: those of the API, and those of signing in.

    `calls` is the application of the API, which the dashboard calls inside this process.
    """
    settings = api.settings
    return Desk(
        admins=admins_of(ground.db, ground.box),
        authenticator=Authenticator(ground.db, ground.box),
        sessions=AdminSessions(ground.db),
        people=_people(ground),
        admission=Admission(settings.oidc_emails, settings.oidc_claim or ""),
        settings=settings,
        version=api.version,
        accounts=api.accounts,
        registrations=api.registrations,
        diagnoses=api.diagnoses,
        verifier=api.verifier,
        autoconfig=api.autoconfig,
        folders=api.folders,
        mail=api.lists,
        searches=api.searches,
        messages=api.messages,
        downloads=api.downloads,
        submissions=api.submissions,
        lanes=api.lanes,
        outbox=api.outbox,
        webhooks=api.webhooks,
        deliveries=api.deliveries,
        fates=EventFates(db=ground.db, box=ground.box, runtime=api.runtime, endpoints=api.webhooks),
        events=api.events,
        apps=api.apps,
        app_check=api.app_check,
        tokens=api.tokens,
        nodes=api.nodes,
        statistics=api.statistics,
        runtime=api.runtime,
        streams=api.streams,
        attention=Attention(
            db=api.nodes.db,
            runtime=api.runtime,
            outbox=api.outbox,
            nodes=api.nodes,
            soundness=api.vitals.soundness,
        ),
        lists=AccountLists(api.accounts.db),
        bulk=BulkActions(api.accounts.db),
        followed=FollowedFolders(api.accounts.db),
        access=api.access,
        kept=KeptSecrets(ground.box),
        calls=calls,
        document=partial(document_of, api.version),
        places=places_of(settings),
    )


def application_of(desk: Desk) -> ASGIApp:
    """Return the application that serves the dashboard."""
    return app.build(desk)


def _people(ground: Ground) -> PersonSignIn | None:
    settings = ground.settings
    if settings.oidc_issuer is None:
        return None
    secret = settings.oidc_client_secret
    return PersonSignIn(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id or "",
        client_secret=secret.get_secret_value() if secret else None,
        web=ground.web,
        box=ground.box,
    )
