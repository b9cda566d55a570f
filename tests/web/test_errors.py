"""Whatever goes wrong becomes a page that says what to do, and tells nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.errors import OutcomeUnknown, StorageUnavailable
from tests.web.site import Person, Site


async def test_a_fault_of_ours_has_a_number(
    site: Site, person: Person, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> Any:
        raise RuntimeError("the inner workings")

    link = await site.link()
    monkeypatch.setattr("postroom.onboarding.sign_in.service.SignIns.offers", fail)
    page = await person.open(link)
    assert (page.status, "Something went wrong" in page.text) == (500, True)
    assert "inner workings" not in page.text
    assert "Number of this fault: " in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StorageUnavailable("away"), "Nothing was stored. Try again in a minute."),
        (OutcomeUnknown("lost"), "Open your link again in a minute: if it still works, nothing was stored"),
    ],
)
async def test_without_the_database(
    site: Site, person: Person, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    async def fail(*_: Any) -> Any:
        raise error

    link = await site.link()
    monkeypatch.setattr("postroom.configuration.runtime.RuntimeSettings.get", fail)
    page = await person.open(link)
    assert (page.status, words in page.text, page.headers["retry-after"]) == (503, True, "5")


async def test_nobody_types_that_much(site: Site, person: Person) -> None:
    page = await person.open(await site.link())
    assert (await person.send(page, email="x" * 70_000)).status == 413
    assert (await person.send(page, **{f"f{number}": "" for number in range(200)})).status == 413
