"""The first steps of a diagnosis, the same for every protocol: the name, each address family, the certificate."""

from __future__ import annotations

import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from postroom.connections.failures import ConnectionFailed, Failure, SignInRefused
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LooksUp
from postroom.connections.phases import phase
from postroom.connections.progress import OpeningStep, Progress
from postroom.connections.sockets import endpoint as endpoints
from postroom.connections.sockets.certificate import read_certificate
from postroom.connections.sockets.endpoint import ConnectWay, Endpoint
from postroom.onboarding.diagnosis.trail import ExaminationStep, Told, Trail
from postroom.tasks import together

__all__ = ["CERTIFICATE_CODES", "certificate_told", "note_certificate", "reach", "unverified_certificate"]

CERTIFICATE_CODES: Final = frozenset({"ECERT", "ECERTEXPIRED", "ECERTNAME", "ECERTUNTRUSTED"})
_FAMILIES: Final = {socket.AF_INET: "ipv4", socket.AF_INET6: "ipv6"}
_EXPIRES_SOON: Final = timedelta(days=14)


async def reach(trail: Trail, endpoint: Endpoint, policy: AddressPolicy, lookups: LooksUp, limit: float) -> bool:
    """Resolve the name and connect by each address family; return whether the server can be reached."""
    trail.begin()
    try:
        async with phase("dns", limit):
            way = await endpoints.resolve(endpoint, policy, lookups)
    except (ConnectionFailed, SignInRefused) as error:
        trail.fail("dns", error.failure)
        return False
    trail.ok("dns", {"addresses": list(dict.fromkeys(str(info[4][0]) for info in way.addresses))})
    families = {name: [info for info in way.addresses if info[0] == number] for number, name in _FAMILIES.items()}
    tries = [_try_family(trail, name, replace(way, addresses=each), limit) for name, each in families.items() if each]
    _add_families(trail, await together(*tries))
    trail.begin()
    return trail.failure is None


async def _try_family(trail: Trail, name: str, way: ConnectWay, limit: float) -> ExaminationStep:
    began = time.monotonic()
    failure: Failure | None = None
    told: Told = {}
    try:
        async with phase("connect", limit):
            connection = await endpoints.connect(way)
        told = {"address": connection.getpeername()[0]}
        connection.close()
    except (ConnectionFailed, SignInRefused) as error:
        failure = error.failure
    ms = round((time.monotonic() - began) * 1000)
    return ExaminationStep(trail.protocol, f"tcp-{name}", "failed" if failure else "ok", ms, told, failure=failure)


def _add_families(trail: Trail, steps: list[ExaminationStep]) -> None:
    """Add the step of each family. One that answers is enough; a failure of the other becomes a remark."""
    if any(step.outcome == "ok" for step in steps):
        steps = [
            step
            if step.failure is None
            else replace(step, outcome="warning", remark=f"{step.failure.response}.", failure=None)
            for step in steps
        ]
    for step in steps:
        trail.add(step)


def note_certificate(trail: Trail, name: str, told: Mapping[str, Any]) -> None:
    """Add the step that set up TLS, with a warning if the certificate is about to expire."""
    shown = certificate_told(told)
    certificate = read_certificate(told["certificate"])
    if certificate is not None and certificate.expires - datetime.now(UTC) < _EXPIRES_SOON:
        trail.warn(name, f"The server's certificate expires on {certificate.expires:%Y-%m-%d}.", shown)
    else:
        trail.ok(name, shown)


def certificate_told(told: Mapping[str, Any]) -> Told:
    """Return TLS version, cipher and certificate in the form of an answer."""
    shown: dict[str, object] = {"version": told["version"], "cipher": told["cipher"]}
    certificate = read_certificate(told["certificate"])
    if certificate is not None:
        shown["certificate"] = {
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "names": list(certificate.names),
            "expires": certificate.expires.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }
    return shown


class _Enough(Exception):
    """Ends an opening once the certificate is known."""


async def unverified_certificate(
    endpoint: Endpoint, open_connection: Callable[[Endpoint, Progress], Awaitable[object]]
) -> Told:
    """Return a certificate that was refused, from a connection that ends before the user name is sent."""
    seen: dict[str, object] = {}

    def stop(step: OpeningStep, told: Mapping[str, Any]) -> None:
        if step in ("tls", "starttls"):
            seen.update(certificate_told(told))
            raise _Enough

    demanding = replace(endpoint, verify=False, tls="implicit" if endpoint.tls == "implicit" else "starttls")
    try:
        await open_connection(demanding, stop)
    except (_Enough, ConnectionFailed, SignInRefused):
        return seen
    return seen
