"""What a registration may hold: every refusal names its field, and nothing is stored."""

from __future__ import annotations

from typing import Any

from postroom.accounts.settings.writing import document_of
from tests.api.conftest import IMAP, Client

PATH = "/v1/account/user@example.com"
REFUSED: list[tuple[dict[str, Any], set[str]]] = [
    ({"account": ...}, {"account"}),
    ({"account": "  "}, {"account"}),
    ({"account": "x" * 257}, {"account"}),
    ({"account": 5}, {"account"}),
    ({"account": ".."}, {"account"}),
    ({"account": " . "}, {"account"}),
    ({"name": ...}, {"name"}),
    ({"name": ""}, {"name"}),
    ({"name": "x" * 257}, {"name"}),
    ({"imap": ...}, {"imap"}),
    ({"imap": False}, {"imap"}),
    ({"imap": ..., "smtp": {}}, {"smtp.host", "smtp.port", "smtp.auth"}),
    ({"imap": True}, {"imap"}),
    ({"imap": None}, {"imap"}),
    ({"smtp": None}, {"smtp"}),
    ({"smtp": True}, {"smtp"}),
    ({"oauth2": True}, {"oauth2"}),
    ({"imap": {"host": "x.example", "port": 993}}, {"imap.auth"}),
    ({"imap": {**IMAP, "host": ""}}, {"imap.host"}),
    ({"imap": {"port": 993, "auth": IMAP["auth"]}}, {"imap.host"}),
    ({"imap": {"host": "x.example", "auth": IMAP["auth"]}}, {"imap.port"}),
    ({"imap": {**IMAP, "port": 0}}, {"imap.port"}),
    ({"imap": {**IMAP, "port": 65536}}, {"imap.port"}),
    ({"imap": {**IMAP, "port": "imap"}}, {"imap.port"}),
    ({"imap": {**IMAP, "port": True}}, {"imap.port"}),
    ({"imap": {**IMAP, "port": 993.5}}, {"imap.port"}),
    ({"imap": {**IMAP, "host": "imap example com"}}, {"imap.host"}),
    ({"imap": {**IMAP, "host": "user@imap.example.com"}}, {"imap.host"}),
    ({"imap": {**IMAP, "host": "imap.example.com/x"}}, {"imap.host"}),
    ({"imap": {**IMAP, "host": "imap.example.com:993"}}, {"imap.host"}),
    ({"imap": {**IMAP, "partial": True}}, {"imap.partial"}),
    ({"imap": {**IMAP, "auth": {"user": "u"}}}, {"imap.auth.pass"}),
    ({"imap": {**IMAP, "auth": {"pass": "p"}}}, {"imap.auth.user"}),
    ({"imap": {**IMAP, "tls": {"minVersion": "SSLv3"}}}, {"imap.tls.minVersion"}),
    ({"imap": {**IMAP, "tls": {"ciphers": "NULL"}}}, {"imap.tls.ciphers"}),
    ({"oauth2": {"auth": {"user": "u"}}}, {"oauth2.provider"}),
    ({"oauth2": {"provider": "gmail"}}, {"oauth2.auth.user"}),
    ({"oauth2": {"provider": "gmail", "authorize": True}}, {"oauth2.provider"}),
    ({"email": "nobody"}, {"email"}),
    ({"webhooks": "ftp://x.example/"}, {"webhooks"}),
    ({"webhooks": "https://"}, {"webhooks"}),
    ({"webhooks": "https://x.example:99999/"}, {"webhooks"}),
    ({"webhooks": "https://x.example/a b"}, {"webhooks"}),
    ({"webhooksCustomHeaders": [{"value": "x"}]}, {"webhooksCustomHeaders.0.key"}),
    ({"webhooksCustomHeaders": [{"key": "a b"}]}, {"webhooksCustomHeaders.0.key"}),
    ({"webhooksCustomHeaders": [{"key": "a", "value": "x\r\ny: z"}]}, {"webhooksCustomHeaders.0.value"}),
    ({"proxy": "gopher://x.example/"}, {"proxy"}),
    ({"notifyFrom": "yesterday"}, {"notifyFrom"}),
    ({"notifyFrom": 1640995200000}, {"notifyFrom"}),
    ({"notifyFrom": "0001-01-01T00:00:00+14:00"}, {"notifyFrom"}),
    ({"notifyFrom": "9999-12-31T23:59:59-14:00"}, {"notifyFrom"}),
    ({"path": ["x" * 1025]}, {"path.0"}),
    ({"path": {"a": 1}}, {"path"}),
    ({"subconnections": ["x" * 257]}, {"subconnections.0"}),
    ({"imapIndexer": "slow"}, {"imapIndexer"}),
    ({"metadata": {f"k{n}": "v" for n in range(51)}}, {"metadata"}),
    ({"metadata": {"a": None}}, {"metadata.a"}),
    ({"metadata": ["a"]}, {"metadata"}),
    ({"logs": "often"}, {"logs"}),
    ({"locale": "x" * 101}, {"locale"}),
    ({"disabled": True}, {"disabled"}),
]  # fmt: skip
FORBIDDEN_HOSTS = (
    "169.254.169.254",
    "[fe80::1]",
    "0xA9FEA9FE",
    "2852039166",
    "[::ffff:169.254.169.254]",
    "metadata.google.internal",
    "[fd00:ec2::254]",
    "0.0.0.0",
)
FINE_HOSTS = ("127.0.0.1", "10.1.2.3", "::1", "[::1]", "localhost", "mail", "õ.example", "a_b.example")
PASSWORDS = ('say "hi"', "back\\slash", "пароль", "🔑", "%s{}$(id)", "  spaces  ", "a'b", "******x")


