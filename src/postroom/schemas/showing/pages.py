"""The head of a page of any list. Pure."""

from __future__ import annotations


def page(total: int, number: int, size: int) -> dict[str, int]:
    """Return the head of a page of any list."""
    return {"total": total, "page": number, "pages": -(-total // size)}
