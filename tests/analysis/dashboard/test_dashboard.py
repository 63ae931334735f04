"""The dashboard without a browser: what the controls are set to is what the pure function is asked."""

from __future__ import annotations

import gc
import inspect
import re
import shutil
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest

from simimport import PRESETS, Dashboard, ParameterError, Run, Scenario, explore, plots, simulate
from simimport.analysis.dashboard import controls
from simimport.analysis.dashboard.amounts import read
from simimport.analysis.dashboard.pictures import draw_still
from simimport.analysis.dashboard.view import Counters, View, many, view
from simimport.analysis.distributions import share_interval
from simimport.analysis.plots.axes import heading
from simimport.show.words import counted, duration, number, percent, ranged
from simimport.testing.fixtures.pack import write_fixtures
from tests.analysis.dashboard.person import SMALL, Person, same

pytestmark = pytest.mark.usefixtures("sketched")


def noting(drawn: list[Any]) -> Callable[..., Any]:
    """Return what takes note of what is to be drawn, instead of drawing it."""

    def draw(run: Any, ax: Any, **_: object) -> Any:
        drawn.append(run)
        heading(ax, "a title")
        return ax

    return draw


@pytest.fixture
def dashboard(sketched: None) -> Dashboard:
    return Dashboard(SMALL, seed=4)


@pytest.mark.parametrize("field", ["users", *controls.FIELDS])
def test_a_slider_gives_the_view_of_the_pure_function(field: str, dashboard: Dashboard) -> None:
    value = 1000 if field == "users" else 0.5 if field != "users_per_s" else 60.0
    dashboard.controls[field].value = value
    expected = view(SMALL.replace(**{field: value}), seed=4, at=0.6)
    assert same(dashboard.view, expected)
    assert Person(dashboard).pictures()[0] == expected.picture.png


def test_all_controls_together_give_the_view_of_the_pure_function(dashboard: Dashboard) -> None:
    dashboard.controls["batch_size"].value = "20"
    dashboard.controls["seed"].value = "1,234"
    dashboard.controls["dialect"].value = "server-8.3"
    dashboard.controls["at"].value = 250
    dashboard.controls["failure_rate"].value = 0.3
    scenario = SMALL.replace(batch_size=20, failure_rate=0.3)
    assert same(dashboard.view, view(scenario, seed=1234, dialect="server-8.3", at=0.25))


def test_what_is_shown_is_the_view(dashboard: Dashboard) -> None:
    shown, html, words = dashboard.view, Person(dashboard).html(), Person(dashboard).words()
    assert f"<pre>{shown.code}</pre>" in html
    assert shown.answer_code in words
    assert "<b>&quot;" not in html
    assert f'"state": <b>"{shown.state}"</b>' in html
    assert f">{shown.state}</span>" in html
    for name, users in zip(("completed", "error"), shown.counters[:2], strict=True):
        assert f'aria-label="{name}: {users:,} of 300 users"' in html
        assert f"{counted(users, 'user')}, {percent(users / 300)}" in words
    assert f"After {duration(shown.at_s)} of {duration(shown.end_s)}: importing, step" in words
    assert f"left:{shown.moment:.4%}" in html


def test_the_line_of_code_makes_the_same_run(dashboard: Dashboard) -> None:
    dashboard.controls["stall_rate"].value = 0.2
    run = eval(dashboard.view.code, {"simulate": simulate})  # noqa: S307 - our own line is what is tested
    assert list(run.responses()) == list(dashboard.view.run.responses())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_taken_as_it_is_and_draws_once(
    name: str, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Run] = []
    monkeypatch.setattr(plots, "progress", noting(drawn))
    dashboard.controls["preset"].value = name
    assert dashboard.view.scenario == PRESETS[name]
    assert len(drawn) == 1
    assert PRESETS.about(name) in Person(dashboard).words()


def test_what_has_no_control_is_named(dashboard: Dashboard) -> None:
    dashboard.controls["preset"].value = "canceled_midway"
    assert "Beside the controls: cancel_at 0.5" in Person(dashboard).words()


