"""The staff's JSON answers whatever is sent to it: a sentence and a status under 500, and nothing that takes long or much."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import pytest
from flask import Flask, Request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media_pipeline.core.captions import NO_TEXTS, Uncaptioned
from media_pipeline.core.looks import LookKind
from tests.app.backend import Backend
from tests.app.web.desk import StaffBrowser
from tests.app.web.test_captions import TRANSCRIPT, give, said_on
from tests.app.web.test_guard import WRITING, address, every_ask

VERSION, SAID = "the version that is in force", "the digest on the page"
"""What stands in a body for what only the shelf knows."""

numbers = (
    st.integers()
    | st.floats()  # NaN and both infinities among them, which Python's JSON writes and reads
    | st.sampled_from([2**31, 2**63, -(2**63) - 1, 10**400, -1, 0, True])
)
texts = st.text(max_size=20) | st.sampled_from(["1e999999999", "1/0", "9" * 5000, "\0", "\ud800", "12:30", "-0"])
plain = st.none() | st.booleans() | numbers | texts
some_json = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)

edits = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["cut", "mute", "cover", "crop"]) | some_json,
        "start": st.integers(0, 14) | numbers | some_json,
        "end": st.integers(15, 30) | numbers | some_json,
    },
    optional={"box": st.lists(st.integers(0, 400) | numbers, min_size=4, max_size=4) | some_json},
)
versions = st.just(VERSION) | plain


def body(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What is documented, with anything in its fields, or a field more or less."""
    known = st.fixed_dictionaries({}, optional=fields)
    return st.fixed_dictionaries(fields) | known | st.builds(lambda one, more: one | more, known, keyed)


keyed = st.dictionaries(texts, some_json, max_size=2)

TAKES_JSON: Mapping[str, st.SearchStrategy[Any]] = MappingProxyType(
    {
        "captions.correct": body(said=st.just(SAID) | some_json, text=st.none() | texts | some_json),
        "review.answer": body(version=versions, kind=st.sampled_from([None, *LookKind]) | some_json),
        "review.approve": body(
            version=versions,
            texts=st.just(NO_TEXTS.digest) | some_json,
            uncaptioned=st.sampled_from([None, *Uncaptioned]) | some_json,
        ),
        "review.played": body(
            seconds=st.lists(st.integers(0, 40) | numbers, max_size=9) | some_json, heard=st.lists(numbers) | some_json
        ),
        "review.redo": body(version=versions),
        "review.save": body(version=versions, edits=st.lists(edits | some_json, max_size=6) | some_json),
        "review.sound": body(version=versions, participants_muted=st.booleans() | some_json),
        "review.undo": body(version=versions),
        "uploads.advise": body(names=st.lists(texts, max_size=9) | some_json),
    }
)
"""Every address that reads JSON, and what is sent there besides just anything."""

KINDS = ("application/json", "application/json; charset=utf-16", "application/x+json", "text/plain", "", "\u00ff/;=")

