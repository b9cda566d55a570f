"""The form of an endpoint: what it shows, the body that it means for the API, and the problems at its fields. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.schemas.checking.problems import FaultyField
from postroom.webhooks.model import ALL_EVENTS, WebhookEndpoint
from postroom.words.masking import MASK, masked, masked_url

__all__ = ["FIELDS", "EndpointForm", "body_of", "by_field", "form_of", "form_sent"]

FIELDS: Final = ("url", "description", "events", "accounts", "metadata", "customHeaders", "secret")


@dataclass(frozen=True, slots=True)
class EndpointForm:
    """The fields as texts. `metadata` has `name=value` in each line, `headers` has `Name: value`."""

    url: str = ""
    description: str = ""
    events: tuple[str, ...] = ()
    accounts: str = ""
    metadata: str = ""
    headers: str = field(default="", repr=False)

    def shown(self) -> EndpointForm:
        """Return the form as it may be shown again: without the secrets that were typed."""
        lines = [(name, value if value == MASK else "") for name, value in _pairs(self.headers, ":")]
        headers = "\n".join(f"{name}: {value}".rstrip() for name, value in lines)
        return EndpointForm(masked_url(self.url), self.description, self.events, self.accounts, self.metadata, headers)


def form_of(endpoint: WebhookEndpoint) -> EndpointForm:
    """Return the form of an endpoint, with its secrets masked."""
    return EndpointForm(
        masked_url(endpoint.url),
        endpoint.description,
        tuple(name for name in endpoint.events if name != ALL_EVENTS),
        "\n".join(endpoint.accounts),
        "\n".join(f"{name}={value}" for name, value in endpoint.metadata.items()),
        "\n".join(f"{header.key}: {masked(header.value)}" for header in endpoint.custom_headers),
    )


def form_sent(values: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> EndpointForm:
    """Return the form that somebody sent."""
    return EndpointForm(
        values.get("url", "").strip(),
        values.get("description", "").strip(),
        tuple(lists.get("events", ())),
        _text(values, "accounts"),
        _text(values, "metadata"),
        _text(values, "customHeaders"),
    )


def body_of(form: EndpointForm, known: WebhookEndpoint | None, problems: list[FaultyField]) -> dict[str, object]:
    """Return the body of a request to the API. `known` is the endpoint that is changed, None for a new one.

    A URL that is shown masked and did not change is left out. A header whose value is the mask keeps its value.
    Lines that are no pairs are added to `problems`.
    """
    body: dict[str, object] = {
        "description": form.description,
        "events": list(form.events),
        "accounts": _lines(form.accounts),
        "metadata": dict(_checked_pairs("metadata", form.metadata, "=", problems)),
    }
    if known is None or form.url != masked_url(known.url):
        body["url"] = form.url
    if known is None or form.headers != form_of(known).headers:
        kept = {} if known is None or known.unreadable else {each.key: each.value for each in known.custom_headers}
        pairs = _checked_pairs("customHeaders", form.headers, ":", problems)
        body["customHeaders"] = [
            {"key": name, "value": kept.get(name, value) if value == MASK else value} for name, value in pairs
        ]
    return body


def by_field(problems: Iterable[FaultyField]) -> dict[str, str]:
    """Return problems by the field of the form that they belong to. Others are under an empty name."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        name = problem.key.partition(".")[0]
        found.setdefault(name, []).append(problem.message)
    return {name: ". ".join(dict.fromkeys(messages)) for name, messages in found.items()}


def _checked_pairs(name: str, text: str, between: str, problems: list[FaultyField]) -> list[tuple[str, str]]:
    problems += [
        FaultyField(name, f"“{line.partition(' ')[0][:40]}” has no “{between}”")
        for line in _lines(text)
        if between not in line
    ]
    return _pairs(text, between)


def _pairs(text: str, between: str) -> list[tuple[str, str]]:
    parts = [line.partition(between) for line in _lines(text)]
    return [(name.strip(), value.strip()) for name, _, value in parts]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _text(values: Mapping[str, str], name: str) -> str:
    return "\n".join(_lines(values.get(name, "")))
