"""Makes the head of a page of a list. Pure."""

from __future__ import annotations


def page(total: int, number: int, size: int) -> dict[str, int]:
    """Return the head of a page of a list: total, page number and number of pages."""
    return {"total": total, "page": number, "pages": -(-total // size)}
