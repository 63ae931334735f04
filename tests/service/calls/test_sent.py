"""What the journal keeps of what was sent: its beginning, and no password however it is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import ImportService, Scenario, create_app
from simimport.service.calls.sent import LONGEST, in_process, kept
from simimport.service.journal import LENGTH, MOST_LETTERS, Journal
from tests.service.http.clients import ACCOUNTS, JSON, LOGIN, Chat


@pytest.mark.parametrize(
    ("sent", "left"),
    [('{"user":"ada","password":"hush"}', '{"user":"ada","password":"***"}'),
     ('{"password": {"digest": "hush", "algorithm": "sha-256"}, "user": "ada"}',
      '{"password": "***", "user": "ada"}'),
     ('{"users":[{"password":"hush","username":"a"},{"password":"hush"}]}',
      '{"users":[{"password":"***","username":"a"},{"password":"***"}]}'),
     (r'{"pass\u0077ord":"hush"}', r'{"pass\u0077ord":"***"}'),
     (r'{"password":"hu\"sh"}', '{"password":"***"}'), ('{"password":"hush', '{"password":"***"'),
     ('{"resume":"hush"}', '{"resume":"***"}'), ('{"password":12345}', '{"password":"***"}'),
     ("user=ada&password=hush", "user=ada&password=***"), ("pass%77ord=hush", "pass%77ord=***"),
     ("{'password': 'hush'}", "***"), (r'"{\"password\": \"hush\"}"', "***"),
     ('{"password":["hush",["hush"]]}', "***"), ('{"password":{"a":{"b":"hush"}}}', "***"),
     ('--x\r\nname="password"\r\n\r\nhush\r\n', "***"), ("\0p\0a\0s\0s\0=\0h\0u\0s\0h ", "***"),
     ('{"a":{"b":{"password":"hush"}}}', '{"a":{"b":{"password":"***"}}}'),
     ('{"' + r'\"' * 4000, '{"' + r'\"' * 4000),  # each quote could begin a text
     ('{"users": []}', '{"users": []}'), ("plain words", "plain words")],
)  # fmt: skip
def test_a_password_is_never_kept(sent: str, left: str) -> None:
    assert kept(sent.encode()) == left


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON, st.sampled_from(["password", "Password", "userPassword"]), st.booleans(), st.integers(1, 400))
def test_wherever_it_stands_and_is_cut(rest: Any, key: str, escaped: bool, cut: int) -> None:
    text = json.dumps({"a": rest, "b": [{key: "hush-hush", "c": rest}], "d": rest}, ensure_ascii=escaped)
    for part in (text, text[:cut]):
        assert "hush" not in (kept(part.encode("utf-8", "surrogatepass")) or "")
    whole = kept(text.encode("utf-8", "surrogatepass"))
    if whole != "***" and not escaped:
        assert whole is not None


def test_it_is_cut() -> None:
    sent = kept(b'{"users":[' + b'"\xc3\xa4",' * 50_000)
    assert sent is not None
    assert (len(sent), sent[:14]) == (LONGEST, '{"users":["ä",')
    long = in_process({"users": [{"username": "x" * 50, "password": "hush"}] * 100_000})
    assert long is not None
    assert len(long) <= LONGEST
    assert "hush" not in long
    assert in_process(None) is in_process({}) is in_process("text") is None
    circle: list[Any] = []
    circle.append(circle)
    assert in_process({"users": circle}) is None


def test_the_journal_has_it_of_http_and_in_process() -> None:
    service = ImportService(Scenario(users=5), seed=1)
    chat = Chat(create_app(service, accounts=ACCOUNTS))
    for password in ("pw", "wrong"):
        body = b'{"user":"boss","password":"%b"}' % password.encode()
        chat.ask("POST", LOGIN, content=body, headers={"content-type": JSON})
    chat.call("import.new")
    chat.call("import.addUsers", content=b'{"users": 5}', headers={"content-type": JSON})
    service.call("import.addUsers", users=[{"emails": ["a@b.c"], "importIds": ["1"], "password": "hush"}])
    service.add_users()
    journal = service.journal
    payloads = journal["payload"].astype(object).where(journal["payload"].notna(), None).tolist()
    assert payloads == [
        '{"user":"boss","password":"***"}', '{"user":"boss","password":"***"}', None, '{"users": 5}',
        '{"users": [{"emails": ["a@b.c"], "importIds": ["1"], "password": "***"}]}', None,
    ]  # fmt: skip
    assert [call.payload for call in service.log.last(3)] == payloads[-3:]
    assert (service.log.calls, service.log.polls) == (6, 0)


def test_of_many_only_the_newest_have_theirs() -> None:
    journal = Journal()
    for _ in range(MOST_LETTERS // LONGEST + 2):
        journal.note(0.0, "a", "login", 401, "none", payload="x" * LONGEST)
    payloads = journal.frame()["payload"]
    assert payloads.isna().tolist()[:3] == [True, True, False]
    assert payloads.notna().sum() == MOST_LETTERS // LONGEST


@pytest.mark.long
def test_payloads_leave_with_their_calls() -> None:
    journal = Journal()
    for _ in range(LENGTH + 5):
        journal.note(0.0, "a", "login", 401, "none", payload="x")
    assert len(journal._payloads) == LENGTH
