"""The data of the providers: hosts, clouds, tenants, scopes."""

from __future__ import annotations

import pytest

from postroom.oauth2.providers import CLOUDS, PROVIDERS, Server, provider_of, scopes_of
from postroom.oauth2.shapes import AppDocument


@pytest.mark.parametrize("kind", [kind for kind in PROVIDERS if kind != "oidc"])
def test_every_provider_has_servers_and_https_endpoints(kind: str) -> None:
    provider = provider_of(kind)
    assert provider is not None
    assert provider.imap is not None
    assert provider.smtp is not None
    assert provider.endpoints is not None
    assert provider.endpoints.token.startswith("https://")
    assert set(provider.needed) <= set(provider.scopes)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_cloud_has_hosts_of_its_own(cloud: str) -> None:
    provider = provider_of("outlook", {"cloud": cloud, "tenant": "contoso.com"})
    assert provider is not None
    assert provider.endpoints is not None
    assert "/contoso.com/oauth2/v2.0/token" in provider.endpoints.token
    assert provider.imap == Server(CLOUDS[cloud].imap, 993)
    assert f"{CLOUDS[cloud].resource}/IMAP.AccessAsUser.All" in provider.scopes


@pytest.mark.parametrize(
    ("cloud", "login", "imap", "smtp", "scope"),
    [
        (
            None,
            "login.microsoftonline.com",
            "outlook.office365.com",
            "smtp.office365.com",
            "https://outlook.office.com/.default",
        ),
        (
            "gcc-high",
            "login.microsoftonline.us",
            "outlook.office365.us",
            "smtp.office365.us",
            "https://outlook.office365.us/.default",
        ),
        (
            "dod",
            "login.microsoftonline.us",
            "outlook-dod.office365.us",
            "outlook-dod.office365.us",
            "https://outlook-dod.office365.us/.default",
        ),
        (
            "china",
            "login.chinacloudapi.cn",
            "partner.outlook.cn",
            "partner.outlook.cn",
            "https://partner.outlook.cn/.default",
        ),
    ],
)
def test_a_service_stays_within_its_cloud_and_tenant(
    cloud: str | None, login: str, imap: str, smtp: str, scope: str
) -> None:
    settings: AppDocument = {"tenant": "contoso.example"}
    if cloud:
        settings["cloud"] = cloud
    provider = provider_of("outlookService", settings)
    assert provider is not None
    assert provider.endpoints is not None
    assert provider.endpoints.token == f"https://{login}/contoso.example/oauth2/v2.0/token"
    assert provider.endpoints.jwks == f"https://{login}/contoso.example/discovery/v2.0/keys"
    assert (provider.imap, provider.smtp) == (Server(imap, 993), Server(smtp, 587, implicit_tls=False))
    assert provider.scopes == (scope,)


def test_the_tenant_goes_before_the_authority() -> None:
    provider = provider_of("outlook", {"authority": "organizations", "tenant": "t"})
    assert provider is not None
    assert provider.endpoints is not None
    assert provider.endpoints.authorize == "https://login.microsoftonline.com/t/oauth2/v2.0/authorize"


def test_an_openid_provider_names_its_servers() -> None:
    provider = provider_of("oidc", {"imap": {"host": "imap.example.com", "port": 143, "secure": False}})
    assert provider is not None
    assert (provider.imap, provider.smtp) == (Server("imap.example.com", 143, implicit_tls=False), None)


def test_scopes_can_be_left_out_and_added() -> None:
    provider = provider_of("gmail")
    assert provider is not None
    asked = scopes_of(provider, {"skipScopes": ["profile"], "extraScopes": ["more", "openid"]})
    assert asked == ("openid", "email", "https://mail.google.com/", "more")


def test_an_unknown_provider_is_none() -> None:
    assert provider_of("pigeon") is None