async def problems_of(client: Client, **change: Any) -> set[str]:
    """Return the fields that are named when this registration is refused; `...` leaves a field out."""
    sent = {"account": "a", "name": "A", "imap": IMAP, **change}
    body = {name: value for name, value in sent.items() if value is not ...}
    return set(await client.problems("POST", "/v1/account", body))


async def test_what_is_refused_is_named(client: Client) -> None:
    for change, keys in REFUSED:
        assert await problems_of(client, **change) == keys, change
    assert (await client.get("/v1/accounts")).body["total"] == 0


async def test_line_breaks_in_credentials_are_refused(client: Client) -> None:
    for field in ("user", "pass", "accessToken"):
        for character in "\r\n\0":
            auth = {"user": "u", "pass": "p", field: f"x{character}A1 LOGOUT"}
            assert await problems_of(client, imap={**IMAP, "auth": auth}) == {f"imap.auth.{field}"}


async def test_any_other_password_arrives_as_it_was_sent(client: Client) -> None:
    for number, password in enumerate(PASSWORDS):
        auth = {"user": "u", "pass": password}
        assert (await client.register(f"a{number}", imap={**IMAP, "auth": auth})).status == 200, password
        full = document_of(await client.api.accounts.preview(f"a{number}", {}))
        assert full["imap"]["auth"]["pass"] == password


async def test_link_local_and_metadata_hosts_are_refused(client: Client) -> None:
    for host in FORBIDDEN_HOSTS:
        for block in ("imap", "smtp"):
            assert await problems_of(client, **{block: {**IMAP, "host": host}}) == {f"{block}.host"}, host
        assert await problems_of(client, webhooks=f"http://{host}/") == {"webhooks"}, host


async def test_private_hosts_are_fine_unless_the_operator_says_otherwise(client: Client) -> None:
    for host in FINE_HOSTS:
        assert (await client.register(host, imap={**IMAP, "host": host})).status == 200, host


async def test_the_operator_may_allow_public_hosts_only(with_settings: Any) -> None:
    async with with_settings(host_policy="public") as client:
        assert await problems_of(client, imap={**IMAP, "host": "127.0.0.1"}) == {"imap.host"}
        assert (await client.register()).status == 200


async def test_values_from_form_libraries_are_understood(client: Client) -> None:
    imap = {**IMAP, "port": "993", "secure": "true", "disabled": "", "tls": {"rejectUnauthorized": "N"}}
    more: dict[str, Any] = {
        "logs": "1",
        "copy": "",
        "path": "INBOX",
        "subconnections": "\\Sent",
        "webhooks": "",
        "locale": None,
    }
    assert (await client.register(imap=imap, smtp=False, oauth2=False, **more)).status == 200
    body = (await client.get(PATH)).body
    assert (body["imap"]["port"], body["imap"]["secure"], body["imap"]["disabled"]) == (993, True, False)
    assert body["imap"]["tls"] == {"rejectUnauthorized": False}
    assert (body["logs"], body["copy"], body["path"], body["subconnections"]) == (True, None, ["INBOX"], ["\\Sent"])
    assert "webhooks" not in body
    assert "smtp" not in body


async def test_every_way_to_say_all_folders(client: Client) -> None:
    ways: list[Any] = ["*", None, [], ["*"], ["INBOX", "*"]]
    for number, path in enumerate(ways):
        await client.register(f"a{number}", path=path)
        assert (await client.get(f"/v1/account/a{number}")).body["path"] == ["*"], path


async def test_times_are_stored_in_one_form(client: Client) -> None:
    for sent, shown in (
        ("2025-01-01", "2025-01-01T00:00:00.000Z"),
        ("2025-01-01T02:00:00+02:00", "2025-01-01T00:00:00.000Z"),
        ("2025-01-01T00:00:00.123456Z", "2025-01-01T00:00:00.123Z"),
    ):
        await client.post("/v1/account?upsert=true", {"account": "a", "name": "A", "imap": IMAP, "notifyFrom": sent})
        assert (await client.get("/v1/account/a")).body["notifyFrom"] == shown
