"""Makes a gateway take less memory and time. It is called before the gateway's modules are loaded."""

from __future__ import annotations

import os

from postroom.footprint.dataclass import leave_out_guards
from postroom.footprint.docstrings import leave_out_docstrings
from postroom.footprint.loading import parts_of

__all__ = ["be_lean"]


def be_lean() -> None:
    """Leave out of this process what a gateway never uses."""
    leave_out_docstrings()
    leave_out_guards()
    _leave_out_plugins()
    _leave_out_http_client()


def _leave_out_plugins() -> None:
    """Postroom has no plugins of pydantic. To look for some takes the list of what is installed: 1 MiB."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    with parts_of("importlib.metadata", "entry_points"):
        pass


def _leave_out_http_client() -> None:
    """starlette takes the phrases of statuses from it, for errors that we never raise. It loads `email`: 0.6 MiB."""
    with parts_of("http.client"):
        pass
