"""Links of the repository lead to the same places on the site."""

from __future__ import annotations

import pytest

from manual.outside import moved_links


@pytest.mark.parametrize(
    ("uri", "written", "on_the_site"),
    [
        ("start.md", "[a](docs/api.md#errors)", "[a](api.md#errors)"),
        ("start.md", '<img src="docs/pictures/a.webp">', '<img src="pictures/a.webp">'),
        ("start.md", "[a](CHANGELOG.md)", "[a](changes.md)"),
        ("index.md", "[a](../README.md)", "[a](start.md)"),
        ("changes.md", "[a](docs/decisions/0001-x.md)", "[a](decisions/0001-x.md)"),
        ("decisions/0001-x.md", "[a](../api.md)", "[a](../api.md)"),
        ("decisions/0001-x.md", "[a](../../README.md)", "[a](../start.md)"),
        ("operations.md", "[a](../compose.yaml)", "[a](files/compose.yaml)"),
        ("operations.md", "[a](../deploy/helm/postroom/README.md)", "[a](files/deploy/helm/postroom/README)"),
        (
            "api.md",
            "[a](https://example.com/docs/api.md) [b](#errors)",
            "[a](https://example.com/docs/api.md) [b](#errors)",
        ),
    ],
)
def test_a_link_leads_to_the_same_place(uri: str, written: str, on_the_site: str) -> None:
    assert moved_links(written, uri) == on_the_site
