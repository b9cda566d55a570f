"""Writes elements of SVG and HTML with every text escaped, and numbers short. Pure."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup, escape

__all__ = ["element", "figure", "number", "plot"]

_DECIMALS: Final = 2


def number(value: float) -> str:
    """Return a coordinate as short text: at most two decimals."""
    text = f"{value:.{_DECIMALS}f}"
    return text.rstrip("0").rstrip(".")


def element(name: str, *children: str, **attributes: str | float) -> Markup:
    """Return an element. Texts among the children are escaped. `class_` and `aria_label` are spelled for Python."""
    written = [f' {_attribute(key)}="{_value(value)}"' for key, value in attributes.items()]
    inside = [child if isinstance(child, Markup) else str(escape(child)) for child in children]
    # A chart has hundreds of elements, so texts are joined plainly once they are safe.
    return Markup(f"<{name}{''.join(written)}>{''.join(inside)}</{name}>")  # noqa: S704 - every part is escaped


def _value(value: str | float) -> str:
    return str(escape(value)) if isinstance(value, str) else number(value)


def plot(title: str, width: float, height: float, *marks: str, class_: str) -> Markup:
    """Return a drawing that fills its box whatever its shape; `title` says in words what it shows."""
    return element(
        "svg",
        element("title", title),
        *marks,
        class_=f"plot {class_}",
        role="img",
        viewBox=f"0 0 {number(width)} {number(height)}",
        preserveAspectRatio="none",
    )


def figure(drawing: Markup, *below: str, class_: str) -> Markup:
    """Return a drawing with what belongs to it: the words on its axis, the legend, the table."""
    return element("figure", drawing, *below, class_=f"chart {class_}")


def _attribute(name: str) -> str:
    return name.rstrip("_").replace("_", "-") if name.startswith(("aria_", "class_", "data_")) else name
