"""The sign-in pages asked with tokens that were altered, or given for something else: refused, and never a fault."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import orjson
import pytest

from postroom.onboarding.sign_in.link import PATH
from postroom.web.protection import COOKIE, form_token
from postroom.webhooks.endpoints.signing import derive_secret, service_signature, standard_signature
from tests.web.site import Page, Person, Site


async def ask(site: Site, person: Person, data: str, sig: str, **more: str) -> Page:
    query = urlencode({"data": data, "sig": sig, **more}, errors="replace")
    return await person.open(f"{site.client.base}{PATH}?{query}")


async def secret_of(site: Site) -> str:
    return (await site.client.api.runtime.get()).service_secret


async def test_a_signature_given_for_something_else_is_none_of_a_link(site: Site, person: Person) -> None:
    page = await person.open(await site.link())
    secret = await secret_of(site)
    data = parse_qs(urlsplit(page.url).query)["data"][0]
    nonce = orjson.loads(base64.urlsafe_b64decode(data + "==="))["n"]
    link = hashlib.sha256(nonce.encode()).hexdigest()
    cookie = {each.key: each.value for each in person.session.cookie_jar}[COOKIE]
    body = b'{"serviceUrl":null,"event":"messageNew"}'
    assert page.fields["token"] == form_token(secret, link, cookie)
    given = {
        f"form\n{link}\n{cookie}": page.fields["token"],
        body.decode(): service_signature(secret, body),
        "postroom standard webhooks v1": derive_secret(secret).removeprefix("whsec_"),
        f"event-1.1.{body.decode()}": standard_signature([derive_secret(secret)], "event-1", 1, body)[3:],
    }
    for signed, sig in given.items():
        for each in (sig, sig.replace("+", "-").replace("/", "_").rstrip("=")):
            assert (await ask(site, person, signed, each)).status == 403, signed
    for sig in given.values():
        assert (await ask(site, person, data, sig)).status == 403


@pytest.mark.parametrize(
    "signed", [b"x", b"[]", b"{}", b'{"t":1}', b'{"t":"a","n":"b"}', b'{"n":1,"t":1}', b"\xff\xfe"]
)
async def test_what_is_signed_but_no_link_is_refused(site: Site, person: Person, signed: bytes) -> None:
    data = base64.urlsafe_b64encode(signed).rstrip(b"=")
    digest = hmac.new((await secret_of(site)).encode(), data, hashlib.sha256).digest()
    sig = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert (await ask(site, person, data.decode(), sig)).status == 403


async def test_no_altered_token_is_a_fault(site: Site, person: Person) -> None:
    page = await person.open(await site.link(email="jo@example.test"))
    given = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
    chance = random.Random(3)
    odd = ["", "\x00", "é", "%", "%ff", "=" * 50, "{}", "-_", "A" * 40_000, "\n", "null"]
    for number in range(120):
        sent, form = dict(given), dict(page.fields)
        victim = chance.choice([sent, form])
        name = chance.choice(["data", "sig"] if victim is sent else ["token"])
        old = victim[name]
        at = chance.randrange(len(old))
        victim[name] = chance.choice(
            [old[:at], old[:at] + chance.choice(odd) + old[at:], old[::-1], chance.choice(odd)]
        )
        changed = sent["data"] != given["data"] or sent["sig"] != given["sig"] or form["token"] != page.fields["token"]
        there = f"{site.client.base}{PATH}?" + "&".join(f"{key}={quote(each)}" for key, each in sent.items())
        if number % 2 and victim is sent:
            status = (await person.open(there)).status
        else:
            status = (await person.send(Page(there, 200, {}, "", form, {}, [], "", ""), step="password")).status
        assert status == (403 if changed else 200) or status == 414, (status, victim, name)


@pytest.mark.parametrize("state", ["", "x", "é", "%00", "A" * 9000, "%ff%fe"])
async def test_no_state_of_a_consent_is_a_fault(site: Site, person: Person, state: str) -> None:
    for path in ("/oauth/start", "/oauth"):
        page = await person.open(f"{site.client.base}{path}?state={quote(state, safe='%')}&code={state and 'x'}")
        assert page.status == 400
