"""Which path shows what, and how pages are served."""

from __future__ import annotations

import pytest

from tests.web.site import Person, Site


async def test_paths_that_are_no_pages(site: Site, person: Person) -> None:
    for path in ("/accounts", "/accounts/", "/accounts/old", "/oauth/x", "/accounts/style.css/x"):
        page = await person.open(site.client.base + path)
        assert (page.status, "There is no such page" in page.text) == (404, True), path
    # What only begins alike belongs to the API.
    assert (await site.client.get("/accountsx")).body["code"] == "PageNotFound"


@pytest.mark.parametrize("path", ["/accounts/new", "/accounts/style.css", "/oauth"])
async def test_methods_that_are_none(site: Site, path: str) -> None:
    async with site.client.session.put(site.client.base + path) as response:
        assert (response.status, response.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_what_the_pages_refer_to_may_be_kept(site: Site, person: Person) -> None:
    page = await person.open(await site.link())
    for name, kind in (("style.css", "text/css"), ("sign-in.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
        (where,) = [part for part in page.text.split('"') if name in part]
        async with site.client.session.get(site.client.base + where) as response:
            assert response.status == 200
            assert response.headers["content-type"].startswith(kind)
            assert "immutable" in response.headers["cache-control"]
        async with site.client.session.head(site.client.base + where) as response:
            assert response.status == 200


async def test_a_logo_takes_the_place_of_the_name(site: Site, person: Person) -> None:
    await site.client.post("/v1/settings", {"pageLogoUrl": "https://cdn.example/l.svg", "pageBrandName": "Ada"})
    page = await person.open(await site.link())
    assert '<img src="https://cdn.example/l.svg" alt="Ada">' in page.text
    assert "img-src 'self' https://cdn.example;" in page.headers["content-security-policy"]
