"""What shows itself in a notebook: what it says, that it is harmless and short, and that all can see it."""

from __future__ import annotations

import copy
import pickle
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from simimport import PRESETS, Run, Scenario, State, simulate, stage, transitions
from simimport.model.run_picture import picture
from simimport.model.states import TABLE, Move
from simimport.show.palette import STATE_COLORS
from simimport.show.ticks import round_instants
from simimport.show.words import counted, duration
from tests.markup import read

if TYPE_CHECKING:
    from numpy.typing import NDArray

RUNS = {name: simulate(PRESETS[name], seed=7) for name in PRESETS}
CUT = {
    "at once": RUNS["calm"].cancel(0),
    "while new": RUNS["calm"].cancel(1),
    "while ready": RUNS["calm"].cancel(4),
    "while importing": RUNS["calm"].cancel(20),
    "after the end": RUNS["calm"].cancel(1e6),
    "branched": RUNS["calm"].branch(20, seed=1, failure_rate=0.5).branch(30, seed=2).cancel(40),
    "no time at all": simulate(users=0, new_s=0, ready_s=0, seed=1),
    "a year": simulate(users=1, new_s=31_557_600.0, seed=1),
}


@pytest.fixture(params=[*RUNS, *CUT])
def run(request: pytest.FixtureRequest) -> Run:
    return {**RUNS, **CUT}[request.param]


WITHOUT_LINES = {"empty": "no users", "at once": "ended at once", "no time at all": "no users"}


def points(path: str) -> NDArray[np.float64]:
    """Return the points of a path as rows of x and y."""
    return np.array([[float(word) for word in pair.split()] for pair in path.strip("MZ ").split(" L")])


def paths(run: Run) -> dict[str, NDArray[np.float64]]:
    """Return the points of the two lines of a picture, by what they are."""
    root = ET.fromstring(picture(run))  # noqa: S314 - our own text
    return {path[0].text or "": points(path.attrib["d"]) for path in root.iter("path") if len(path)}


# runs -------------------------------------------------------------------------------------------------


def test_a_run_says_how_it_ended_and_how_to_have_it_again(run: Run) -> None:
    html = run._repr_html_()
    page = read(html)
    final, users = str(run.final), run.truth.users
    assert f"{final} after {duration(run.duration_s)}" in page.text
    assert f"{counted(users, 'user')}, {counted(run.truth.flushed, 'flush', 'flushes')} of 50" in page.text
    assert f"seed {run.seed}" in page.text
    assert f"again: {run.code}" in page.text
    assert page.elements[0][1]["aria-label"] == repr(run)
    assert len(html) < 40_000


def test_the_counters_are_those_of_the_record(run: Run) -> None:
    rows = {row[0]: row[1:4] for row in read(run._repr_html_()).rows}
    assert rows["at the end"] == ["imported", "failed", "unreached"]
    last = run.at(max(run.duration_s, 0) + 1)
    assert rows["published"] == [f"{count:,}" for count in (last.completed, last.error, last.remaining)]
    counts = run.outcomes["outcome"].value_counts()
    named = [int(counts.get(name, 0)) for name in ("imported", "failed", "unreached")]
    assert rows["in truth"] == [f"{count:,}" for count in named]


def test_a_crash_shows_what_was_never_published() -> None:
    rows = {row[0]: row[1:4] for row in read(RUNS["crash_midway"]._repr_html_()).rows}
    assert rows["published"] == ["976", "24", "1,000"]
    assert rows["in truth"] == ["996", "24", "980"]


def test_the_states_stand_in_order_on_a_bar_without_gaps(run: Run) -> None:
    root = ET.fromstring(picture(run))  # noqa: S314 - our own text
    rectangles = list(root.iter("rect"))
    expected = [stay.state for stay in run.stays]
    assert expected == list(dict.fromkeys(State(body["state"]) for _, body in run.responses()))
    assert [rectangle.attrib["fill"] for rectangle in rectangles] == [STATE_COLORS[s] for s in expected]
    edges = [(float(r.attrib["x"]), float(r.attrib["width"])) for r in rectangles]
    assert all(width >= 2 for _, width in edges)  # even the shortest is seen
    assert all(x + width == pytest.approx(after) for (x, width), (after, _) in pairwise(edges))
    assert sum(edges[-1]) == pytest.approx(668)
    titles = [f"{s.state} from {duration(s.from_s)}, for {duration(s.lasted_s)}" for s in run.stays[:-1]]
    titles.append(f"{run.final} from {duration(run.duration_s)} on")
    assert [rectangle[0].text for rectangle in rectangles] == titles


def test_how_long_each_state_lasted_stands_beside_it() -> None:
    words = read(RUNS["csv_upload"]._repr_html_()).text
    assert "new 2 s loading 12 s ready 5 s importing 33.4 s done at 52.4 s" in words


