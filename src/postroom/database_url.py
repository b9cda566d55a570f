"""URLs of databases: what a password breaks in them, and how it gets into them. Pure."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

__all__ = ["check_hosts", "with_password"]


def check_hosts(url: str) -> None:
    """Refuse a URL that its password breaks, because a part of the password would be taken for a host and shown."""
    hosts = urlsplit(url).netloc.rpartition("@")[2]
    for host in hosts.split(","):
        port = host.rpartition("]")[2].partition(":")[2]
        if port and not port.isdigit():
            raise ValueError(
                "must be of the form postgresql://USER@HOST:PORT/DATABASE. Give a password with /, ?, # or @ in "
                "POSTROOM_DATABASE_PASSWORD, or percent-encode it"
            )


def with_password(url: str, password: str) -> str:
    """Return the URL with this password, in place of its own."""
    scheme, _, rest = url.partition("://")
    netloc = urlsplit(url).netloc
    login, _, hosts = netloc.rpartition("@")
    return f"{scheme}://{login.partition(':')[0]}:{quote(password, safe='')}@{hosts}{rest[len(netloc) :]}"
