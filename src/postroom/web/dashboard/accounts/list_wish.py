"""What a visitor wants to see of the list of accounts: read from a link or a form, and written into links. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final, TypeVar

from postroom.accounts.lifecycle import Health, State
from postroom.accounts.model import AccountOrder, AccountPlace, ListQuery
from postroom.footprint.dataclass import dataclass
from postroom.web.dashboard.accounts.paths import list_path
from postroom.web.dashboard.accounts.provider_choice import ProviderChoice
from postroom.web.design.tones import label
from postroom.web.received import page_in

__all__ = ["PAGE_SIZE", "ListWish", "read_wish"]

PAGE_SIZE: Final = 50
_LONGEST: Final = 256

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ListWish:
    """The filters, the order and the page; `pair` is a pair of metadata, `name=value`."""

    text: str = ""
    health: Health | None = None
    state: State | None = None
    provider: str = ""
    pair: str = ""
    order: AccountOrder = AccountOrder.ACCOUNT
    descending: bool = False
    page: int = 0

    @property
    def is_narrow(self) -> bool:
        """Whether any filter is set."""
        return self.everything != replace(self, page=0)

    @property
    def everything(self) -> ListWish:
        """All accounts in the same order."""
        return ListWish(order=self.order, descending=self.descending)

    def query(self, choices: Iterable[ProviderChoice]) -> ListQuery:
        """Return the question for the database. A provider that no account has matches nothing."""
        places: tuple[AccountPlace, ...] | None = None
        if self.provider:
            places = next((each.places for each in choices if each.name == self.provider), ())
        name, _, value = self.pair.partition("=")
        return ListQuery(
            page=self.page,
            page_size=PAGE_SIZE,
            state=self.state,
            text=self.text or None,
            metadata={name.strip(): value.strip()} if self.pair else {},
            health=self.health,
            places=places,
            order=self.order,
            descending=self.descending,
        )

    def parameters(self) -> dict[str, str]:
        """Return the parameters of a link to this list, or the hidden fields of a form about it."""
        usual = self.order is AccountOrder.ACCOUNT and not self.descending
        found = {
            "q": self.text,
            "health": self.health.value if self.health else "",
            "state": self.state.value if self.state else "",
            "provider": self.provider,
            "metadata": self.pair,
            "order": "" if usual else f"{'-' if self.descending else ''}{self.order.value}",
            "page": str(self.page + 1) if self.page else "",
        }
        return {name: value for name, value in found.items() if value}

    @property
    def path(self) -> str:
        """The path of this list."""
        return list_path(self.parameters())

    def at(self, page: int) -> str:
        """Return the path of another page of this list."""
        return replace(self, page=page).path

    def of_health(self, health: Health | None) -> str:
        """Return the path of the list of a health, with the other filters as they are."""
        return replace(self, health=health, page=0).path

    def sorted_by(self, order: AccountOrder) -> str:
        """Return the path of the list in an order; the order that it has now is turned round."""
        return replace(self, order=order, descending=self.order is order and not self.descending, page=0).path

    def direction(self, order: AccountOrder) -> str:
        """Return `up` or `down` if the list has this order, else nothing."""
        if self.order is not order:
            return ""
        return "down" if self.descending else "up"

    def in_words(self) -> str:
        """Return which accounts these are: `all accounts`, or the filters one after the other."""
        said = [
            label(self.health).lower() if self.health else "",
            f"in the state “{label(self.state)}”" if self.state else "",
            f"at {self.provider}" if self.provider else "",
            f"with “{self.text}” in id, name or address" if self.text else "",
            f"with the metadata {self.pair}" if self.pair else "",
        ]
        found = [each for each in said if each]
        return f"accounts {', '.join(found)}" if found else "all accounts"


def read_wish(sent: Mapping[str, str]) -> ListWish:
    """Return what a link or a form asks for. Values that mean nothing are left out."""
    order = sent.get("order", "")
    return ListWish(
        text=_text(sent, "q"),
        health=_one_of(Health, sent.get("health", "")),
        state=_one_of(State, sent.get("state", "")),
        provider=_text(sent, "provider"),
        pair=_text(sent, "metadata"),
        order=_one_of(AccountOrder, order.removeprefix("-")) or AccountOrder.ACCOUNT,
        descending=order.startswith("-"),
        page=page_in(sent.get("page", "")),
    )


def _text(sent: Mapping[str, str], name: str) -> str:
    return sent.get(name, "").strip()[:_LONGEST]


def _one_of(kind: type[Choice], value: str) -> Choice | None:
    return kind(value) if value in kind._value2member_map_ else None
