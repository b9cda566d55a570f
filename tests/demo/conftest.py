"""The fixtures of the plugin, also where it is not installed as an entry point."""

from __future__ import annotations

from postroom.testing.plugin import async_postroom, postroom, postroom_process

__all__ = ["async_postroom", "postroom", "postroom_process"]
