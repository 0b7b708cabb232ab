from collections.abc import Iterable

def answer(question: str) -> str: ...

class Token:
    def __new__(cls, text: str) -> Token: ...
    @property
    def text(self) -> str: ...
    def _verdict(
        self,
        operation: str,
        at: int | None,
        user_id: str | None,
        channels: Iterable[str] | None,
        groups: Iterable[str] | None,
        uuids: Iterable[str] | None,
        users: Iterable[str] | None,
        entities: Iterable[str] | None,
        relationships: Iterable[str] | None,
        memberships: Iterable[str] | None,
    ) -> str | None: ...
