"""Which connections stay."""

from __future__ import annotations

from postroom.submission.transmission.keeping import Keeping, Kept


def kept(account: str, since: float = 0.0, host: str = "h") -> Kept[str]:
    return Kept(f"connection of {account} since {since}", account, 1, host, since)


def names(gone: list[Kept[str]]) -> str:
    return " ".join(each.account for each in gone)


def test_an_account_has_one() -> None:
    keeping: Keeping[str] = Keeping(10, 10)
    first, second = kept("a", 1), kept("a", 2)
    assert keeping.put(first) == []
    assert keeping.put(second) == [first]
    assert not keeping.remove(first)
    assert keeping.take("a") is second
    assert keeping.take("a") is None


def test_the_longest_at_rest_goes_first() -> None:
    keeping: Keeping[str] = Keeping(2, 3)
    assert [names(keeping.put(kept(account))) for account in "abc"] == ["", "", "a"]
    assert [names(keeping.put(kept(account, host="other"))) for account in "de"] == ["", "b"]
    assert keeping.accounts == ["c", "d", "e"]


def test_time_is_up() -> None:
    keeping: Keeping[str] = Keeping(10, 10)
    assert keeping.first() is None
    for since, account in enumerate("abc"):
        keeping.put(kept(account, since))
    assert keeping.first() == 0
    assert names(keeping.due(1)) == "a b"
    assert keeping.first() == 2
    assert [each.account for each in keeping] == ["c"]
    [last] = keeping
    assert keeping.remove(last)
    assert keeping.accounts == []
