"""The view: what the dashboard shows of a run is what the record and the plots say."""

from __future__ import annotations

import io
import json
from html import escape
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from simimport import PRESETS, ParameterError, Run, State, plots, simulate
from simimport.analysis.dashboard import panels
from simimport.analysis.dashboard.pictures import PIXELS, THEMES, draw_still
from simimport.analysis.dashboard.view import many, view
from simimport.analysis.plots.layout.ink import contrast
from simimport.model.dialects import DIALECTS
from simimport.model.seeds import derive
from simimport.show.palette import PUBLISHED_COLOR, STATE_COLORS
from tests.analysis.dashboard.person import SMALL, same
from tests.everyday import thinned

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@pytest.mark.usefixtures("sketched")
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


@pytest.mark.usefixtures("sketched")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_end_is_the_last_answer(dialect: str) -> None:
    shown = view(SMALL, seed=2, dialect=dialect)
    assert list(shown.run.responses(dialect=dialect))[-1] == (shown.end_s, json.loads(shown.body))
    assert shown.at_s == shown.end_s


def test_the_same_settings_give_the_same_view_to_the_byte() -> None:
    first, second = (view(SMALL, seed=2, at=0.4) for _ in range(2))
    assert same(first, second)
    assert first.picture.png == second.picture.png


@pytest.mark.usefixtures("sketched")
def test_an_earlier_view_saves_time_and_changes_nothing() -> None:
    earlier = view(SMALL, seed=2, at=0.4)
    later = view(SMALL, seed=2, dialect="server-7.4", at=0.7, earlier=earlier)
    assert later.run is earlier.run
    assert later.picture is earlier.picture
    assert same(later, view(SMALL, seed=2, dialect="server-7.4", at=0.7))
    for scenario, seed in ((SMALL, 3), (SMALL.replace(users=301), 2)):
        assert same(view(scenario, seed=seed, earlier=earlier), view(scenario, seed=seed))


#: Where the axes of a picture end.
RIGHT = 0.97


@pytest.mark.parametrize("name", ["empty", "one_user", "stalls_at_99", "csv_upload", "crash_midway"])
def test_a_moment_lies_where_the_plot_has_it(name: str) -> None:
    run = simulate(PRESETS[name], seed=1)
    picture = view(PRESETS[name], seed=1).picture
    figure = Figure(figsize=(7, 3), dpi=100)
    figure.subplots_adjust(left=picture.left, right=RIGHT, bottom=1 - picture.bottom, top=1 - picture.top)
    axes = plots.progress(run, ax=figure.subplots())
    for at_s in (0.0, run.duration_s / 3, run.duration_s):
        x = axes.transData.transform((at_s, 0))[0] / figure.bbox.width
        assert picture.place(at_s) == pytest.approx(x, abs=2e-3)
    assert 0 < picture.top < picture.bottom < 1


@pytest.mark.parametrize(
    "name", thinned(list(PRESETS)[:-1], {*list(PRESETS)[:-1:5], "empty", "stalls_at_99"})
)
def test_nothing_of_a_picture_lies_outside(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Any] = []

    def kept(draw: Any) -> Any:
        def drawn(runs: Run | list[Run], ax: Axes, **look: Any) -> Axes:
            figures.append(ax.figure)
            return draw(runs, ax=ax, **look)  # type: ignore[no-any-return]

        return drawn

    monkeypatch.setattr(plots, "progress", kept(plots.progress))
    monkeypatch.setattr(plots, "fan", kept(plots.fan))
    draw_still(view(PRESETS[name], seed=1).run, "auto")
    many(PRESETS[name], seed=1, replicates=5)
    assert len(figures) == 3
    for figure in figures:
        inner, outer = figure.get_tightbbox(), figure.bbox_inches
        assert outer.x0 <= inner.x0 < inner.x1 <= outer.x1
        assert outer.y0 <= inner.y0 < inner.y1 <= outer.y1


def test_a_picture_has_twice_the_pixels() -> None:
    header = view(SMALL, seed=1).picture.png[16:24]
    assert (int.from_bytes(header[:4]), int.from_bytes(header[4:])) == (2 * PIXELS[0], 2 * PIXELS[1])


@pytest.mark.parametrize("name", ["flaky", "crash_midway", "empty", "all_fail"])
def test_the_page_says_what_the_plot_would(name: str) -> None:
    run = simulate(PRESETS[name], seed=1)
    axes = plots.progress(run, ax=Figure(figsize=(20, 9)).subplots())
    legend = axes.get_legend()
    assert legend is not None
    picture = view(PRESETS[name], seed=1).picture
    assert picture.title == axes.get_title(loc="left")
    assert [key.words for key in picture.keys] == [words.get_text() for words in legend.get_texts()]
    kinds = {key.words: key.kind for key in picture.keys}
    assert (kinds["published"], kinds["in truth"], kinds["new"]) == ("line", "line", "area")
    colors = {key.words: key.color for key in picture.keys}
    assert colors["new"] == f"{STATE_COLORS[State.NEW]}ff".lower()
    said = panels.caption(picture) + panels.keys(picture)
    assert all(escape(words) in said for words in (picture.title, *kinds))
    assert all(color in said for color in colors.values())
    assert colors["published"] == f"{PUBLISHED_COLOR}ff".lower()


def test_the_page_says_what_the_fan_would() -> None:
    keys = many(SMALL, seed=5, replicates=40).picture.keys
    assert [(key.kind, key.words.partition(":")[0]) for key in keys] == [
        ("line", "median"), ("area", "50 % of the runs"), ("area", "90 % of the runs"),
        ("dot", "ended done"), ("dot", "ended canceled"), ("dot", "ended error"),
    ]  # fmt: skip
    assert len({key.color for key in keys}) == len(keys)


@pytest.mark.parametrize("at", [-0.1, 1.1, float("nan"), True])
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


@pytest.mark.parametrize("ground", ["white", "#111111"])
def test_what_is_drawn_for_any_page_is_read_on_light_and_dark(ground: str) -> None:
    paper, ink = THEMES["auto"]
    assert paper == "none"
    assert contrast(ink, ground) >= 4


@pytest.mark.parametrize(("theme", "corner"), [("auto", 0.0), ("light", 1.0), ("dark", 0x11 / 255)])
def test_a_picture_has_the_paper_of_its_theme(theme: str, corner: float) -> None:
    drawn = imread(io.BytesIO(view(SMALL, seed=1, theme=theme).picture.png))
    assert drawn.shape[2] == 4
    red, _, _, alpha = drawn[0, 0]
    assert (alpha, red if alpha else 0.0) == pytest.approx((float(theme != "auto"), corner), abs=0.005)


def test_a_theme_changes_the_picture_alone() -> None:
    light = view(SMALL, seed=1, theme="light")
    dark = view(SMALL, seed=1, theme="dark", earlier=light)
    assert dark.picture.png != light.picture.png
    assert (dark.body, dark.code, dark.moment) == (light.body, light.code, light.moment)


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(ParameterError, match="theme is 'pink'; allowed: auto, light or dark"):
        view(SMALL, seed=1, theme="pink")