def test_back_leads_to_the_preset_and_to_what_was_given(dashboard: Dashboard) -> None:
    for name, scenario in (("calm", PRESETS["calm"]), ("", SMALL)):
        dashboard.controls["preset"].value = name
        dashboard.controls["failure_rate"].value = 0.5
        assert dashboard.view.scenario != scenario
        Person(dashboard).press("Back to the preset's own settings")
        assert dashboard.view.scenario == scenario


def test_values_off_the_steps_stay_to_the_last_digit() -> None:
    odd = Scenario(users=777, failure_rate=1 / 3, users_per_s=250.0, latency_cv=0.123, stall_s=1234.5)
    dashboard = Dashboard(odd, seed=1)
    assert dashboard.view.scenario == odd
    dashboard.controls["crash_rate"].value = 0.5
    assert dashboard.view.scenario == odd.replace(crash_rate=0.5)
    # back at what it was, by hand
    knob = dashboard.controls["failure_rate"]
    knob.slider.value, knob.box.value = 0.5, "33.3 %"
    assert dashboard.view.scenario.failure_rate == 0.333


@pytest.mark.parametrize(
    ("written", "share"),
    [("2.5 %", 0.025), ("2.5", 0.025), ("0.025", 0.025), ("2.5%", 0.025), ("2,5 %", 0.025), (" 7 ", 0.07),
     ("0.5 %", 0.005), ("0.5", 0.5), ("1", 0.01), ("100", 1.0), ("0", 0.0), ("0.00012345 %", 1.2345e-6)],
)  # fmt: skip
def test_a_share_that_is_written_means_what_it_looks_like(
    written: str, share: float, dashboard: Dashboard
) -> None:
    knob = dashboard.controls["failure_rate"]
    knob.box.value = written
    assert dashboard.view.scenario.failure_rate == knob.value == knob.slider.value == share
    # and is said as it will be read again
    assert read(knob.box.value, share=True) == share
    assert knob.box.value.endswith(" %")


@pytest.mark.parametrize(
    ("name", "written", "words"),
    [
        ("failure_rate", "many", "Failures is 'many'; allowed: 0 % to 100 %. It stays 10 %."),
        ("failure_rate", "101", "Failures is '101'; allowed: 0 % to 100 %. It stays 10 %."),
        ("stall_s", "-1", "Stall length is '-1'; allowed: "),
        ("users_per_s", "0", "Speed is '0'; allowed: "),
        ("slowdown", "20 %", "Slowdown is '20 %'; allowed: "),
    ],
)
def test_a_number_that_cannot_be_is_refused_in_the_words_of_its_label(
    name: str, written: str, words: str, dashboard: Dashboard
) -> None:
    before, knob, person = dashboard.view, dashboard.controls[name], Person(dashboard)
    knob.box.value = written
    [refusal] = person.refusals()
    assert words in refusal
    assert looks(knob.box) == ["simimport-wrong"]
    assert dashboard.view is before
    knob.slider.value = knob.slider.options[-1][1]
    assert person.refusals() == looks(knob.box) == []
    assert knob.box.value == knob.slider.options[-1][0]


@pytest.mark.parametrize("name", ["failure_rate", "cancel_rate", "crash_rate", "stall_rate"])
def test_the_shares_that_are_usual_are_most_of_the_way(name: str) -> None:
    stops = controls.FIELDS[name].stops
    assert 0.55 <= stops.index(0.05) / (len(stops) - 1) <= 0.75
    assert (stops[0], stops[-1], sorted(set(stops))) == (0.0, 1.0, list(stops))


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("failure_rate", 0.02, "2 %"), ("failure_rate", 0.0125, "1.25 %"),
        ("failure_rate", 0.99999, "99.999 %"), ("slowdown", 1.5, "1.5"),
        ("stall_s", 30, "30"), ("stall_s", 12345.25, "12,345.25"),
    ],
)  # fmt: skip
def test_a_number_is_shown_in_full(name: str, value: float, shown: str, dashboard: Dashboard) -> None:
    dashboard.controls[name].value = value
    assert dashboard.controls[name].box.value == shown