def test_the_picture_says_in_words_what_it_shows() -> None:
    label = ET.fromstring(picture(RUNS["crash_midway"])).attrib["aria-label"]  # noqa: S314 - our own text
    assert label.startswith("States: new at 0 s, ready at 2 s, importing at 7 s, error at 41 s. ")
    assert label.endswith("Processed at the end, of 2,000 users: 1,000 as published, 1,020 in truth.")


@pytest.mark.parametrize(("name", "words"), WITHOUT_LINES.items())
def test_where_no_line_can_go_anywhere_words_say_why(name: str, words: str) -> None:
    run = {**RUNS, **CUT}[name]
    assert paths(run) == {}
    assert words in picture(run)


@pytest.mark.parametrize("run", sorted({*RUNS, *CUT} - {*WITHOUT_LINES}), indirect=True)
def test_the_lines_go_from_the_creation_to_the_end_and_never_back(run: Run) -> None:
    lines = paths(run)
    assert set(lines) == {"published", "in truth"}
    last = {"published": run.truth.flushed, "in truth": run.truth.processed}
    if run.truth.flushed:
        last["published"] = int(run.course.flushed_users[run.truth.flushed - 1])
    for name, line in lines.items():
        assert len(line) <= 700  # whatever the import's size
        x, y = line.T
        assert (np.diff(x) >= 0).all()
        assert (np.diff(y) <= 0).all()  # up is less
        assert (x[0], y[0]) == (46, 164)
        assert x[-1] == 652
        assert y[-1] == pytest.approx(164 - 138 * last[name] / run.truth.users, abs=0.06)


def test_published_steps_are_below_the_truth_and_stand_at_the_flushes() -> None:
    run = simulate(users=120, batch_size=40, failure_rate=0.2, seed=3, stall_at=0.5, stall_s=2)
    lines = paths(run)
    steps = lines["published"]
    per_s = (652 - 46) / run.duration_s
    rises = steps[1:][np.diff(steps[:, 1]) < 0]
    expected = run.snapshots.drop_duplicates("batch")["at_s"].to_numpy()[1:]
    assert (rises[:, 0] - 46) / per_s == pytest.approx(expected, abs=0.1 / per_s)
    assert rises[:, 1] == pytest.approx([164 - 46, 164 - 92, 164 - 138])
    # while a batch is in flight, the truth has gone on: at each instant up is less
    x = np.linspace(47, 651, 200)
    truth = np.interp(x, *lines["in truth"].T)
    published = steps[np.searchsorted(steps[:, 0], x, side="right") - 1, 1]
    assert (truth <= published + 0.2).all()
    assert (published - truth).max() > 30


def test_a_stall_is_flat() -> None:
    run = RUNS["stalls_at_99"]
    truth = paths(run)["in truth"]
    widest = np.diff(truth[:, 0]).argmax()
    # ten minutes of thirteen
    assert truth[widest + 1, 0] - truth[widest, 0] > 606 * 590 / run.duration_s
    assert truth[widest + 1, 1] == pytest.approx(truth[widest, 1], abs=0.1)


def test_a_big_import_is_drawn_with_as_many_points_as_the_eye_can_tell_apart() -> None:
    assert RUNS["big"].course.users == 100_000
    assert sum(len(line) for line in paths(RUNS["big"]).values()) < 1_000
    assert len(RUNS["big"]._repr_html_()) < 40_000


def test_the_axes_say_shares_and_round_instants(run: Run) -> None:
    root = ET.fromstring(picture(run))  # noqa: S314 - our own text
    labels = [(text.attrib["text-anchor"], text.text or "") for text in root.iter("text")]
    assert [label for anchor, label in labels if anchor == "end"] == ["0 %", "50 %", "100 %"]
    instants = [label for anchor, label in labels if anchor == "middle" and label[:1].isdigit()]
    assert instants[0] == "0 s"
    assert instants == [duration(at_s, exact=True) for at_s in round_instants(0, run.duration_s, 8)]
    assert len(instants) >= 4 or not run.duration_s
    assert max(map(len, instants)) < 12  # no two of them touch


def test_own_users_are_named_and_not_shown() -> None:
    people = stage(Scenario(users=3), seed=1)
    people.loc[0, "name"] = "<b>bold</b>"
    run = simulate(staged=people, seed=1)
    page = read(run._repr_html_())
    assert "staged=users" in page.text
    assert "bold" not in page.text


def test_looking_makes_no_frame_and_changes_nothing() -> None:
    run = simulate(users=200, seed=1)
    before = run.snapshots.copy()
    html = run._repr_html_()
    assert run._repr_html_() == html
    pd.testing.assert_frame_equal(run.snapshots, before)
    assert set(run._frames) == {"snapshots"}


def test_a_long_chain_of_branches_is_cut() -> None:
    run = RUNS["calm"]
    for second in range(8, 48):
        run = run.branch(second, seed=1)
    assert len(run.code) > 600
    assert len(run._repr_html_()) < 40_000


# scenarios, presets and the table ---------------------------------------------------------------------


