"""The package as a user meets it."""

import copy
import gc
import pickle
import threading
from datetime import datetime, timezone

import pytest

import pubnub_access
from pubnub_access import AccessError, Token, answer, diff, grant, learn, matches, operations, request

AT = 1_700_000_060


def test_a_verdict_is_one_of_three_words(sample):
    token = Token(sample)
    ask = {"channels": ["room-1"], "user_id": "alice", "at": AT}
    assert token.check("publish", **ask) == "allow"
    assert token.check("delete-messages", **ask) == "deny"
    assert token.check("fire", channels=["room-2"], user_id="alice", at=AT) == "indeterminate"


def test_an_explanation_says_what_is_missing(sample):
    found = Token(sample).explain(
        "delete-messages", channels=["room-1"], user_id="alice", at=AT
    )
    assert found["verdict"] == "deny"
    assert found["remedy"] == "to allow it, grant: channel room-1=delete"
    assert Token(sample).missing_grant("delete-messages", channels=["room-1"], user_id="alice",
                                       at=AT)["remedy"] == "grant"


def test_a_policy_settles_a_doubt(sample):
    ask = {"channels": ["room-2"], "user_id": "alice", "at": AT}
    assert Token(sample).check("fire", policy={"doubt": "granted"}, **ask) == "allow"
    assert Token(sample).check("fire", policy={"doubt": "refused"}, **ask) == "deny"


def test_times_are_numbers_texts_or_aware_datetimes(sample):
    token = Token(sample)
    for at in (AT, str(AT), "2023-11-14T22:14:20Z", datetime.fromtimestamp(AT, timezone.utc)):
        assert token.check("publish", channels=["room-1"], user_id="alice", at=at) == "allow"
    # Without a time, the current time counts, and the token of the tests expired long ago.
    assert token.check("publish", channels=["room-1"], user_id="alice") == "deny"
    with pytest.raises(AccessError, match="time zone"):
        token.check("publish", channels=["room-1"], at=datetime.now())
    # Milliseconds and timetokens are no seconds, also for the quick way.
    for at in (-1, 2**64, 1.5, True, AT * 1000, AT * 10_000_000):
        with pytest.raises(AccessError) as caught:
            token.check("publish", channels=["room-1"], at=at)
        assert caught.value.kind == "invalid_field"


def test_errors_have_a_kind_and_an_offset(sample):
    with pytest.raises(AccessError) as caught:
        Token(sample[:-4])
    assert caught.value.kind == "truncated" and isinstance(caught.value.offset, int)
    assert sample[:20] not in str(caught.value)
    with pytest.raises(ValueError):
        Token("")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.kind, again.offset, str(again)) == (
        caught.value.kind, caught.value.offset, str(caught.value))
    token = Token(sample)
    for operation, names, kind in [
        ("publsh", ["a"], "unknown_operation"),
        ("publish", [""], "invalid_name"),
        ("publish", [], "missing_resource"),
        ("publish", ["a"] * 5000, "too_many_names"),
        ("publish", ["x" * 2_000_000], "too_long"),
    ]:
        with pytest.raises(AccessError) as caught:
            token.check(operation, channels=names, at=AT)
        assert caught.value.kind == kind
    with pytest.raises(TypeError):
        token.check("publish", channels="room-1", at=AT)
    with pytest.raises(TypeError):
        Token(b"bytes")
    policy = {"clock_tolerance": float("nan")}
    for ask in ({"channels": ["\ud800"]}, {"user_id": "\ud800"}, {"policy": policy}):
        with pytest.raises(AccessError):
            token.check("publish", at=AT, **{"channels": ["a"], **ask})
    assert answer({"command": float("nan")})["kind"] == "invalid_json"


def test_names_come_from_any_iterable(sample):
    token = Token(sample)
    for names in (["room-1"], ("room-1",), {"room-1"}, (name for name in ["room-1"])):
        assert token.check("publish", channels=names, user_id="alice", at=AT) == "allow"


def test_neither_the_representation_nor_the_inspection_shows_the_token(sample):
    token = Token(sample)
    assert sample[:20] not in repr(token) and sample[:20] not in str(token)
    assert token.text == sample
    assert sample[:20] not in repr([token]) + f"{token} {token!r}"
    for unasked in (pickle.dumps, copy.copy, copy.deepcopy, vars):
        with pytest.raises(TypeError) as caught:
            unasked(token)
        assert sample[:20] not in repr(caught.value)
    with pytest.raises(AccessError) as caught:
        Token(sample + "\ud800")
    assert sample[:20] not in repr(caught.value) + repr(caught.value.__context__)
    assert "signature" not in token.inspect(at=AT)
    assert "signature" in token.inspect(at=AT, show_signature=True)


def test_the_other_questions_answer(sample):
    token = Token(sample)
    url = f"https://ps.pndsn.com/v2/subscribe/s/room-1/0?uuid=alice&auth={sample}"
    assert request(url, at=AT)["check"]["verdict"] == "allow"
    assert request("curl 'https://ps.pndsn.com/v2/subscribe/s/room-1/0'", token=sample, at=AT)
    bare = "https://ps.pndsn.com/v2/subscribe/s/room-1/0?uuid=alice"
    assert request(bare, token=token, at=AT)["check"]["verdict"] == "allow"
    assert request(bare, token_at_hand=token, at=AT)["with_token_at_hand"]["verdict"] == "allow"
    with pytest.raises(AccessError):
        request("nonsense", at=AT)
    assert diff(token, sample)["different"] is False
    assert Token(token.redact()["token"]).inspect(at=AT)["resources"]
    assert grant({"ttl": 0, "permissions": {}})["problems"][0]["severity"] == "error"
    assert token.grant(ttl=15)
    assert learn([{"status": 403}])["skipped"][0]["error"] == "`token` is missing"
    assert {"publish", "subscribe"} <= {operation["id"] for operation in operations()}
    assert matches("^room-[0-9]$", ["room-1", "room-10"]) == [True, False]
    with pytest.raises(AccessError) as caught:
        matches("(?=a)", ["a"])
    assert (caught.value.kind, caught.value.offset) == ("syntax", 0)
    assert answer({"command": "chek"})["kind"] == "unknown_command"


def test_one_token_serves_many_threads(sample):
    token, found = Token(sample), []

    def ask():
        for _ in range(500):
            found.append(token.check("publish", channels=["room-1"], user_id="alice", at=AT))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {"allow"} and len(found) == 2000


def test_memory_is_given_back(sample):
    import resource

    def use():
        for _ in range(20_000):
            Token(sample).explain("publish", channels=["room-1"], user_id="alice", at=AT)
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    first = use()
    assert use() - first < 8_192


def test_the_package_is_typed():
    from importlib.resources import files

    assert files(pubnub_access).joinpath("py.typed").is_file()