def test_a_moved_slider_draws_once(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Run] = []
    monkeypatch.setattr(plots, "progress", noting(drawn))
    for value in (0.03, 0.0333):
        dashboard.controls["failure_rate"].box.value = str(value)
    dashboard.controls["failure_rate"].slider.value = 0.2
    assert [run.scenario.failure_rate for run in drawn] == [0.03, 0.0333, 0.2]


def test_every_value_of_a_preset_is_a_stop_of_its_slider() -> None:
    for scenario in PRESETS.values():
        for name, field in controls.FIELDS.items():
            assert getattr(scenario, name) in field.stops


def test_the_dice_throw_another_seed(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dashboard.view.seed
    Person(dashboard).press("Throw the dice")
    assert dashboard.view.seed != before
    assert dashboard.controls["seed"].value == str(dashboard.view.seed)
    seed = dashboard.view.seed
    monkeypatch.setattr("simimport.analysis.dashboard.dashboard.resolve", lambda given: given or seed)
    Person(dashboard).press("Throw the dice")
    assert dashboard.view.seed == seed + 1


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("batch_size", "a few", "Batch is 'a few'; allowed: a whole number"),
        ("batch_size", "0", "Batch is '0'; allowed: a whole number from 1"),
        ("batch_size", "", "It stays 50."),
        ("batch_size", "2.5", "It stays 50."),
        ("seed", "lucky", "Seed is 'lucky'; allowed: a whole number from 0 to 2**64 - 1. It stays 4."),
        ("seed", "-1", "It stays 4."),
        ("seed", str(2**64), "It stays 4."),
        ("seed", "<b>", "Seed is '<b>'; allowed"),
    ],
)  # fmt: skip
def test_wrong_input_is_refused_in_place(name: str, text: str, words: str, dashboard: Dashboard) -> None:
    before, box, person = dashboard.view, dashboard.controls[name], Person(dashboard)
    box.value = text
    [refusal] = person.refusals()
    assert words in refusal
    assert "<b>" not in refusal or "&lt;b&gt;" in person.html()
    assert looks(box) == ["simimport-wrong"]
    assert dashboard.view is before
    box.value = "7"
    assert person.refusals() == []
    assert looks(box) == []
    assert dashboard.view is not before


def looks(widget: widgets.Widget) -> list[str]:
    """Return the classes by which a style changes how a widget looks."""
    return list(widget.get_state()["_dom_classes"])


def test_a_preset_forgives_wrong_input(dashboard: Dashboard) -> None:
    dashboard.controls["batch_size"].value = "a few"
    dashboard.controls["preset"].value = "calm"
    assert Person(dashboard).refusals() == []
    assert dashboard.view.scenario == PRESETS["calm"]


