"""The requests of services, which have no person behind them: what is sent, and how it is signed."""

from __future__ import annotations

from typing import Any, cast

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from postroom.oauth2.exchange import TokenRefused, renew
from postroom.oauth2.model import App
from postroom.oauth2.web import Answer, WebClient

NOW = 1_700_000_000_000
KEY = RSAKey.generate_key(2048)
PEM = KEY.as_pem(private=True).decode()


class Endpoint:
    """A token endpoint that keeps what it was asked; the real ones are the providers' own."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def post(self, url: str, form: dict[str, str]) -> Answer:
        self.asked.append((url, dict(form)))
        return self.answer


def app(kind: str, document: dict[str, Any], **secrets: str) -> App:
    return App("a", kind, document, 0, 0, secrets)


GOOD = Answer(200, {"access_token": "t", "expires_in": "60"})
GOOGLE = app("gmailService", {"serviceClient": "1", "serviceClientEmail": "bot@p.example"}, serviceKey=PEM)
MICROSOFT = app("outlookService", {"clientId": "c", "tenant": "t.example", "cloud": "china"}, clientSecret="s3cret")


async def test_a_google_service_account_signs_who_it_acts_for() -> None:
    endpoint = Endpoint(GOOD)
    tokens = await renew(cast("WebClient", endpoint), GOOGLE, "user@p.example", None, NOW)
    assert (tokens.access_token, tokens.expires_at) == ("t", NOW + 60_000)
    ((url, form),) = endpoint.asked
    assert set(form) == {"grant_type", "assertion"}
    claims = jwt.decode(form["assertion"], KEY).claims
    assert claims == {
        "iss": "bot@p.example",
        "sub": "user@p.example",
        "scope": "https://mail.google.com/",
        "aud": url,
        "iat": NOW // 1000,
        "exp": NOW // 1000 + 300,
    }


async def test_a_microsoft_service_uses_its_own_credentials_in_its_own_cloud() -> None:
    endpoint = Endpoint(GOOD)
    await renew(cast("WebClient", endpoint), MICROSOFT, "user", None, NOW)
    assert endpoint.asked == [
        (
            "https://login.chinacloudapi.cn/t.example/oauth2/v2.0/token",
            {
                "grant_type": "client_credentials",
                "scope": "https://partner.outlook.cn/.default",
                "client_id": "c",
                "client_secret": "s3cret",
            },
        )
    ]


async def test_a_refusal_that_repeats_the_secret_is_told_without_it() -> None:
    said = {"error": "invalid_client", "error_description": "the secret s3cret\r\nis wrong"}
    with pytest.raises(TokenRefused) as caught:
        await renew(cast("WebClient", Endpoint(Answer(401, said))), MICROSOFT, "user", None, NOW)
    assert caught.value.request["response"] == {
        "error": "invalid_client",
        "error_description": "the secret ****** is wrong",
    }
