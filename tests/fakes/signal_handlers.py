"""Asking for the handler of a signal costs on Python 3.11 as little as it does on later ones.

Python 3.11 looks for the handler among the numbers that stand for one, and writes down what it did not find, for an
error that it drops. asyncio's handler of Ctrl-C holds the task, and the task what it returned: so each fixture and each
test that is a coroutine was written down in full, with all that its dataclasses hold.
"""

from __future__ import annotations

import signal
import sys
from enum import IntEnum


def keep_handlers_unread() -> None:
    """From now on this process does as Python 3.12 does: only a number is looked for."""
    if sys.version_info < (3, 12):
        convert = vars(signal)["_int_to_enum"]

        def _int_to_enum(value: object, enumeration: type[IntEnum]) -> object:
            return convert(value, enumeration) if isinstance(value, int) else value

        vars(signal)["_int_to_enum"] = _int_to_enum
