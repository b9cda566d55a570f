"""What to measure, as given on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SQLITE = "SQLite"
POSTGRES = "PostgreSQL"

GATEWAY_PARTS = ("connect", "idle", "requests", "quiet", "burst", "first-sync", "mail")
# These start gateways of their own, on a PostgreSQL of their own; those after them on both engines.
CLUSTER_PARTS = ("takeover", "workers")
OWN_PARTS = ("sending",)
USUAL_PARTS = GATEWAY_PARTS + CLUSTER_PARTS + OWN_PARTS
# A million rows are made only for who asks.
PARTS = (*USUAL_PARTS, "scale")


@dataclass(frozen=True, slots=True)
class Options:
    """One run. Times are seconds; `rate` is messages per second of a quiet day."""

    accounts: int = 1000
    tls: bool = False
    postgres: bool = False
    compare: bool = False
    parts: tuple[str, ...] = USUAL_PARTS
    idle_seconds: float = 20.0
    request_seconds: float = 8.0
    rate: float = 20.0
    quiet_seconds: float = 30.0
    burst: int = 2000
    submissions: int = 2000
    first_sync: tuple[int, ...] = (20_000, 200_000)
    cluster_accounts: int = 300
    scale: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    explain: bool = False
    markdown: bool = False
    fill: Path | None = None
    results: Path = Path("bench/results")

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines that the gateway is measured on."""
        if self.compare:
            return SQLITE, POSTGRES
        return (POSTGRES,) if self.postgres else (SQLITE,)


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; argparse leaves with a message when it cannot."""
    default = Options()
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--accounts", type=int, default=default.accounts, help="how many on each engine (%(default)s)")
    parser.add_argument("--tls", action="store_true", help="connect to the mail server over TLS")
    engine = parser.add_mutually_exclusive_group()
    engine.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    engine.add_argument("--compare", action="store_true", help="on SQLite and PostgreSQL, part by part in turns")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=USUAL_PARTS, metavar="PART", help=" ".join(PARTS))
    parser.add_argument("--idle-seconds", type=float, default=default.idle_seconds)
    parser.add_argument("--request-seconds", type=float, default=default.request_seconds)
    parser.add_argument("--rate", type=float, default=default.rate, help="messages/s of a quiet day (%(default)s)")
    parser.add_argument("--quiet-seconds", type=float, default=default.quiet_seconds, help="how long it is")
    parser.add_argument("--burst", type=int, default=default.burst, help="messages at once (%(default)s)")
    parser.add_argument("--submissions", type=int, default=default.submissions, help="messages to send (%(default)s)")
    parser.add_argument("--first-sync", type=int, nargs="+", default=default.first_sync, metavar="MESSAGES")
    parser.add_argument(
        "--cluster-accounts", type=int, default=default.cluster_accounts, help="takeover and workers (%(default)s)"
    )
    parser.add_argument("--scale", type=int, nargs="+", default=default.scale, metavar="ACCOUNTS")
    parser.add_argument("--explain", action="store_true", help="scale: print the plans of PostgreSQL too")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--fill", type=Path, metavar="FILE", help="put the tables into their places in this document")
    parser.add_argument("--results", type=Path, default=default.results, help="folder of the JSON file")
    given = vars(parser.parse_args(arguments))
    sizes, scale = tuple(given.pop("first_sync")), tuple(given.pop("scale"))
    return Options(parts=tuple(given.pop("only")), first_sync=sizes, scale=scale, **given)