def test_what_differs_from_the_default_stands_out() -> None:
    page = read(Scenario(users=500, failure_rate=0.05, stall_at=0.5, locale="de_DE")._repr_html_())
    assert page.rows == [
        ["field", "value", "default", "meaning"],
        ["users", "500", "8,000", "users to stage"],
        ["failure_rate", "0.05", "0.02", "probability per user that its import fails"],
        ["stall_at", "0.5", "None", "fraction of the users whose batch stalls for certain"],
        ["locale", "de_DE", "en_US", "locale of the staged people"],
    ]
    assert "4 of 20 fields differ" in page.text
    assert "by default: batch_size=50, failure_clustering=0.0, " in page.text
    assert "PRESETS" not in page.text


@pytest.mark.parametrize("scenario", [*PRESETS.values(), Scenario()], ids=[*PRESETS, "default"])
def test_every_field_of_a_scenario_is_there_once(scenario: Scenario) -> None:
    html = scenario._repr_html_()
    page = read(html)
    differing = {row[0] for row in page.rows[1:]}
    assert differing == set(scenario.changed())
    rest = set(re.findall(r"(\w+)=", page.text.partition("by default:")[2]))
    assert differing | rest == set(scenario.to_dict())
    assert not differing & rest
    assert len(html) < 10_000


def test_a_scenario_knows_its_preset() -> None:
    assert (
        "as PRESETS['flaky'] 6 of 20 fields differ"
        in read(PRESETS["flaky"]._repr_html_().replace("</span><span", "</span> <span")).text
    )
    assert "every field has its default" in read(Scenario()._repr_html_()).text


def test_the_presets_show_what_they_are_and_how() -> None:
    page = read(PRESETS._repr_html_())
    assert page.rows[0] == ["preset", "what you see", "how"]
    assert [row[0] for row in page.rows[1:]] == list(PRESETS)
    assert [row[1] for row in page.rows[1:]] == [PRESETS.about(name) for name in PRESETS]
    for name, _, how in page.rows[1:]:
        assert f"Scenario({how})" == repr(PRESETS[name])
    assert f"{len(PRESETS)} scenarios" in page.text


def test_the_table_shows_every_move() -> None:
    page = read(TABLE._repr_html_())
    head, *rows = page.rows
    assert head == ["state", *map(str, Move)]
    shown = {(row[0], move): cell for row in rows for move, cell in zip(head[1:], row[1:], strict=True)}
    expected = {(str(s), str(o)): str(TABLE[s].get(o, "·")) for s in State for o in Move}
    assert shown == expected


def test_a_refused_move_says_so_to_those_who_listen() -> None:
    dots = [attributes for attributes in read(TABLE._repr_html_()).all("span") if "title" in attributes]
    assert len(dots) == sum(move not in TABLE[state] for state in State for move in Move)
    assert all((dot["role"], dot["aria-label"]) == ("img", "refused") for dot in dots)


def test_the_frame_of_transitions_is_shown_as_the_table() -> None:
    frame = transitions()
    shown = read(html_of(frame))
    assert shown.rows == read(TABLE._repr_html_()).rows
    assert shown.text.endswith("a frame with a row for each of 25 moves: state operation next_state")
    assert repr(frame).splitlines()[0].split() == list(frame.columns)


def test_what_is_made_of_it_is_an_ordinary_frame() -> None:
    frame = transitions()
    assert type(frame) is pd.DataFrame
    same = (frame.copy(), copy.deepcopy(frame), pickle.loads(pickle.dumps(frame)))  # noqa: S301 - our own
    for made in same:
        pd.testing.assert_frame_equal(made, frame)
    for made in (*same, frame.head(), frame[frame["state"] == "new"], frame[["state"]]):
        assert "<style" in html_of(made)


def test_a_frame_that_was_written_into_shows_what_it_holds() -> None:
    frame = transitions()
    frame.loc[0, "next_state"] = "elsewhere"
    assert "elsewhere" in html_of(frame)
    other = transitions()
    other["more"] = 1
    assert "more" in html_of(other)


def test_who_wants_frames_as_text_gets_text() -> None:
    with pd.option_context("display.notebook_repr_html", False):
        assert html_of(transitions()) == "None"


def html_of(frame: Any) -> str:
    """Return what a notebook shows of a frame."""
    return str(frame._repr_html_())


def test_the_table_prints_as_a_grid() -> None:
    head, *rows = (line.split() for line in repr(TABLE).splitlines())
    assert head == [str(move) for move in Move]
    assert {row[0]: row[1:] for row in rows} == {
        str(state): [str(moves.get(move, ".")) for move in Move] for state, moves in TABLE.items()
    }


def test_nobody_can_write_into_the_table() -> None:
    with pytest.raises(TypeError):
        TABLE[State.NEW][Move.RUN] = State.DONE  # type: ignore[index]  # what is refused
    with pytest.raises(TypeError):
        TABLE[State.NEW] = {}  # type: ignore[index]  # likewise
