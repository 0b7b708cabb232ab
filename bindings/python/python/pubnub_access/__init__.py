"""What a PubNub Access Manager v3 token allows: decode it and decide, offline.

>>> from pubnub_access import Token
>>> token = Token("qEF2AkF0...")                                        # doctest: +SKIP
>>> token.check("publish", channels=["room-1"], user_id="alice")        # doctest: +SKIP
'allow'

It is a pre-check: the signature of a token is not verified, and a revoked token looks like any
other.
"""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any, Iterable, Literal, Mapping, Union

from . import _native
from ._errors import AccessError

__all__ = [
    "AccessError", "Token", "answer", "diff", "grant", "learn", "matches", "operations", "request",
]
__version__ = "0.1.0"

# Milliseconds and timetokens are larger, and `answer` tells them apart from seconds.
_LARGEST_QUICK_TIME = 999_999_999_999

Verdict = Literal["allow", "deny", "indeterminate"]
Time = Union[int, str, datetime, None]


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """Answers a question, as the library's module ``json`` describes them.

    An error is an answer here, too: ``{"error": ..., "kind": ...}``.
    """
    try:
        text = json.dumps(question, allow_nan=False)
    except ValueError as error:
        return {"error": f"not JSON: {error}", "kind": "invalid_json"}
    return json.loads(_native.answer(text))


def _ask(command: str, **members: Any) -> dict[str, Any]:
    question = {key: value for key, value in members.items() if value is not None}
    found = answer({"command": command, **question})
    if "error" in found and "kind" in found:
        raise AccessError(found["error"], found["kind"], found.get("offset"))
    return found


