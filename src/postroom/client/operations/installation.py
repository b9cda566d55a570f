"""The installation: settings, nodes, health, figures, the document of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.client.request import AnswerKind, ApiRequest, QueryValue, Repeat, made, path
from postroom.client.walking import WholeWalk

if TYPE_CHECKING:
    from postroom.schemas.answers import operation
    from postroom.schemas.answers.settings import ShownSettings, UpdatedSettings
    from postroom.schemas.requests.settings import SettingsChange

_DRAIN = "/v1/nodes/{}/drain"


def settings(*names: str) -> ApiRequest[ShownSettings]:
    """Return these run-time settings, or all."""
    query: dict[str, QueryValue] = dict.fromkeys(names, True)
    return made("GET", "/v1/settings", query=query)


def change_settings(body: SettingsChange) -> ApiRequest[UpdatedSettings]:
    """Change run-time settings; null restores a default."""
    # The same values twice are the same settings.
    return made("POST", "/v1/settings", body=body, repeat=Repeat.ALWAYS)


def nodes() -> WholeWalk[operation.ClusterNode]:
    """Go through the nodes of the cluster."""
    return WholeWalk(made("GET", "/v1/nodes"), "nodes")


def drain(node: str) -> ApiRequest[operation.NodeChanged]:
    """Have a node give its accounts to the others."""
    return made("POST", path(_DRAIN, node), repeat=Repeat.ALWAYS)


def end_drain(node: str) -> ApiRequest[operation.NodeChanged]:
    """Let a node take accounts again."""
    return made("DELETE", path(_DRAIN, node))


def health() -> ApiRequest[operation.Healthy]:
    """Say whether the gateway works; Unavailable with the reasons if it does not."""
    return made("GET", "/health")


def liveness() -> ApiRequest[operation.Healthy]:
    """Say whether the process answers."""
    return made("GET", "/health/live")


def stats(*, seconds: int | None = None) -> ApiRequest[operation.Stats]:
    """Return what the installation did in the last `seconds`, and how its accounts and queues are."""
    return made("GET", "/v1/stats", query={"seconds": seconds})


def metrics() -> ApiRequest[str]:
    """Return the figures for Prometheus."""
    return made("GET", "/metrics", kind=AnswerKind.TEXT)


def document() -> ApiRequest[dict[str, object]]:
    """Return the OpenAPI document."""
    return made("GET", "/openapi.json")


def reference() -> ApiRequest[str]:
    """Return the reference as an HTML page."""
    return made("GET", "/docs", kind=AnswerKind.TEXT)
