"""Testdata through the package: every case as in Rust."""

import json

import pytest

from pubnub_access import AccessError, Token, _native, matches

NAMES = ["channels", "groups", "uuids", "users", "entities", "relationships", "memberships"]


def of(cases, kind):
    found = [case for case in cases if case["class"] == kind]
    least = {"decisions": 500, "wire": 300, "patterns": 2000, "tokens": 150}
    assert len(found) >= least[kind], len(found)
    return found


def test_every_question_is_answered_as_in_rust(cases):
    wrong = [case for case in cases if _native.answer(case["question"]) != case["answer"]]
    assert not wrong, wrong[:3]


def test_decisions_are_those_of_testdata(cases):
    wrong = []
    for case in of(cases, "decisions"):
        question = json.loads(case["question"])
        members = {key: question[key] for key in NAMES if key in question}
        # Once as a number, which takes the quick way, and once as text, which takes `answer`.
        for at in (int(question["at"]), question["at"]):
            try:
                found = {
                    "verdict": Token(question["token"]).check(
                        question["operation"],
                        user_id=question["user_id"],
                        at=at,
                        policy=question.get("policy"),
                        **members,
                    )
                }
            except AccessError as error:
                found = {"kind": error.kind}
            if found != case["expected"]:
                wrong.append((case["source"], found))
    assert not wrong, wrong


def test_texts_decode_or_fail_where_the_wire_vectors_say(cases):
    wrong = []
    for case in of(cases, "wire"):
        try:
            Token(json.loads(case["question"])["token"])
            found = {}
        except AccessError as error:
            found = {"kind": error.kind, "offset": error.offset}
        if found != case["expected"]:
            wrong.append((case["source"], found))
    assert not wrong, wrong


def test_patterns_match_as_in_re2(cases):
    wrong = []
    for case in of(cases, "patterns"):
        question = json.loads(case["question"])
        try:
            found = {"matches": matches(question["pattern"], question["names"])}
        except AccessError as error:
            found = {"kind": error.kind}
        if found != case["expected"]:
            wrong.append((case["source"], found))
    assert not wrong, wrong


@pytest.mark.parametrize("method", ["inspect", "lint", "reach", "redact"])
def test_tokens_of_testdata_are_read_as_in_rust(cases, method):
    for case in of(cases, "tokens"):
        question, expected = json.loads(case["question"]), json.loads(case["answer"])
        if question["command"] != method:
            continue
        if "error" in expected:
            with pytest.raises(AccessError) as caught:
                Token(question["token"])
            assert caught.value.kind == expected["kind"]
            continue
        found = getattr(Token(question["token"]), method)()
        if isinstance(found, dict):
            found.pop("time", None)
        assert found == (expected["findings"] if method == "lint" else expected)
