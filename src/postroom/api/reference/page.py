"""Renders the OpenAPI document as one page, which is complete even without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined

from postroom.schemas.reference import curl, markup
from postroom.schemas.reference.operations import groups_of
from postroom.schemas.reference.shapes import OpenApiDocument


def render(document: OpenApiDocument, files: Mapping[str, str]) -> str:
    """Return the page. `curl.ORIGIN` in it stands for the gateway's origin; `files` are the URLs of what it loads."""
    environment = Environment(
        loader=PackageLoader("postroom.api.reference.handlers"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"prose": markup.prose, "json": markup.json_text, "curl": markup.curl_text}
    page = environment.get_template("reference.html")
    return page.render(info=document["info"], groups=groups_of(document), files=files, origin=curl.ORIGIN)