def _seconds(at: Time) -> int | str:
    """Unix seconds, or the text of a time."""
    if at is None:
        return int(time.time())
    if isinstance(at, datetime):
        if at.tzinfo is None:
            raise AccessError("`at` is a datetime without a time zone", "invalid_field")
        return int(at.timestamp() // 1)
    return at


def _text(token: str | Token | None) -> str | None:
    return token.text if isinstance(token, Token) else token


def _names(names: Iterable[str] | None) -> list[str] | None:
    if isinstance(names, str):
        raise TypeError("a list of names is expected, not one name")
    return None if names is None else list(names)


class Token(_native.Token):
    """A token that decodes.

    Raises :class:`AccessError` if the text is no token, with the ``kind`` of the fault and the
    ``offset`` where it is.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Token:
        try:
            return super().__new__(cls, text)
        except UnicodeEncodeError:
            pass
        # Outside of the handler, since that error's representation contains the text.
        raise AccessError("a token has no surrogates", "invalid_character")

    def __repr__(self) -> str:
        # A token is a credential, so it must not appear in a log.
        return f"<pubnub_access.Token of {len(self.text)} characters>"

    def check(
        self,
        operation: str,
        *,
        channels: Iterable[str] | None = None,
        groups: Iterable[str] | None = None,
        uuids: Iterable[str] | None = None,
        users: Iterable[str] | None = None,
        entities: Iterable[str] | None = None,
        relationships: Iterable[str] | None = None,
        memberships: Iterable[str] | None = None,
        user_id: str | None = None,
        at: Time = None,
        policy: Mapping[str, Any] | None = None,
    ) -> Verdict:
        """Returns the verdict: whether the user may do the operation on the named resources.

        ``at`` is the time of the request (Unix seconds, RFC 3339 text or an aware ``datetime``), by
        default now. ``policy`` says what is known of the keyset, as in :meth:`explain`.
        """
        if policy is None and (at is None or type(at) is int and at <= _LARGEST_QUICK_TIME):
            try:
                verdict = self._verdict(
                    operation, at, user_id, channels, groups, uuids, users, entities,
                    relationships, memberships,
                )
            except (TypeError, OverflowError, UnicodeEncodeError):
                verdict = None
            if verdict is not None:
                return verdict
        return self.explain(
            operation, channels=channels, groups=groups, uuids=uuids, users=users,
            entities=entities, relationships=relationships, memberships=memberships,
            user_id=user_id, at=at, policy=policy,
        )["verdict"]

    def explain(self, operation: str, **question: Any) -> dict[str, Any]:
        """Returns the verdict with all its reasons, as ``check --format json`` prints it.

        Takes what :meth:`check` takes. ``remedy`` says what is missing from a token that is denied,
        and ``decided_by`` what an indeterminate verdict depends on.
        """
        return self._about("check", operation, **question)

    def missing_grant(self, operation: str, **question: Any) -> dict[str, Any]:
        """Returns the smallest grant that makes the request allowed."""
        return self._about("missing_grant", operation, **question)

    def _about(
        self,
        command: str,
        operation: str,
        *,
        channels: Iterable[str] | None = None,
        groups: Iterable[str] | None = None,
        uuids: Iterable[str] | None = None,
        users: Iterable[str] | None = None,
        entities: Iterable[str] | None = None,
        relationships: Iterable[str] | None = None,
        memberships: Iterable[str] | None = None,
        user_id: str | None = None,
        at: Time = None,
        policy: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return _ask(
            command, token=self.text, operation=operation, user_id=user_id, at=_seconds(at),
            policy=policy, channels=_names(channels), groups=_names(groups), uuids=_names(uuids),
            users=_names(users), entities=_names(entities), relationships=_names(relationships),
            memberships=_names(memberships),
        )

    def inspect(self, *, at: Time = None, show_signature: bool = False) -> dict[str, Any]:
        """Returns everything in the token, with its condition on time."""
        return _ask(
            "inspect", token=self.text, at=_seconds(at), show_signature=show_signature or None
        )

    def lint(self) -> list[dict[str, Any]]:
        """Returns probable mistakes in the token."""
        return _ask("lint", token=self.text)["findings"]

    def reach(self, *, policy: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Returns everything that the token could ever allow."""
        return _ask("reach", token=self.text, policy=policy)

    def redact(self, *, names: bool = False) -> dict[str, Any]:
        """Returns a token to share, without its signature; with made-up names if ``names``."""
        return _ask("redact", token=self.text, names=names or None)

    def grant(self, *, ttl: int | None = None) -> dict[str, Any]:
        """Returns the body of the grant request that makes such a token."""
        return _ask("grant", from_token=self.text, ttl=ttl)


def request(
    pasted: str | Mapping[str, Any],
    *,
    method: str | None = None,
    body: str | Mapping[str, Any] | None = None,
    token: str | Token | None = None,
    token_at_hand: str | Token | None = None,
    at: Time = None,
    policy: Mapping[str, Any] | None = None,
    enforce: str | None = None,
) -> dict[str, Any]:
    """Explains an HTTP request: a URL, a call of curl, a line of a log, or a HAR file.

    ``token`` replaces the one that the request carries; ``token_at_hand`` is used if the request
    carries none.
    """
    return _ask(
        "request", pasted=pasted, method=method, body=body, token=_text(token),
        token_at_hand=_text(token_at_hand), at=_seconds(at), policy=policy, enforce=enforce,
    )


def diff(old: str | Token, new: str | Token) -> dict[str, Any]:
    """Returns the gains and losses of the new token."""
    return _ask("diff", old=_text(old), new=_text(new))


def grant(body: Mapping[str, Any] | str) -> dict[str, Any]:
    """Returns the body of a grant request with its problems."""
    return _ask("grant", body=body)


def learn(observations: Any, *, policy: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Learns from the service's answers, in lines of observations or a HAR file."""
    return _ask("learn", observations=observations, policy=policy)


def matches(pattern: str, names: Iterable[str]) -> list[bool]:
    """Reports for each name whether a pattern matches it, under RE2's rules."""
    return _ask("match", pattern=pattern, names=_names(names))["matches"]


def operations() -> list[dict[str, Any]]:
    """Returns the operations, with their requirements."""
    return _ask("operations")["operations"]
