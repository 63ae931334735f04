"""The dashboard without a browser: what the controls are set to is what the pure function is asked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest
from matplotlib.figure import Figure

from simimport import PRESETS, Dashboard, ParameterError, Run, Scenario, State, explore, plots, simulate
from simimport.analysis.dashboard import controls
from simimport.analysis.dashboard import view as views
from simimport.analysis.dashboard.view import PIXELS, Counters, View, many, view
from simimport.model.dialects import DIALECTS
from simimport.model.seeds import derive
from simimport.testing.fixtures.pack import write_fixtures

SMALL = Scenario(users=300, failure_rate=0.1, cancel_rate=0.3, crash_rate=0.1)


@pytest.fixture
def dashboard() -> Dashboard:
    return Dashboard(SMALL, seed=4)


def said(dashboard: Dashboard, name: str) -> str:
    return str(dashboard._parts.texts[name].value)


def same(one: View, other: View) -> bool:
    parts = (
        "scenario", "seed", "dialect", "at", "at_s", "end_s", "state", "step", "counters", "body", "code",
        "answer_code", "picture",
    )  # fmt: skip
    return all(getattr(one, part) == getattr(other, part) for part in parts)


# the view -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("at", [0.0, 0.3, 1.0])
def test_the_view_is_what_the_record_says(dialect: str, at: float) -> None:
    shown, run = view(SMALL, seed=2, dialect=dialect, at=at), simulate(SMALL, seed=2)
    body = run.status(shown.at_s, dialect=dialect)
    assert json.loads(shown.body) == body
    assert list(json.loads(shown.body)) == list(body)
    assert shown.state == body["state"]
    assert shown.step == body["operation"]["status"]
    truth = run.at(shown.at_s)
    assert (shown.counters.imported, shown.counters.failed) == (truth.imported, truth.failed)
    count = body["operation"].get("count", {})
    published = shown.counters.completed, shown.counters.error
    assert published == (count.get("completed", 0), count.get("error", 0))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_end_is_the_last_answer(dialect: str) -> None:
    shown = view(SMALL, seed=2, dialect=dialect)
    assert list(shown.run.responses(dialect=dialect))[-1] == (shown.end_s, json.loads(shown.body))
    assert shown.at_s == shown.end_s


def test_the_same_settings_give_the_same_view_to_the_byte() -> None:
    one, other = (view(SMALL, seed=2, at=0.4) for _ in range(2))
    assert same(one, other)
    assert one.picture.png == other.picture.png


def test_an_earlier_view_saves_time_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    known = view(SMALL, seed=2, at=0.4)
    monkeypatch.setattr(views, "simulate", pytest.fail)
    later = view(SMALL, seed=2, dialect="server-7.4", at=0.7, known=known)
    monkeypatch.undo()
    assert same(later, view(SMALL, seed=2, dialect="server-7.4", at=0.7))
    for scenario, seed in ((SMALL, 3), (SMALL.replace(users=301), 2)):
        assert same(view(scenario, seed=seed, known=known), view(scenario, seed=seed))


@pytest.mark.parametrize("name", ["empty", "one_user", "stalls_at_99", "csv_upload", "crash_midway"])
def test_a_moment_lies_where_the_plot_has_it(name: str) -> None:
    run = simulate(PRESETS[name], seed=1)
    picture = view(PRESETS[name], seed=1).picture
    figure = Figure(figsize=(7, 3), dpi=100)
    figure.subplots_adjust(left=picture.left, right=0.745, bottom=1 - picture.bottom, top=1 - picture.top)
    axes = plots.progress(run, ax=figure.subplots())
    for at_s in (0.0, run.duration_s / 3, run.duration_s):
        x = axes.transData.transform((at_s, 0))[0] / figure.bbox.width
        assert picture.place(at_s) == pytest.approx(x, abs=2e-3)
    assert 0 < picture.top < picture.bottom < 1


@pytest.mark.parametrize("name", list(PRESETS)[:-1])
def test_nothing_of_a_picture_lies_outside(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Figure] = []
    make = views._figure

    def kept() -> Figure:
        figures.append(make())
        return figures[-1]

    monkeypatch.setattr(views, "_figure", kept)
    view(PRESETS[name], seed=1)
    many(PRESETS[name], seed=1, replicates=5)
    assert len(figures) == 2
    for figure in figures:
        inner, outer = figure.get_tightbbox(), figure.bbox_inches
        assert outer.x0 <= inner.x0 < inner.x1 <= outer.x1
        assert outer.y0 <= inner.y0 < inner.y1 <= outer.y1


def test_a_picture_has_twice_the_pixels() -> None:
    header = view(SMALL, seed=1).picture.png[16:24]
    assert (int.from_bytes(header[:4]), int.from_bytes(header[4:])) == (2 * PIXELS[0], 2 * PIXELS[1])


@pytest.mark.parametrize("at", [-0.1, 1.1, float("nan")])
def test_an_instant_outside_is_refused(at: float) -> None:
    with pytest.raises(ParameterError, match=r"at is .*from 0 to 1"):
        view(SMALL, seed=1, at=at)


def test_many_counts_the_ends_of_runs_that_anybody_can_make() -> None:
    found = many(SMALL, seed=5, replicates=40)
    runs = [simulate(SMALL, seed=derive(5, k)) for k in range(40)]
    ends = [run.final for run in runs]
    assert found.finals == {state: ends.count(state) for state in (State.DONE, State.CANCELED, State.ERROR)}
    assert len(set(ends)) == 3
    durations = sorted(run.duration_s for run in runs)
    assert found.median_s == (durations[19] + durations[20]) / 2


# the dashboard ------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["users", *controls.FIELDS])
def test_a_slider_gives_the_view_of_the_pure_function(field: str, dashboard: Dashboard) -> None:
    value = 1000 if field == "users" else 0.5 if field != "users_per_s" else 60.0
    dashboard.controls[field].value = value
    expected = view(SMALL.replace(**{field: value}), seed=4, at=0.6)
    assert same(dashboard.view, expected)
    assert dashboard._parts.pictures["progress"].value == expected.picture.png


def test_all_controls_together_give_the_view_of_the_pure_function(dashboard: Dashboard) -> None:
    dashboard.controls["batch_size"].value = "20"
    dashboard.controls["seed"].value = "1,234"
    dashboard.controls["dialect"].value = "server-8.3"
    dashboard.controls["at"].value = 250
    dashboard.controls["failure_rate"].value = 0.3
    scenario = SMALL.replace(batch_size=20, failure_rate=0.3)
    assert same(dashboard.view, view(scenario, seed=1234, dialect="server-8.3", at=0.25))


def test_what_is_shown_is_the_view(dashboard: Dashboard) -> None:
    shown = dashboard.view
    assert f"<pre>{shown.code}</pre>" in said(dashboard, "code")
    assert shown.answer_code.replace("'", "&#x27;") in said(dashboard, "code")
    assert "<b>&quot;" not in said(dashboard, "answer")
    assert f'"state": <b>"{shown.state}"</b>' in said(dashboard, "answer")
    assert f">{shown.state}</span>" in said(dashboard, "state")
    for name, users in zip(("completed", "error"), shown.counters[:2], strict=True):
        assert f'aria-label="{name}: {users:,} of 300 users"' in said(dashboard, "counters")
    assert f"left:{shown.moment * PIXELS[0] - 1:.1f}px" in said(dashboard, "moment")


def test_the_line_of_code_makes_the_same_run(dashboard: Dashboard) -> None:
    dashboard.controls["stall_rate"].value = 0.2
    run = eval(dashboard.view.code, {"simulate": simulate})  # noqa: S307 - our own line is what is tested
    assert list(run.responses()) == list(dashboard.view.run.responses())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_taken_as_it_is_and_draws_once(
    name: str, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Run] = []
    monkeypatch.setattr(views, "_progress", lambda run: drawn.append(run) or dashboard.view.picture)
    dashboard.controls["preset"].value = name
    assert dashboard.view.scenario == PRESETS[name]
    assert len(drawn) == 1
    assert PRESETS.about(name) in said(dashboard, "kept").replace("&#x27;", "'")


def test_what_has_no_control_is_named(dashboard: Dashboard) -> None:
    dashboard.controls["preset"].value = "canceled_midway"
    assert "Beside the controls: cancel_at 0.5" in said(dashboard, "kept")


def test_back_leads_to_the_preset_and_to_what_was_given(dashboard: Dashboard) -> None:
    for name, scenario in (("calm", PRESETS["calm"]), ("", SMALL)):
        dashboard.controls["preset"].value = name
        dashboard.controls["failure_rate"].value = 0.5
        assert dashboard.view.scenario != scenario
        dashboard._parts.again.click()
        assert dashboard.view.scenario == scenario


def test_values_off_the_steps_stay_to_the_last_digit() -> None:
    odd = Scenario(users=777, failure_rate=1 / 3, users_per_s=250.0, latency_cv=0.123, stall_s=1234.5)
    dashboard = Dashboard(odd, seed=1)
    assert dashboard.view.scenario == odd
    dashboard.controls["crash_rate"].value = 0.5
    assert dashboard.view.scenario == odd.replace(crash_rate=0.5)
    # what a browser makes of a value that was set
    dashboard.controls["users_per_s"].value = 249.99999999999997
    dashboard.controls["failure_rate"].value = 0.333333
    assert dashboard.view.scenario == odd.replace(crash_rate=0.5)


def test_every_value_of_a_preset_lies_on_the_steps_of_its_slider() -> None:
    for scenario in PRESETS.values():
        for name in controls.FIELDS:
            value = getattr(scenario, name)
            slider = controls.field_slider(name, value)
            steps = (value - slider.min) / slider.step
            assert steps == pytest.approx(round(steps), abs=1e-6)
            assert slider.min <= value <= slider.max


def test_the_dice_throw_another_seed(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dashboard.view.seed
    dashboard._parts.dice.click()
    assert dashboard.view.seed != before
    assert dashboard.controls["seed"].value == str(dashboard.view.seed)
    seed = dashboard.view.seed
    monkeypatch.setattr("simimport.analysis.dashboard.dashboard.resolve", lambda given: given or seed)
    dashboard._parts.dice.click()
    assert dashboard.view.seed == seed + 1


@pytest.mark.parametrize(
    ("box", "place", "text", "words"),
    [
        ("batch_size", "batch_wrong", "a few", "batch_size is &#x27;a few&#x27;; allowed: a whole number"),
        ("batch_size", "batch_wrong", "0", "batch_size is 0; allowed: a whole number from 1"),
        ("batch_size", "batch_wrong", "", "It stays 50."),
        ("batch_size", "batch_wrong", "2.5", "It stays 50."),
        ("seed", "seed_wrong", "lucky", "seed is &#x27;lucky&#x27;; allowed: a whole number from 0"),
        ("seed", "seed_wrong", "-1", "It stays 4."),
        ("seed", "seed_wrong", "<b>", "&lt;b&gt;"),
    ],
)  # fmt: skip
def test_wrong_input_is_refused_in_place(
    box: str, place: str, text: str, words: str, dashboard: Dashboard
) -> None:
    before = dashboard.view
    dashboard.controls[box].value = text
    assert words in said(dashboard, place)
    assert 'role="alert"' in said(dashboard, place)
    assert "simimport-wrong" in dashboard.controls[box]._dom_classes
    assert dashboard.view is before
    dashboard.controls[box].value = "7"
    assert said(dashboard, place) == ""
    assert "simimport-wrong" not in dashboard.controls[box]._dom_classes
    assert dashboard.view is not before


def test_a_preset_forgives_wrong_input(dashboard: Dashboard) -> None:
    dashboard.controls["batch_size"].value = "a few"
    dashboard.controls["preset"].value = "calm"
    assert said(dashboard, "batch_wrong") == ""
    assert dashboard.view.scenario == PRESETS["calm"]


def test_saving_is_told_or_refused_in_place(
    dashboard: Dashboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dashboard._parts.save.click()
    assert "Saved" in said(dashboard, "saved")
    assert "simimport-fixtures" in said(dashboard, "saved")
    write_fixtures(dashboard.view.run, tmp_path / "wanted")
    assert _files(tmp_path / "simimport-fixtures") == _files(tmp_path / "wanted")
    shutil.rmtree(tmp_path / "wanted")
    for folder in ("simimport-fixtures", "", "not/there"):
        dashboard._parts.folder.value = folder
        dashboard._parts.save.click()
        assert 'role="alert"' in said(dashboard, "saved")
    assert list(tmp_path.iterdir()) == [tmp_path / "simimport-fixtures"]


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_many_runs_are_simulated_when_their_tab_is_open(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "simimport.analysis.dashboard.dashboard.many",
        lambda scenario, *, seed: many(scenario, seed=seed, replicates=20),
    )
    dashboard.controls["failure_rate"].value = 0.2
    assert dashboard.many is None
    dashboard._parts.tabs.selected_index = 1
    first = dashboard.many
    assert first is not None
    expected = many(SMALL.replace(failure_rate=0.2), seed=4, replicates=20)
    assert first.finals == expected.finals
    assert dashboard._parts.pictures["fan"].value == expected.picture.png
    for state, runs in expected.finals.items():
        assert f"<b>{runs / 20:.1%}</b> {state} ({runs})" in said(dashboard, "shares")
    # time has nothing to do with it
    dashboard.controls["at"].value = 10
    assert dashboard.many is first
    dashboard.controls["cancel_rate"].value = 1.0
    assert dashboard.many is not first


def walk(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from walk(child)


def test_every_control_has_a_label_a_unit_and_a_tooltip(dashboard: Dashboard) -> None:
    inside = list(walk(dashboard.widget))
    kinds = (widgets.Dropdown, widgets.FloatSlider, widgets.IntSlider, widgets.SelectionSlider, widgets.Text)
    found = [widget for widget in inside if isinstance(widget, kinds)]
    assert set(map(id, dashboard.controls.values())) < set(map(id, found))
    for widget in found:
        # the unit, or what kind of thing it is
        assert widget.description.endswith(")")
        assert "(" in widget.description
        assert widget.tooltip
    pressed = [widget for widget in inside if isinstance(widget, (widgets.Button, widgets.Play))]
    assert len(pressed) == 4
    assert all(widget.tooltip for widget in pressed)


def test_everything_asked_for_can_be_set(dashboard: Dashboard) -> None:
    fields = {"users", "batch_size", "failure_rate", "failure_clustering", "cancel_rate", "crash_rate",
              "users_per_s", "latency_cv", "slowdown", "stall_rate", "stall_s"}  # fmt: skip
    assert set(dashboard.controls) == fields | {"preset", "seed", "dialect", "at"}


def test_it_shows_itself_also_where_there_are_no_widgets(dashboard: Dashboard) -> None:
    bundle: dict[str, Any] = dashboard._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == dashboard.widget.model_id
    assert bundle["image/png"].startswith("iVBOR")
    assert bundle["text/plain"] == f"<Dashboard of {dashboard.view.code}>"


def test_explore_shows_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Dashboard] = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    explore(SMALL, seed=9)
    assert [(one.view.scenario, one.view.seed) for one in shown] == [(SMALL, 9)]


def test_it_draws_nothing_that_pyplot_knows(dashboard: Dashboard) -> None:
    from matplotlib import pyplot as plt

    before = plt.get_fignums()
    dashboard.controls["failure_rate"].value = 0.9
    assert plt.get_fignums() == before


def test_the_present_is_one_instant() -> None:
    dashboard = Dashboard(SMALL.replace(epoch="now"), seed=1)
    epoch = dashboard.view.scenario.epoch
    assert epoch != "now"
    dashboard.controls["failure_rate"].value = 0.9
    assert dashboard.view.scenario.epoch == epoch


@pytest.mark.parametrize(
    ("scenario", "seed", "words"), [({"users": 5}, 0, "scenario is"), (None, "x", "seed is")]
)
def test_what_is_no_scenario_or_seed_is_refused(scenario: Any, seed: Any, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        Dashboard(scenario, seed=seed)


def test_the_counters_of_nobody_are_shown() -> None:
    dashboard = Dashboard(PRESETS["empty"], seed=1)
    assert dashboard.view.counters == Counters(0, 0, 0, 0, 0)
    assert "0 users, 0.0%" in said(dashboard, "counters")