def test_saving_is_told_or_refused_in_place(
    dashboard: Dashboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    person = Person(dashboard)
    person.press("Save")
    answers = len(list(dashboard.view.run.responses()))
    assert f"Saved in simimport-fixtures: {answers} answers, the states and the refusals." in person.news()
    write_fixtures(dashboard.view.run, tmp_path / "wanted")
    assert _files(tmp_path / "simimport-fixtures") == _files(tmp_path / "wanted")
    shutil.rmtree(tmp_path / "wanted")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine", encoding="utf-8")
    for folder in ("simimport-fixtures", "", "not/there", "other"):
        person.write("Folder", folder)
        person.press("Save")
        assert len(person.refusals()) == 1
        assert "replace=" not in person.refusals()[0]
    assert {path.name for path in tmp_path.iterdir()} == {"simimport-fixtures", "other"}


def test_saving_again_offers_to_replace(
    dashboard: Dashboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    person = Person(dashboard)
    [offer] = [b for b in person.of_kind(widgets.Button) if b.description == "Replace"]
    person.press("Save")
    assert offer.layout.display == "none"
    dashboard.controls["failure_rate"].value = 0.7
    person.press("Save")
    [refusal] = person.refusals()
    assert refusal == "'simimport-fixtures' holds a pack already. Replace puts this one in its place."
    assert offer.layout.display is None
    person.press("Replace")
    assert offer.layout.display == "none"
    [*_, news] = person.news()
    assert news.startswith("Replaced simimport-fixtures: ")
    write_fixtures(dashboard.view.run, tmp_path / "wanted")
    assert _files(tmp_path / "simimport-fixtures") == _files(tmp_path / "wanted")


def test_computing_is_said_while_it_computes_and_a_refusal_marks_what_is_old(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, said = Person(dashboard), list[tuple[list[str], list[str]]]()
    [tabs] = person.of_kind(widgets.Tab)

    def seen(scenario: Scenario, **given: Any) -> View:
        said.append((person.news(), looks(tabs)))
        if scenario.users > 1000:
            raise ParameterError("users", scenario.users, "fewer")
        return view(scenario, **given)

    monkeypatch.setattr("simimport.analysis.dashboard.dashboard.view", seen)
    dashboard.controls["users"].value = 1000
    [(news, old)] = said
    assert "Computing …" in news
    assert old == ["simimport-old"]
    assert "Computing …" not in person.news()
    assert looks(tabs) == person.refusals() == []
    before = dashboard.view
    dashboard.controls["users"].value = 2000
    assert dashboard.view is before
    assert person.refusals() == ["users is 2000; allowed: fewer. What is shown is from before."]
    assert looks(tabs) == ["simimport-old"]
    dashboard.controls["users"].value = 500
    assert looks(tabs) == person.refusals() == []
    # another instant is looked up: it would be said twenty times a second while it plays
    dashboard.controls["at"].value = 10
    assert "Computing …" not in said[-1][0]


def test_a_picture_that_is_not_there_yet_is_not_shown(dashboard: Dashboard) -> None:
    progress, fan = Person(dashboard).of_kind(widgets.Image)
    assert progress.layout.display is None
    assert fan.layout.display == "none"
    fan.value = b"picture"
    assert fan.layout.display is None


def test_time_has_its_number(dashboard: Dashboard) -> None:
    dashboard.controls["at"].value = 300
    assert f">{number(dashboard.view.at_s)} s</output>" in Person(dashboard).html()


def test_panels_of_ones_own_are_drawn_while_they_are_open() -> None:
    called: list[View] = []

    def my_panel(shown: View, ax: Any) -> None:
        called.append(shown)
        ax.plot([shown.at_s, 2], [1, 2])

    dashboard = Dashboard(SMALL, seed=4, theme="dark", panels=[my_panel, lambda shown, ax: 1 / 0])
    person = Person(dashboard)
    assert called == []
    person.open("My panel")
    assert called == [dashboard.view]
    own = bytes(person.pictures()[2])
    dashboard.controls["at"].value = 10
    assert called[1:] == [dashboard.view]
    assert own.startswith(b"\x89PNG")
    assert person.pictures()[2] != own
    person.open("Panel 2")
    assert person.refusals() == ["Panel 2 raised ZeroDivisionError: division by zero"]
    assert not person.pictures()[3]
    person.open("One run")
    dashboard.controls["at"].value = 20
    assert len(called) == 2


@pytest.mark.parametrize("panels", [5, "progress", [5], None])
def test_what_is_no_list_of_panels_is_refused(panels: Any) -> None:
    with pytest.raises(ParameterError, match=r"panels is .*; allowed: a list of functions"):
        Dashboard(SMALL, panels=panels)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_many_runs_are_simulated_when_their_tab_is_open(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "simimport.analysis.dashboard.dashboard.many",
        lambda scenario, *, seed, theme: many(scenario, seed=seed, replicates=20, theme=theme),
    )
    dashboard.controls["failure_rate"].value = 0.2
    assert dashboard.many is None
    person = Person(dashboard)
    person.open("Many runs")
    first = dashboard.many
    assert first is not None
    expected = many(SMALL.replace(failure_rate=0.2), seed=4, replicates=20)
    assert first.finals == expected.finals
    assert person.pictures()[1] == expected.picture.png
    words = " ".join(person.words().split())
    assert "How 20 runs of this scenario end" in words
    for state, runs in expected.finals.items():
        interval = ranged(*share_interval(runs, 20), percent)
        assert f"{state} {percent(runs / 20)} {interval} {runs}" in words
    assert f"The median run takes {duration(expected.median_s)}" in words
    # time has nothing to do with it
    dashboard.controls["at"].value = 10
    assert dashboard.many is first
    dashboard.controls["cancel_rate"].value = 1.0
    assert dashboard.many is not first


def test_every_control_has_a_label_a_unit_and_a_tooltip(dashboard: Dashboard) -> None:
    person = Person(dashboard)
    found = person.of_kind(widgets.Dropdown, widgets.IntSlider, widgets.SelectionSlider, widgets.Text)
    boxes = [knob.box for knob in map(dashboard.controls.get, controls.FIELDS)]
    assert {id(getattr(control, "slider", control)) for control in dashboard.controls.values()} < set(
        map(id, found)
    )
    for widget in found:
        assert widget.tooltip
        # the unit, or what kind of thing it is; the box beside a slider has both from it
        assert widget in boxes or re.fullmatch(r".+ \(.+\)", widget.description)
    pressed = person.of_kind(widgets.Button, widgets.Play)
    assert len(pressed) == 5
    assert all(widget.tooltip for widget in pressed)


def test_everything_asked_for_can_be_set(dashboard: Dashboard) -> None:
    fields = {"users", "batch_size", "failure_rate", "failure_clustering", "cancel_rate", "crash_rate",
              "users_per_s", "latency_cv", "slowdown", "stall_rate", "stall_s"}  # fmt: skip
    assert set(dashboard.controls) == fields | {"preset", "seed", "dialect", "at"}


def test_it_shows_itself_also_where_there_are_no_widgets(dashboard: Dashboard) -> None:
    bundle: dict[str, Any] = dashboard._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == dashboard.widget.model_id
    # alone, the picture says itself what the page says around it
    assert bundle["image/png"] == b64encode(draw_still(dashboard.view.run, "auto")).decode()
    assert bundle["text/plain"] == f"<Dashboard of {dashboard.view.code}>"


def test_the_words_of_a_picture_stand_around_it(dashboard: Dashboard) -> None:
    before = dashboard.view.picture.title
    dashboard.controls["failure_rate"].value = 0.5
    html = "".join(place.value for place in Person(dashboard).of_kind(widgets.HTML))
    assert f'<div class="caption">{dashboard.view.picture.title}</div>' in html
    assert before not in html


def test_explore_shows_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Dashboard] = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    explore(SMALL, seed=9)
    assert [(board.view.scenario, board.view.seed) for board in shown] == [(SMALL, 9)]


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
    assert "0 users, 0 %" in Person(dashboard).words()


def test_a_single_user_is_one_user() -> None:
    dashboard = Dashboard(Scenario(users=1, failure_rate=0), seed=1)
    dashboard.controls["at"].value = 1000
    assert "1 user, 100 %" in Person(dashboard).words()
    assert "1 users" not in Person(dashboard).html()


def test_what_can_be_done_from_code_is_what_is_documented(dashboard: Dashboard) -> None:
    public = [name for name in dir(dashboard) if not name.startswith("_")]
    attributes = inspect.cleandoc(str(Dashboard.__doc__)).partition("Attributes")[2]
    documented = re.findall(r"^(\w+) : ", attributes, re.MULTILINE)
    assert sorted(public) == sorted(documented)
    assert all(hasattr(dashboard, name) for name in dir(dashboard))


def test_the_collector_waits_until_a_picture_is_drawn() -> None:
    dashboard, collections = Dashboard(seed=1), []

    def noting(phase: str, about: dict[str, int]) -> None:
        if phase == "start":
            collections.append(about["generation"])

    gc.callbacks.append(noting)
    try:
        for speed in range(30, 60):
            dashboard.controls["users_per_s"].value = speed
    finally:
        gc.callbacks.remove(noting)
    # what a picture leaves goes at once; kept through a collection, it soon calls for one of all there is
    assert len(collections) <= 3 * 30
