"""Measures how fast the API answers what programs ask most."""

from __future__ import annotations

from bench.load import load
from bench.mailserver import account_id
from bench.report import at_least
from bench.subject import Subject


async def measure_reads(subject: Subject) -> None:
    """One list and one account, each asked for as fast as the gateway answers."""
    report = subject.report
    asked = {
        "list": ("/v1/accounts?pageSize=20", "", report.at_most(sqlite=0.3, postgres=0.6)),
        "get": (
            f"/v1/account/{account_id(subject.numbers[-1])}",
            "{account}",
            report.at_most(sqlite=0.2, postgres=0.4),
        ),
    }
    for key, (path, name, aim) in asked.items():
        result = await load(subject.gateway, path, report.options.request_seconds)
        if result.errors:
            raise RuntimeError(f"GET {path}: {result.errors} answers were no success")
        shown = f"GET {path.rpartition('/')[0]}/{name}" if name else f"GET {path}"
        report.add(f"{key}Rate", f"{shown} ({result.generator})", result.per_second, "/s", at_least(2000))
        report.cpu(f"{key}Cpu", f"{shown}: CPU each", result.cpu_each * 1000, "ms", aim)