NOT_JSON = MappingProxyType(
    {
        "nothing": b"",
        "half": b'{"version": 1, "edits": [',
        "two": b"{}{}",
        "not UTF-8": b'{"version": "\xff\xfe\x80"}',
        "UTF-16": '{"version": 1}'.encode("utf-16"),
        "a mark of byte order": b'\xef\xbb\xbf{"version": 1}',
        "not a number": b'{"version": NaN, "edits": Infinity}',
        "an endless number": b'{"version": ' + b"9" * 100_000 + b"}",
        "an endless text": b'{"version": "' + b"x" * 1_000_000 + b'"}',
        "lists in lists": b"[" * 200_000,
        "closed lists in lists": b'{"version": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "objects in objects": b'{"a":' * 100_000,
        "a key twice": b'{"version": 1, "version": {}}',
        "too much": b"[" + b"1," * 600_000 + b"1]",
        "zeros": bytes(1000),
        "a form": b"version=1&edits=2",
    }
)


class Desk:
    """A recording with captions that waits for its review, and somebody who sends what nobody should."""

    def __init__(self, ann: StaffBrowser) -> None:
        self.ann, self.recording_id = ann, ann.backend.analysed()
        give(ann, f"/recordings/{self.recording_id}", TRANSCRIPT)
        self.rules = {rule.endpoint: rule for rule, method in every_ask(ann.client.application) if method in WRITING}
        self.methods = {e: next(iter((rule.methods or set()) & WRITING)) for e, rule in self.rules.items()}

    def send(self, endpoint: str, data: bytes, kind: str = "application/json") -> int:
        """The status, once it is seen that the answer is one of ours."""
        path = address(self.rules[endpoint], recording_id=self.recording_id)
        answer = self.ann.send(
            self.methods[endpoint], path, data=data, headers={"Content-Type": kind} if kind else {}, buffered=True
        )
        assert answer.status_code < 500, (endpoint, answer.status_code)
        assert answer.content_type in ("application/json", "text/plain; charset=utf-8")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return answer.status_code

    def filled(self, untrusted: Any) -> bytes:
        """A body with what only the shelf knows put in."""
        text = json.dumps(untrusted)
        version = self.ann.backend.row(self.recording_id).edit_version
        page = self.ann.get(f"/recordings/{self.recording_id}").text if SAID in text else ""
        return text.replace(f'"{VERSION}"', str(version)).replace(SAID, said_on(page) if page else "").encode()


@pytest.fixture
def desk(ann: StaffBrowser) -> Desk:
    return Desk(ann)


def test_these_and_no_other_addresses_read_json(
    desk: Desk, staff: Flask, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new one fails here until it stands in the table above, and so is sent everything else too."""
    read: set[str] = set()
    get_json = Request.get_json

    def spied(self: Request, *args: Any, **more: Any) -> Any:
        read.add(self.endpoint or "")
        return get_json(self, *args, **more)

    monkeypatch.setattr(Request, "get_json", spied)
    for endpoint in desk.rules:
        recording_id = desk.recording_id if endpoint in TAKES_JSON else backend.analysed(endpoint.encode())
        path = address(desk.rules[endpoint], recording_id=recording_id)
        if endpoint != "sign_in.out":
            desk.ann.send(desk.methods[endpoint], path, json={})
    assert read == set(TAKES_JSON)


@pytest.mark.parametrize("endpoint", TAKES_JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_json_is_answered(desk: Desk, endpoint: str, data: st.DataObject) -> None:
    desk.send(endpoint, desk.filled(data.draw(TAKES_JSON[endpoint] | some_json)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(endpoint=st.sampled_from(sorted(TAKES_JSON)), kind=st.sampled_from(KINDS), data=st.binary(max_size=60))
def test_any_bytes_of_any_type_are_answered(desk: Desk, endpoint: str, kind: str, data: bytes) -> None:
    assert 400 <= desk.send(endpoint, data, kind) < 500 or data.strip().isdigit()


@pytest.mark.parametrize("endpoint", TAKES_JSON)
def test_what_is_no_json_is_refused(desk: Desk, endpoint: str) -> None:
    for name, data in NOT_JSON.items():
        status = desk.send(endpoint, data)
        assert status in {400, 409, 413}, name
        for kind in KINDS:
            assert 400 <= desk.send(endpoint, data, kind) < 500, (name, kind)


@pytest.mark.parametrize("moment", ["1e999", "-1E-999", "1e-999999999", "9" * 5000])
def test_a_short_text_is_never_a_number_without_end(desk: Desk, moment: str) -> None:
    """400, before anything is reckoned with it: 422 would say that it was a moment outside of the recording."""
    for start, end in ((moment, 5), (1, moment)):
        edit = {"action": "cut", "start": start, "end": end}
        assert desk.send("review.save", desk.filled({"version": VERSION, "edits": [edit]})) == 400


def numbered(staff: Flask) -> Iterator[tuple[str, str]]:
    """Addresses with a number in them, and their methods."""
    for rule, method in every_ask(staff):
        if rule.arguments & {"sheet", "number", "place"} and method != "OPTIONS":
            yield rule.rule, method


FORMS = ("about.page", "account.password", "recordings.one", "sign_in.form", "people.invite", "keeping.hold")


@pytest.mark.parametrize("untrusted", [5, [1], [["title", 5]], {"title": 5}, {"title": ["x"], "login": {}}, None])
def test_forms_are_no_json(desk: Desk, untrusted: object) -> None:
    """Whatever JSON is sent to a form, nothing of it is read."""
    for endpoint in FORMS:
        path = address(desk.rules[endpoint], recording_id=desk.recording_id)
        answer = desk.ann.send("POST", path, json=untrusted)
        assert answer.status_code < 500, endpoint
    assert desk.ann.backend.row(desk.recording_id).title == "Bears"


@pytest.mark.both_databases
def test_numbers_in_addresses_may_be_any(desk: Desk, staff: Flask) -> None:
    walked = 0
    for rule, method in numbered(staff):
        for number in ("-1", "007", "1.5", "९", str(2**31), str(2**63), "9" * 400, "9" * 5000, "0x10"):
            path = rule.replace("<recording_id>", desk.recording_id)
            path = path[: path.index("<")] + number + path[path.index(">") + 1 :]
            body = {"version": 0, "kind": None, "said": "", "text": None}
            answer = desk.ann.send(method, path, json=body, buffered=True)
            assert 400 <= answer.status_code < 500, (method, rule, number)
            walked += 1
    assert walked >= 36
