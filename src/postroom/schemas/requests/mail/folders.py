"""The types of requests about folders."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Required

from pydantic import BaseModel, BeforeValidator, Field, with_config
from pydantic.json_schema import JsonSchemaValue, WithJsonSchema
from typing_extensions import TypedDict

from postroom.schemas.fields import Flag, OptionalFlag
from postroom.schemas.requests.queries import QUERY, STRICT

__all__ = ["FolderChange", "FolderListQuery", "FolderName", "FolderPath", "FolderQuery", "NewFolder"]

_LONGEST_PATH: Final = 1024
_LONGEST_LEVEL: Final = 256
_MOST_LEVELS: Final = 64
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SCHEMA: Final[JsonSchemaValue] = {
    "anyOf": [
        {"type": "string", "minLength": 1, "maxLength": _LONGEST_PATH},
        {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": _LONGEST_LEVEL},
            "minItems": 1,
            "maxItems": _MOST_LEVELS,
        },
    ]
}


def _path(value: object) -> object:
    if not isinstance(value, str) or not value:
        raise ValueError("must be the path of a folder")
    return _fit(value, _LONGEST_PATH)


def _name(value: object) -> object:
    if isinstance(value, list):
        if not value or len(value) > _MOST_LEVELS or not all(isinstance(level, str) and level for level in value):
            raise ValueError(f"must be the levels of a path: 1 to {_MOST_LEVELS} texts, none of them empty")
        return [_fit(level, _LONGEST_LEVEL) for level in value]
    if not isinstance(value, str) or not value:
        raise ValueError("must be the path of a folder, or a list of its levels")
    return _fit(value, _LONGEST_PATH)


def _fit(text: str, longest: int) -> str:
    if len(text) > longest:
        raise ValueError(f"must not be longer than {longest} characters")
    if _CONTROLS.search(text):
        raise ValueError("must not hold line breaks or other control characters")
    return text


FolderPath = Annotated[
    str, BeforeValidator(_path), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": _LONGEST_PATH})
]
"""A path as listed, or a role such as `\\Sent`."""
FolderName = Annotated[Any, BeforeValidator(_name), WithJsonSchema(_SCHEMA)]
"""A path as listed, or its levels in order."""


class FolderListQuery(BaseModel):
    """Parameters of the list of folders."""

    model_config = QUERY
    counters: Flag = Field(False, description="Also ask for the messages and unseen messages of each folder")


class FolderQuery(BaseModel):
    """Which folder."""

    model_config = QUERY
    path: FolderPath = Field(
        description="The folder: a path as listed, or a role such as `\\Trash`", examples=["Archive/2026"]
    )


@with_config(STRICT)
class NewFolder(TypedDict, total=False):
    """A folder to create."""

    path: Annotated[
        Required[FolderName],
        Field(description="The levels of the path, or the path with the server's delimiter; a missing prefix is added"),
    ]
    subscribed: Annotated[OptionalFlag, Field(description="Whether to subscribe to a new folder (true)")]


@with_config(STRICT)
class FolderChange(TypedDict, total=False):
    """A change of a folder."""

    path: Annotated[Required[FolderName], Field(description="The folder: a path as listed, or a role such as `\\Sent`")]
    newPath: Annotated[FolderName, Field(description="The new path, in the same forms; folders below it move too")]
    subscribed: Annotated[OptionalFlag, Field(description="Subscribe to the folder, or end the subscription")]
