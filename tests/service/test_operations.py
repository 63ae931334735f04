"""The service against the oracle of `reference`: any sequence of calls and moments, in every dialect."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from simimport import ImportService, OperationError, State
from simimport.model.people.api_body import frame_of
from simimport.model.scenario import Scenario
from tests.everyday import thinned
from tests.model.strategies import DIALECTS, SEEDS, scenarios
from tests.service import reference
from tests.service.reference import Answer, Person
from tests.service.reference_files import FileServer
from tests.service.uploads import archive, chosen, csv_of, slack_of, upload

# few names and addresses, so that they meet; and those that decide
_EMAILS = st.sampled_from([
    "ann@example.org", "bob@example.org", "Bob@example.org", "eve@example.org", "joe@example.org",
    "fail.server-error@example.com", "fail.duplicate-email+1@example.com", "slow.30s@example.com",
    "slow.0.5s+2@example.com", "cancel@example.com", "crash@example.com", "crash+3@example.com",
])  # fmt: skip
_USERS = st.fixed_dictionaries(
    {
        "emails": st.lists(_EMAILS, min_size=1, max_size=2),
        "importIds": st.lists(st.sampled_from(["1", "2", 3]), min_size=1, max_size=2),
    },
    optional={
        "username": st.sampled_from(["", "ann", "Ann", "bob", "eve"]),
        "name": st.just("Zoë"),
        "roles": st.lists(st.sampled_from(["user", "admin", "bot"]), max_size=2),
    },
)
_CROWDS = st.lists(_USERS, min_size=1, max_size=8) | st.integers(40, 60).map(
    lambda many: [{"emails": [f"{n}@example.net"], "importIds": [n + 1]} for n in range(many)]
)
_GOOD = {"emails": ["new@example.org"], "importIds": ["9"]}
_MISSHAPEN = st.sampled_from([
    ({}, "must have required property 'users'"),
    ({"users": [], "more": 1}, "must NOT have additional properties"),
    ({"users": {}}, "must be array"),
    ({"users": None}, "must be array"),
    ({"users": [_GOOD, 7]}, "must be object"),
    ({"users": [_GOOD, {"importIds": ["1"]}]}, "must have required property 'emails'"),
    ({"users": [{"emails": ["a@example.org"]}]}, "must have required property 'importIds'"),
    ({"users": [{**_GOOD, "emails": "a@example.org"}]}, "must be array"),
    ({"users": [{**_GOOD, "name": ["Zoë"]}]}, "must be string"),
    ({"users": [{**_GOOD, "utcOffset": "x"}]}, "must be number"),
    ({"users": [{**_GOOD, "deleted": "yes"}]}, "must be boolean"),
])  # fmt: skip
_LACKING = st.sampled_from([
    {"emails": [], "importIds": ["1"]}, {"emails": [""], "importIds": ["1"]},
    {"emails": ["a@example.org"], "importIds": []}, {"emails": ["a@example.org"], "importIds": [""]},
])  # fmt: skip
# the hunt for bugs, so with more examples than a law gets where there is time; each is 40 calls long
_EXAMPLES = settings.default.max_examples
hunting = settings(max_examples=_EXAMPLES * (1 if _EXAMPLES < 100 else 2), stateful_step_count=40)
_READS = (
    "import.status", "importers.list", "getImportProgress", "getCurrentImportOperation",
    "getLatestImportOperations",
)  # fmt: skip
_NAMED = st.fixed_dictionaries({
    "username": st.sampled_from(["ann", "Ann", "bob", "eve"]),
    "email": _EMAILS | st.just(""),
    "name": st.sampled_from(["", "Zoë, the first"]),
    "avatar_url": st.sampled_from([None, "https://example.org/a.png"]),
    "deleted": st.sampled_from([None, False, True]),
})  # fmt: skip
_FILES = st.tuples(
    st.sampled_from(["csv", "zip of csv", "slack", "slack-users"]), st.lists(_NAMED, min_size=1, max_size=6)
)
_CHOSEN = st.just((True, frozenset[str]())) | st.tuples(
    st.just(False), st.frozensets(st.sampled_from(["ann", "Ann", "bob", "1", "2", "9"]), max_size=4)
)
_URLS = ("http://127.0.0.1/users.zip", "https://example.org/users.zip", "/srv/users.zip")


class ServiceMachine(RuleBasedStateMachine):
    """Drives a service and the oracle alike; compares whatever can be seen."""

    dialect: str

    @initialize(scenario=scenarios(), seed=SEEDS, there=st.lists(_USERS, max_size=2))
    def begin(self, scenario: Scenario, seed: int, there: list[dict[str, Any]]) -> None:
        existing = frame_of(there) if there else None
        self.service = ImportService(scenario, seed=seed, dialect=self.dialect, existing=existing)
        people = [reference.person_of(user) for user in there]
        self.server = FileServer(scenario, seed, self.dialect, people)
        self.calls = 0

    def call(self, endpoint: str, payload: Any = None) -> Answer:
        """Call the service: every other time as HTTP does, and else in process."""
        self.calls += 1
        if self.calls % 2:
            body = {} if endpoint == "import.addUsers" and payload is None else payload
            answer = self.service.answer(endpoint, body)
            assert answer.content_type == "application/json"
            return answer.http_status, reference.decoded(answer.raw)
        try:
            return 200, reference.pairs(self.service.call(endpoint, **(payload or {})))
        except OperationError as error:
            return error.http_status, reference.pairs(error.body)

    def agree(self, endpoint: str, payload: Any = None) -> None:
        users = payload["users"] if payload else None
        assert self.call(endpoint, payload) == self.server.call(endpoint, users)

    @rule()
    def new(self) -> None:
        self.agree("import.new")

    @rule()
    def add_generated(self) -> None:
        expected = self.server.call("import.addUsers")
        try:
            answer = 200, reference.pairs(self.service.add_users())
        except OperationError as error:
            answer = error.http_status, reference.pairs(error.body)
        assert answer == expected

    @rule(users=_CROWDS)
    def add_own(self, users: list[dict[str, Any]]) -> None:
        self.agree("import.addUsers", {"users": users})

    @rule()
    def add_nobody(self) -> None:
        self.agree("import.addUsers", {"users": []})

    @rule(users=_CROWDS, lacking=_LACKING)
    def add_somebody_without_data(self, users: list[dict[str, Any]], lacking: dict[str, Any]) -> None:
        self.agree("import.addUsers", {"users": [*users, lacking]})

    @rule(users=_CROWDS)
    def add_a_role_that_nobody_knows(self, users: list[dict[str, Any]]) -> None:
        self.agree("import.addUsers", {"users": [*users, {**_GOOD, "roles": ["user", "wizard"]}]})

    @rule(case=_MISSHAPEN)
    def add_what_has_not_the_shape(self, case: tuple[Any, str]) -> None:
        body, message = case
        self.server.calls += 1
        assert self.call("import.addUsers", body) == reference.misshapen(self.dialect, message)

    @rule()
    def run(self) -> None:
        self.agree("import.run")

    @rule(file=_FILES)
    def upload(self, file: tuple[str, list[Person]]) -> None:
        kind, named = file
        raw = slack_of(named) if kind.startswith("slack") else csv_of(named)
        if kind == "zip of csv":
            raw = archive({"users.csv": raw})
        if kind == "slack":
            raw = archive({"users.json": raw, "channels.json": b"[]"})
        importer = kind.rpartition(" ")[2]
        people = [uploaded(person, importer) for person in named]
        expected = self.server.call("uploadImportFile", (importer, people))
        assert self.call("uploadImportFile", upload(raw, importer)) == expected

    @rule(selection=_CHOSEN)
    def start(self, selection: tuple[bool, frozenset[str]]) -> None:
        expected = self.server.call("startImport", selection)
        assert self.call("startImport", chosen(selection, self.dialect)) == expected

    @rule(url=st.sampled_from(_URLS))
    def download(self, url: str) -> None:
        expected = self.server.call("downloadPublicImportFile", url)
        assert self.call("downloadPublicImportFile", {"fileUrl": url, "importerKey": "csv"}) == expected

    @rule(endpoint=st.sampled_from(["getImportFileData", "downloadPendingFiles", "downloadPendingAvatars"]))
    def look(self, endpoint: str) -> None:
        self.agree(endpoint)

    @rule()
    def clear(self) -> None:
        self.agree("import.clear")

    @rule(endpoint=st.sampled_from(_READS))
    def read(self, endpoint: str) -> None:
        self.agree(endpoint)
        self.agree(endpoint)  # reading has changed nothing

    @rule(seconds=st.sampled_from([0.0, 1e-6, 0.0005, 0.01, 1.0, 3.3, 60.0]) | st.floats(0, 30))
    def advance(self, seconds: float) -> None:
        self.service.advance(seconds)
        self.server.now_us += round(seconds * 1e6)

    @precondition(lambda self: self.server.to_come())
    @rule(data=st.data(), short_us=st.sampled_from([0, 0, 1]))
    def go_to_a_change(self, data: st.DataObject, short_us: int) -> None:
        at_us, _ = data.draw(st.sampled_from(self.server.to_come()[:40]))
        target = max(at_us - short_us, self.server.now_us)
        self.service.clock.jump(target / 1e6)
        self.server.now_us = target

    @rule(state=st.sampled_from(list(State)))
    def run_until(self, state: State) -> None:
        at_us = self.server.when(state)
        if at_us is None:
            with pytest.raises(OperationError, match=f"the state {state} cannot come by waiting"):
                self.service.run_until(state)
        else:
            assert self.service.run_until(state) == at_us / 1e6
            self.server.now_us = at_us

    @precondition(lambda self: self.calls > 12)
    @rule()
    def reset(self) -> None:
        self.service.reset()
        server = self.server
        self.server = FileServer(server.scenario, server.seed, server.dialect, server.existing)
        self.calls = 0

    @invariant()
    def sees_the_same(self) -> None:
        assert round(self.service.clock.now() * 1e6) == self.server.now_us
        assert self.service.state == self.server.state
        counters = self.service.log
        assert (counters.calls, counters.polls, counters.polls_after_end) == (
            self.server.calls, self.server.polls, self.server.polls_after_end,
        )  # fmt: skip

    # frames take far longer than all else here, so they are looked at now and then, and at the end
    @rule()
    def holds_the_same_people(self) -> None:
        assert people(self.service.staging) == people(self.server.staging())
        assert people(self.service.imported) == people(self.server.imported())

    @invariant()
    def its_record_says_the_same(self) -> None:
        run, present = self.service.current, self.server.present
        assert (run is None) == (present is None or present.plan is None)
        # a record is of those who are run, and knows importers of files by the first of them
        plain = present and present.importer in ("api", "csv") and len(present.running) == present.total
        if run is not None and present is not None and plain:
            assert run.seed == present.seed
            age_s = (self.server.now_us - present.created_us) / 1e6
            _, body = self.server.import_status(None)
            assert reference.pairs(run.status(age_s, dialect=self.dialect)) == body

    def teardown(self) -> None:
        if hasattr(self, "server"):
            self.holds_the_same_people()


def uploaded(person: Person, importer: str) -> Person:
    """Return a person of a file as the row that it becomes."""
    row = dict.fromkeys(reference.COLUMNS)
    row |= {name: person[name] or None for name in ("username", "email", "name")}
    row |= {"import_id": person["username"], "roles": "user"}
    if importer != "csv":
        row |= {"avatar_url": person["avatar_url"], "deleted": person["deleted"], "type": "user"}
    return row


def people(those: Any) -> list[tuple[Any, ...]]:
    """Return people so that two tellings can be compared: of generated ones, all that staging says."""
    plain = those if isinstance(those, list) else reference.rows(those)
    keys = (*reference.COLUMNS, "reason")
    return [tuple(person.get(key) for key in keys) for person in plain]


@pytest.mark.parametrize("dialect", thinned(DIALECTS, (DIALECTS[0], DIALECTS[-1])))
def test_any_sequence(dialect: str) -> None:
    machine = type(f"Machine of {dialect}", (ServiceMachine,), {"dialect": dialect})
    run_state_machine_as_test(machine, settings=hunting)
