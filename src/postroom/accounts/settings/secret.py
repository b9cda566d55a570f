"""Secrets as values: compared like strings, printed as `******`, and never written anywhere by accident. Pure."""

from __future__ import annotations

from typing import Final, NoReturn, Self

from postroom.words.masking import MASK, has_userinfo, masked_url

__all__ = ["Secret", "SecretUrl"]

_REFUSAL: Final = "A secret is not serialised by accident: reveal() it where it is sealed or sent"


class Secret:
    """A password, a token, or the value of a header. `reveal` returns the text; every other form is `******`.

    An empty one is false. JSON and pickle refuse it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    @property
    def is_placeholder(self) -> bool:
        """Whether this is only a placeholder: the settings are masked, or the secret is lost."""
        return self._text == MASK

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, form: str) -> str:
        return format(MASK, form)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(_REFUSAL)


class SecretUrl:
    """A URL that may hold a user name and a password. It prints without them; `reveal` returns the whole URL.

    An empty one is false. JSON and pickle refuse it.
    """

    __slots__ = ("_url",)

    def __init__(self, url: str) -> None:
        self._url = url

    def reveal(self) -> str:
        """Return the whole URL."""
        return self._url

    @property
    def masked(self) -> str:
        """The URL in the form that may be shown, and stored without encryption."""
        return masked_url(self._url)

    @property
    def has_userinfo(self) -> bool:
        """Whether the URL holds a user name or password."""
        return has_userinfo(self._url)

    def __eq__(self, other: object) -> bool:
        return self._url == other._url if isinstance(other, SecretUrl) else NotImplemented

    def __hash__(self) -> int:
        return hash((SecretUrl, self._url))

    def __bool__(self) -> bool:
        return bool(self._url)

    def __repr__(self) -> str:
        return f"SecretUrl({self.masked})"

    def __str__(self) -> str:
        return self.masked

    def __format__(self, form: str) -> str:
        return format(self.masked, form)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(_REFUSAL)
