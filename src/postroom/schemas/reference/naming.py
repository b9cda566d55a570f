"""Makes the schemas of the OpenAPI document, with short names and titles in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, cast

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from postroom.schemas.reference.shapes import Schema

REF: Final = "#/components/schemas/{model}"
_WORD: Final = re.compile(r"OAuth2|OAuth|IMAP4rev2|IMAP|[A-Z]?[a-z0-9]+|[A-Z]+")
_CAPITALS: Final = frozenset({"api", "cpu", "ehlo", "id", "imap", "ip", "ok", "smtp", "tls", "url"})
_SPELLINGS: Final = {
    "imap4rev2": "IMAP4rev2",
    "oauth": "OAuth",
    "oauth2": "OAuth2",
    "seq": "sequence number",
    "tz": "time zone",
}


class Schemas:
    """The schemas of all `kinds` (types of bodies and answers) and of `queries`.

    `components` holds the shared schemas. It has no queries, because their fields become parameters.
    """

    def __init__(self, kinds: Sequence[Any], queries: Sequence[Any]) -> None:
        adapters = {_key(kind): TypeAdapter(kind) for kind in (*kinds, *queries)}
        found, definitions = TypeAdapter.json_schemas(
            [(key, "validation", adapter) for key, adapter in adapters.items()],
            ref_template=REF,
            schema_generator=_InWords,
        )
        self.components: dict[str, Schema] = definitions["$defs"]
        for name, schema in self.components.items():
            schema["title"] = in_words(name)
        self._schemas = {key: cast("Schema", schema) for (key, _mode), schema in found.items()}
        for query in {_key(query): query for query in queries}:
            self._schemas[query] = self.components.pop(self._schemas[query]["$ref"].rpartition("/")[2])

    def of(self, kind: Any) -> Schema:
        """Return the schema of a type, usually a reference."""
        return self._schemas[_key(kind)]


class _InWords(GenerateJsonSchema):
    """pydantic's generator with titles in words: three for `webhooksCustomHeaders`."""

    def get_title_from_name(self, name: str) -> str:
        return in_words(name)


def in_words(name: str) -> str:
    """Return the words of a name: "Service URL" for `serviceUrl`."""
    words = [_spelled(word.lower()) for word in _WORD.findall(name)]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def _spelled(word: str) -> str:
    return word.upper() if word in _CAPITALS else _SPELLINGS.get(word, word)


def _key(kind: Any) -> str:
    return f"{getattr(kind, '__module__', '')}.{kind}"
