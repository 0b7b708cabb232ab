"""The one exception of the package."""

from __future__ import annotations


class AccessError(ValueError):
    """The error of a question.

    ``kind`` is a stable code: ``truncated``, ``unknown_operation``, ``invalid_name``, ... ``offset``
    is the byte of the token's or the pattern's text at fault, where there is one. The message never
    repeats a token.
    """

    kind: str
    offset: int | None

    def __init__(self, message: str, kind: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.offset = offset

    def __reduce__(self) -> tuple[type, tuple[str, str, int | None]]:
        return type(self), (str(self), self.kind, self.offset)
