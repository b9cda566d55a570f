"""The errors of aiosmtplib: there before its client, and the same ones as the client raises."""

from __future__ import annotations

import subprocess
import sys

import aiosmtplib
import pytest

from postroom.connections import smtp_errors


@pytest.mark.parametrize("name", smtp_errors.__all__)
def test_each_is_the_error_that_the_client_raises(name: str) -> None:
    assert getattr(smtp_errors, name) is getattr(aiosmtplib, name)


def test_a_failure_is_judged_without_the_client_which_can_be_loaded_afterwards() -> None:
    code = (
        "import sys\n"
        "from postroom.connections.failures import judge\n"
        "print(judge(EOFError(), 'greeting').code, 'aiosmtplib.smtp' in sys.modules)\n"
        "from aiosmtplib.smtp import SMTP\n"
        "from aiosmtplib.errors import SMTPNotSupported\n"
        "print(judge(SMTPNotSupported('no'), 'login').code, SMTP().is_connected)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == ["ECONNRESET False", "EAUTHMECHANISM False"]
