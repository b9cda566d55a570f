"""The requests of services, which have no person behind them: what is sent, and how it is signed."""

from __future__ import annotations

from typing import cast

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from postroom.oauth2.exchange import OAuthTokenRefused, TokenUnavailable, renew, revoke
from postroom.oauth2.model import App
from postroom.oauth2.shapes import AppDocument
from postroom.oauth2.web import WebAnswer, WebClient
from postroom.words.strangers import WITHHELD
from tests.fakes.strangers import leaks

NOW = 1_700_000_000_000
KEY = RSAKey.generate_key(2048)
PEM = KEY.as_pem(private=True).decode()


class Endpoint:
    """A token endpoint that keeps what it was asked; the real ones are the providers' own."""

    def __init__(self, answer: WebAnswer) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def post(self, url: str, form: dict[str, str]) -> WebAnswer:
        self.asked.append((url, dict(form)))
        return self.answer


def app(kind: str, document: AppDocument, **secrets: str) -> App:
    return App("a", kind, document, 0, 0, secrets)


GOOD = WebAnswer(200, {"access_token": "t", "expires_in": "60"})
GOOGLE = app("gmailService", {"serviceClient": "1", "serviceClientEmail": "bot@p.example"}, serviceKey=PEM)
GMAIL = app("gmail", {"clientId": "c"}, clientSecret="s3cret-of-google")
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
    with pytest.raises(OAuthTokenRefused) as caught:
        await renew(cast("WebClient", Endpoint(WebAnswer(401, said))), MICROSOFT, "user", None, NOW)
    assert caught.value.request["response"] == {
        "error": "invalid_client",
        "error_description": WITHHELD,
    }


@pytest.mark.parametrize(
    ("said", "refresh"),
    [
        ({"error": "s3cret"}, None),
        ({"error": "invalid_grant", "error_description": "1//refresh-token-0a is used"}, "1//refresh-token-0a"),
        ({"error": "bad_1//REFRESH-token-0A"}, "1//refresh-token-0a"),
        ({"error": "it was 1%2F%2Frefresh-token-0a", "error_description": "x"}, "1//refresh-token-0a"),
        ({"error": "taken", "access_token": "new-access-token", "error_description": "new-access-token"}, "old"),
    ],
)
async def test_no_secret_comes_out_of_a_refusal(said: dict[str, str], refresh: str | None) -> None:
    application = GMAIL if refresh else MICROSOFT
    with pytest.raises(OAuthTokenRefused) as caught:
        await renew(cast("WebClient", Endpoint(WebAnswer(400, said))), application, "user", refresh, NOW)
    told = repr([caught.value.request, caught.value.error, str(caught.value)])
    for secret in ("s3cret", "refresh-token-0a", "new-access-token"):
        assert leaks(told, secret) == []
    assert WITHHELD in told


@pytest.mark.parametrize("status", [200, 201, 203])
async def test_any_success_with_a_token_is_one(status: int) -> None:
    endpoint = Endpoint(WebAnswer(status, {"access_token": "t"}))
    assert (await renew(cast("WebClient", endpoint), MICROSOFT, "user", None, NOW)).access_token == "t"


@pytest.mark.parametrize("status", [200, 201, 400, 401])
@pytest.mark.parametrize("code", ["invalid_grant", "invalid_client", "invalid_code"])
async def test_a_code_is_a_verdict_whatever_the_status_it_comes_with(status: int, code: str) -> None:
    with pytest.raises(OAuthTokenRefused) as caught:
        await renew(cast("WebClient", Endpoint(WebAnswer(status, {"error": code}))), MICROSOFT, "user", None, NOW)
    assert (caught.value.error, caught.value.request["status"]) == (code, status)


PASSING = [
    WebAnswer(200, {"error": "temporarily_unavailable"}),
    WebAnswer(200, {"error": "Server Error"}),
    WebAnswer(400, {"error": "slow_down"}),
    WebAnswer(503, {"error": "invalid_grant"}),
    WebAnswer(429, {"error": "invalid_grant"}),
    WebAnswer(200, {"access_token": ""}),
    WebAnswer(200, {"error": {"code": 400}}),
    WebAnswer(200, {}),
    WebAnswer(200, None),
    WebAnswer(400, None),
    WebAnswer(302, None),
]


@pytest.mark.parametrize("answer", PASSING, ids=repr)
async def test_what_may_pass_and_what_cannot_be_read_is_no_verdict(answer: WebAnswer) -> None:
    with pytest.raises(TokenUnavailable) as caught:
        await renew(cast("WebClient", Endpoint(answer)), MICROSOFT, "user", None, NOW)
    assert caught.value.code == "ETOKENENDPOINT"


@pytest.mark.parametrize(("status", "taken"), [(200, True), (204, True), (400, False), (503, False)])
async def test_a_revocation_is_taken_by_its_status(status: int, taken: bool) -> None:
    app_with_revocation = app("gmail", {"clientId": "c"}, clientSecret="s3cret")
    assert await revoke(cast("WebClient", Endpoint(WebAnswer(status, None))), app_with_revocation, "token") is taken
