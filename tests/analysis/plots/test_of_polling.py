"""The plots of polling, of times left and of forecasts draw what their frames say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import colors

from simimport import (
    PRESETS,
    ParameterError,
    Run,
    Scenario,
    Trace,
    TraceError,
    estimate_eta,
    fit,
    interval_for,
    observe,
    plots,
    polling_tradeoff,
    simulate,
)
from simimport.analysis.estimators import ESTIMATORS
from simimport.analysis.fitting.fit import Fit
from simimport.analysis.plots.staleness import SHOWN_COLOR
from simimport.analysis.polling import _measured
from simimport.show.palette import PUBLISHED_COLOR, TRUTH_COLOR
from tests.analysis.plots.figures import band, bars, lay_out, legend_texts, line, plain

pytestmark = pytest.mark.usefixtures("closed")

RUN = simulate(users=1000, failure_rate=0.1, seed=7)
BOUGHT = polling_tradeoff(Scenario(users=1000), every_s=[1, 2, 5, 10], replicates=10)
TRACE = Trace(observe(simulate(users=2000, failure_rate=0.1, seed=7), every_s=5, jitter_s=2))


def height(area: Any, at_s: float) -> float:
    """Return how high an area reaches at an instant at which it has no corner."""
    [path] = area.get_paths()
    x, y = path.vertices.T
    share = np.divide(at_s - x[:-1], np.diff(x), out=np.full(len(x) - 1, np.nan), where=np.diff(x) != 0)
    over = (share > 0) & (share < 1)
    return float((y[:-1] + share * np.diff(y))[over].max())


# staleness ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_s", [9.111, 14.2222, 20.3333, 33.4444])
def test_staleness_is_what_is_done_in_truth_less_what_is_shown(at_s: float) -> None:
    ax = plots.staleness(RUN, every_s=3)
    seen = observe(RUN, every_s=3)
    last = seen[seen["answered_s"] <= at_s].iloc[-1]
    now = RUN.at(at_s)
    true = now.imported + now.failed
    assert height(band(ax, "published, not asked for"), at_s) == true - last["completed"] - last["error"]
    assert height(band(ax, "processed, not published"), at_s) == true - now.completed - now.error


def test_staleness_falls_at_a_poll_to_what_is_not_published() -> None:
    seen = observe(RUN, every_s=3)
    [path] = band(plots.staleness(RUN, every_s=3), "published, not asked for").get_paths()
    working = seen.loc[seen["state"] == "importing", ["answered_s", "staleness_users"]]
    assert len(working) > 5
    for at_s, hidden in working.to_numpy():
        corners = path.vertices[path.vertices[:, 0] == at_s, 1]
        assert hidden in corners
        assert corners.max() > hidden


def test_staleness_says_the_means_and_the_time_of_the_work() -> None:
    ax = plots.staleness(RUN, every_s=3)
    behind_in_title, hidden_in_title, *_ = numbers_in(ax.get_title(loc="left"))
    assert behind_in_title == pytest.approx(behind_at_all_phases(RUN, 3), abs=0.6)
    assert 20 <= hidden_in_title <= 27
    assert ax.get_title(loc="left").endswith("polled every 3 s")
    assert ax.get_xlim() == pytest.approx((RUN.duration_s - RUN.importing_s, 42.0))
    assert ax.get_ylabel() == "users behind the truth"
    assert colors.same_color(band(ax, "processed, not published").get_facecolor()[0, :3], TRUTH_COLOR)
    assert colors.same_color(band(ax, "published, not asked for").get_facecolor()[0, :3], SHOWN_COLOR)


def behind_at_all_phases(run: Run, every_s: float) -> float:
    phases = (np.arange(60) + 0.5) / 60 * every_s
    polled = [observe(run, every_s=every_s, phase_s=phase_s) for phase_s in phases]
    return float(np.mean([_measured(run, seen).means[3] for seen in polled]))


@pytest.mark.parametrize("preset", ["one_user", "stuck_at_zero", "crash_midway", "canceled_early"])
@pytest.mark.parametrize("every_s", [0.7, 5.0, 40.0, 900.0])
def test_staleness_in_the_mean_is_of_clients_at_all_phases(preset: str, every_s: float) -> None:
    run = simulate(PRESETS[preset], seed=1)
    behind, *_ = numbers_in(plots.staleness(run, plain(), every_s=every_s).get_title(loc="left"))
    assert behind == pytest.approx(behind_at_all_phases(run, every_s), rel=0.01, abs=0.6)


def test_staleness_of_batches_that_one_client_meets_at_the_same_place() -> None:
    run = simulate(latency_cv=0, seed=1)
    behind, hidden, *_ = numbers_in(plots.staleness(run, every_s=5).get_title(loc="left"))
    assert behind == pytest.approx(behind_at_all_phases(run, 5), abs=0.6)
    assert hidden == 24


def numbers_in(title: str) -> list[float]:
    return [float(word.replace(",", "")) for word in title.split() if word.replace(",", "").isdigit()]


def test_where_instants_blur_places_the_legend_says_so() -> None:
    for speed, label in ((1e5, "processed, not published"),
                         (2e5, "processed, not published\n(in whole microseconds)")):  # fmt: skip
        run = simulate(users=1000, users_per_s=speed, seed=1)
        assert label in legend_texts(plots.staleness(run, plain(), every_s=0.01))
        assert label in legend_texts(plots.progress(run, plain()))


def test_many_polls_are_magnified_as_counters_and_few_are_not() -> None:
    ax = plots.staleness(RUN, every_s=1)
    lay_out(ax)
    [glass] = ax.child_axes
    begin_s, end_s = glass.get_xlim()
    published = line(glass, "published")
    inside = (published.get_xdata() > begin_s) & (published.get_xdata() < end_s)
    frame = RUN.snapshots.set_index("at_s")
    for at_s in set(published.get_xdata()[inside]):
        corners = published.get_ydata()[published.get_xdata() == at_s]
        assert frame.loc[at_s, "completed"] + frame.loc[at_s, "error"] == corners.max()
    shown = line(glass, "shown by the client")
    changes = {at_s for at_s in shown.get_xdata() if begin_s < at_s < end_s}
    assert changes == {at_s for at_s in range(100) if begin_s < at_s < end_s}
    assert (np.diff(shown.get_ydata()) >= 0).all()
    # and where the glass is there is no gap
    box = glass.get_tightbbox().transformed(ax.transData.inverted())
    assert box.y0 > band(ax, "published, not asked for").get_paths()[0].vertices[:, 1].max()
    few = plots.staleness(RUN, every_s=5)
    assert few.child_axes == []
    assert legend_texts(few) == ["published, not asked for", "processed, not published"]
    assert legend_texts(ax)[2:] == ["in truth", "published", "shown by the client"]


def test_a_frame_of_polls_tells_the_gap_at_its_polls() -> None:
    seen = observe(RUN, every_s=3, jitter_s=1, latency_s=0.5)
    ax = plots.staleness(seen)
    dots = line(ax, "processed, not published, at the polls")
    kept = seen[seen["answered_s"] >= dots.get_xdata()[0]]
    assert dots.get_xdata().tolist() == kept["answered_s"].tolist()
    assert dots.get_ydata().tolist() == kept["staleness_users"].tolist()
    assert (seen["state"] == "importing").sum() <= len(kept)
    counts = (kept["completed"] + kept["error"]).to_numpy()
    before = counts[1:] + kept["staleness_users"].to_numpy()[1:] - counts[:-1]
    [path] = band(ax, "processed, not shown").get_paths()
    for at_s, behind in zip(kept["answered_s"][1:], before, strict=True):
        assert path.vertices[path.vertices[:, 0] == at_s, 1].max() == pytest.approx(behind)
    assert "polled every" not in ax.get_title(loc="left")
    assert ax.child_axes == []


@pytest.mark.parametrize(
    "preset", ["empty", "one_user", "canceled_early", "stuck_at_zero", "crash_midway", "all_fail"]
)
def test_staleness_and_eta_draw_corners_too(preset: str) -> None:
    run = simulate(PRESETS[preset], seed=1)
    observed = observe(run)
    for ax in (plots.staleness(run, plain()), plots.staleness(observed, plain()), plots.eta(run, plain())):
        lay_out(ax)
        assert ax.get_xlim()[1] > ax.get_xlim()[0]
        assert ax.get_title(loc="left")


def test_an_import_that_never_worked_is_drawn_and_says_so() -> None:
    run = simulate(users=100, seed=1).cancel(3)
    assert math.isnan(run.importing_s)
    assert plots.staleness(run).get_title(loc="left") == "never at work; polled every 5 s; it was canceled"
    observed = observe(run)
    for ax in (plots.staleness(run, plain()), plots.staleness(observed, plain()), plots.eta(run, plain())):
        lay_out(ax)


# the trade-off ------------------------------------------------------------------------------------


MEASURES = (
    "staleness_users", "staleness_s", "staleness_s_p95", "staleness_s_max", "delay_s", "delay_p95_s",
)  # fmt: skip


@pytest.mark.parametrize("y", MEASURES)
def test_a_tradeoff_is_a_point_per_interval_with_its_name(y: str) -> None:
    ax = plots.tradeoff(BOUGHT.sample(frac=1, random_state=1), y=y)
    lay_out(ax)
    points = line(ax, y)
    assert points.get_xdata().tolist() == BOUGHT["polls"].tolist()
    assert points.get_ydata().tolist() == BOUGHT[y].tolist()
    assert [text.get_text() for text in ax.texts] == ["1 s", "2 s", "5 s", "10 s"]
    assert [text.xy for text in ax.texts] == list(zip(BOUGHT["polls"], BOUGHT[y], strict=True))
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == "polls per import"
    low, high = ax.get_ylim()
    assert low == 0
    assert high > BOUGHT[y].max()
    assert colors.same_color(points.get_color(), PUBLISHED_COLOR)


@pytest.mark.parametrize("y", MEASURES)
def test_a_tradeoff_names_its_measure_and_calls_no_mean_a_limit(y: str) -> None:
    ax = plots.tradeoff(BOUGHT, y=y, wanted=5 if "users" not in y else 100)
    words = {"p95": "95", "max": "largest"}.get(y.removesuffix("_s").rpartition("_")[2], "mean")
    assert words in ax.get_ylabel()
    assert words in ax.get_title(loc="left")
    assert "at most" not in ax.get_title(loc="left")


def test_limits_are_bars_where_both_are_known() -> None:
    ax = plots.tradeoff(BOUGHT, y="staleness_s")
    segments = bars(ax, "staleness_s, interval").get_segments()
    for (x, low, high), segment in zip(
        BOUGHT[["polls", "staleness_s_low", "staleness_s_high"]].to_numpy(), segments, strict=True
    ):
        assert segment.tolist() == [[x, low], [x, high]]
    # of the largest nobody knows an upper one
    assert bars(plots.tradeoff(BOUGHT, y="staleness_s_max"), "staleness_s_max, interval").get_segments() == []
    plain_frame = BOUGHT[["every_s", "polls", "delay_s"]]
    assert not plots.tradeoff(plain_frame, y="delay_s").collections


@pytest.mark.parametrize("y", MEASURES)
def test_the_ring_lies_on_the_curve(y: str) -> None:
    wanted = float(BOUGHT[y].iloc[1] * 0.4 + BOUGHT[y].iloc[2] * 0.6)
    ax = plots.tradeoff(BOUGHT, y=y, wanted=wanted)
    curve = line(ax, f"{y}, between")
    [x], [height] = line(ax, "wanted").get_data()
    corners_x, corners_y = (values[::-1] for values in curve.get_data())
    assert np.interp(x, corners_x, corners_y) == pytest.approx(height, rel=0.002)
    assert height == pytest.approx(wanted)
    # and the curve goes through all points
    for polls, value in BOUGHT[["polls", y]].to_numpy():
        assert np.interp(polls, corners_x, corners_y) == pytest.approx(value)


def test_polls_in_between_are_as_many_as_an_import_is_polled() -> None:
    scenario = Scenario(users=1000)
    ax = plots.tradeoff(BOUGHT, y="staleness_s", wanted=4)
    every_s = interval_for(BOUGHT, "staleness_s", 4)
    asked = polling_tradeoff(scenario, every_s=[every_s], replicates=10)["polls"][0]
    [x], _ = line(ax, "wanted").get_data()
    assert x == pytest.approx(asked, rel=0.03)


def test_a_wanted_freshness_is_a_line_with_the_interval_that_reaches_it() -> None:
    ax = plots.tradeoff(BOUGHT, wanted=100)
    every_s = interval_for(BOUGHT, "staleness_users", 100)
    [_], [y] = line(ax, "wanted").get_data()
    assert y == 100
    assert ax.get_title(loc="left").startswith(f"a mean of 100 users behind: poll every {every_s:.1f} s, ")
    too_fresh = plots.tradeoff(BOUGHT, wanted=1)
    title = too_fresh.get_title(loc="left")
    assert title == "a mean of 1 user behind: not even every 1 s, the shortest tried"
    assert "wanted" not in [drawn.get_label() for drawn in too_fresh.lines]
    any_will_do = plots.tradeoff(BOUGHT, y="delay_s", wanted=1000)
    assert ": poll every 10 s or more, the longest tried, " in any_will_do.get_title(loc="left")
    assert any_will_do.get_ylim()[1] > 1000


def test_where_an_estimate_dips_the_ring_stays_on_the_curve() -> None:
    dipping = pd.DataFrame({"every_s": [1.0, 2.0, 4.0], "polls": [40.0, 20.0, 10.0],
                            "delay_s": [0.5, 0.4, 2.0]})  # fmt: skip
    ax = plots.tradeoff(dipping, y="delay_s", wanted=0.5)
    assert [values.tolist() for values in line(ax, "wanted").get_data()] == [[20.0], [0.4]]


def test_two_tradeoffs_on_the_same_axes_are_told_apart() -> None:
    ax = plots.tradeoff(BOUGHT, plain(), y="staleness_s", label="mean")
    plots.tradeoff(BOUGHT, ax, y="staleness_s_max", label="largest")
    lay_out(ax)
    assert legend_texts(ax) == ["mean", "largest"]
    assert line(ax, "mean").get_color() != line(ax, "largest").get_color()
    assert len(ax.texts) == len(BOUGHT)


def test_a_tradeoff_of_imports_that_never_work_says_so() -> None:
    nothing = BOUGHT.assign(**{name: math.nan for name in BOUGHT.columns if name.startswith("stale")})
    ax = plots.tradeoff(nothing, plain(), y="staleness_s", wanted=3)
    lay_out(ax)
    assert ax.get_title(loc="left") == "a mean age of 3 s: never at work"


def test_what_makes_no_tradeoff_is_refused() -> None:
    with pytest.raises(ParameterError, match="y is 'polls'; allowed: staleness_users"):
        plots.tradeoff(BOUGHT, y="polls")
    with pytest.raises(ParameterError, match="a column is 'polls'"):
        plots.tradeoff(BOUGHT.drop(columns="polls"))
    with pytest.raises(ParameterError, match="wanted is 0"):
        plots.tradeoff(BOUGHT, wanted=0)
    with pytest.raises(ParameterError, match="a frame of no rows"):
        plots.tradeoff(BOUGHT[:0])


# times left ---------------------------------------------------------------------------------------


def test_eta_draws_what_is_promised_and_the_true_line() -> None:
    names = ["overall", "anchored"]
    ax = plots.eta(RUN, every_s=2, methods=names)
    seen = observe(RUN, every_s=2)
    for name in names:
        promised = line(ax, name)
        assert promised.get_xdata().tolist() == seen["answered_s"].tolist()
        np.testing.assert_array_equal(promised.get_ydata(), estimate_eta(seen, method=name))
    truth = line(ax, "in truth")
    assert truth.get_xdata() == pytest.approx([RUN.duration_s - RUN.importing_s, RUN.duration_s])
    assert truth.get_ydata() == pytest.approx([RUN.importing_s, 0])
    assert ax.get_ylabel() == "time left"
    assert legend_texts(ax) == ["in truth", *names]
    assert "1,000 users" in ax.get_title(loc="left")


@pytest.mark.parametrize("method", ["fitted", "trend"])
def test_an_interval_of_a_time_left_is_a_band(method: str) -> None:
    ax = plots.eta(RUN, every_s=2, methods=[method])
    middle_s = estimate_eta(observe(RUN, every_s=2), method=method)
    vertices = np.concatenate([path.vertices for path in band(ax, f"{method}, interval").get_paths()])
    for at_s, left in zip(observe(RUN, every_s=2)["answered_s"], middle_s, strict=True):
        reach = vertices[vertices[:, 0] == at_s, 1]
        if len(reach):
            assert reach.min() <= left <= reach.max()
    assert len(vertices) > 2 * middle_s.notna().sum() * 0.8
    assert legend_texts(ax) == ["in truth", method, f"{method}, its interval"]


def test_each_estimator_has_a_colour_of_its_own() -> None:
    ax = plots.eta(RUN, every_s=5, methods=[*ESTIMATORS, lambda seen: 60.0])
    used = [drawn_line.get_color() for drawn_line in ax.lines]
    assert len(set(used)) == len(used) == len(ESTIMATORS) + 2


def test_estimators_of_yours_join_by_name() -> None:
    yours = {"a minute": lambda seen: 60.0, "about": lambda seen: (50.0, 40.0, 60.0)}
    ax = plots.eta(RUN, every_s=5, methods=yours)
    promised = line(ax, "a minute").get_ydata()
    assert set(promised[np.isfinite(promised)]) == {60.0}
    assert band(ax, "about, interval").get_paths()[0].vertices[:, 1].max() == 60
    assert line(ax, "a minute").get_color() != line(ax, "about").get_color()


def test_wild_promises_are_cut_off() -> None:
    ax = plots.eta(RUN, methods={"never": lambda seen: 1e9})
    assert RUN.importing_s < ax.get_ylim()[1] < 2 * RUN.importing_s


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        (["anchord"], "methods is 'anchord'.*anchored"),
        ("anchored", "methods is 'anchored'; allowed: names"),
        ({"mine": 3}, "methods is 3; allowed: a function"),
        (7, "methods is 7"),
    ],
)
def test_unknown_estimators_are_refused(methods: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        plots.eta(RUN, methods=methods)


# forecasts ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found() -> Fit:
    return fit(TRACE[:9])


def test_a_forecast_draws_answers_bands_and_the_interval_of_the_end(found: Fit) -> None:
    ax = plots.forecast(found, TRACE[:9])
    ahead = found.forecast(TRACE[:9])
    answers = line(ax, "answers so far")
    counts = [answer.body["operation"]["count"] for answer in TRACE[:9]]
    assert list(answers.get_xdata()) == [answer.at_s for answer in TRACE[:9]]
    assert list(answers.get_ydata()) == [count["completed"] + count["error"] for count in counts]
    assert list(line(ax, "failed, answers so far").get_ydata()) == [count["error"] for count in counts]
    assert line(ax, "expected, median").get_xdata().tolist() == ahead.bands["at_s"].tolist()
    assert line(ax, "expected, median").get_ydata().tolist() == ahead.bands["processed"].tolist()
    [path] = band(ax, "expected").get_paths()
    for row in ahead.bands.iloc[1:].itertuples():
        reach = path.vertices[path.vertices[:, 1] == row.processed, 0]
        assert (reach.min(), reach.max()) == (row.low_s, row.high_s)
    [failing] = band(ax, "expected to fail").get_paths()
    assert failing.vertices[:, 1].max() == ahead.bands["error_high"].max()
    assert list(line(ax, "end, band").get_xdata()) == [ahead.end_low_s, ahead.end_high_s]
    assert list(line(ax, "end, median").get_xdata()) == [ahead.end_s]
    assert ax.get_xlim()[1] > ahead.end_high_s
    assert "expected: 95 % band" in legend_texts(ax)
    assert "actual end" not in legend_texts(ax)


@pytest.mark.parametrize("seed", [0, 7])
def test_the_picture_and_the_fit_give_the_same_numbers(seed: int) -> None:
    known = fit(TRACE[:9], seed=seed)
    said = repr(known.forecast(TRACE[:9]))
    end, failed = said.removeprefix("<Forecast: ").split(", 95 %")[0].split("), ")
    title = plots.forecast(known, TRACE[:9], plain()).get_title(loc="left")
    assert f": {end}), at " in title
    assert title.endswith(f"; {failed}")
    assert title == plots.forecast(known.forecast(TRACE[:9]), TRACE[:9], plain()).get_title(loc="left")


def test_how_it_went_on_is_drawn_beside_the_forecast(found: Fit) -> None:
    ahead = found.forecast(TRACE[:9])
    whole = plots.forecast(ahead, TRACE)
    for ax in (plots.forecast(found, TRACE[:9], actual=TRACE), whole):
        assert list(line(ax, "answers so far").get_xdata()) == [answer.at_s for answer in TRACE[:9]]
        assert list(line(ax, "answers since").get_xdata()) == [answer.at_s for answer in TRACE[9:]]
        assert list(line(ax, "actual end").get_xdata()) == [TRACE[-1].at_s]
        assert "it ended at" in ax.get_title(loc="left")
    ax = plots.forecast(found, TRACE[:9], actual=123.5)
    assert list(line(ax, "actual end").get_xdata()) == [123.5]
    assert ax.get_xlim()[1] > 123.5
    assert "answers since" not in [drawn.get_label() for drawn in ax.lines]


def test_where_no_end_is_in_sight_there_is_no_band() -> None:
    """A server that stands still far longer than any of the stalls that it has."""
    run = simulate(users=4000, stall_rate=0.2, stall_s=20, seed=7)
    begun = Trace(observe(run, every_s=5))[:30]
    late = (begun[-1].at_s + 900, begun[-1].body)
    known = Trace([*((answer.at_s, answer.body) for answer in begun), late])
    past = [Trace(observe(simulate(run.scenario, seed=seed))) for seed in (7, 8)]
    ahead = fit(past).forecast(known)
    assert math.isinf(ahead.end_s)
    ax = plots.forecast(ahead, known)
    lay_out(ax)
    assert ax.get_title(loc="left").startswith("no end in sight: the silence is longer")
    assert "end, band" not in [drawn.get_label() for drawn in ax.lines]
    assert ax.get_xlim()[1] == pytest.approx(known[-1].at_s, rel=0.05)


def test_an_upper_limit_that_is_infinite_ends_the_band_where_it_is_reached(found: Fit) -> None:
    from dataclasses import replace

    ahead = found.forecast(TRACE[:9])
    bands = ahead.bands.copy()
    bands.loc[bands.index[len(bands) // 2] :, "high_s"] = math.inf
    ax = plots.forecast(replace(ahead, bands=bands, end_high_s=math.inf), TRACE[:9])
    lay_out(ax)
    [path] = band(ax, "expected").get_paths()
    assert path.vertices[:, 1].max() == bands["processed"].iloc[len(bands) // 2 - 1]
    assert line(ax, "expected, median").get_ydata()[-1] == 2000
    assert "to who knows when)" in ax.get_title(loc="left")


@pytest.mark.parametrize("answers", [0, 1, 2])
def test_forecasts_of_which_nothing_is_known_are_drawn_and_say_so(answers: int) -> None:
    known = TRACE[:answers]
    ax = plots.forecast(fit(known), known)
    lay_out(ax)
    assert ax.get_title(loc="left") == "no end in sight: no speed is known"
    assert band_labels(ax) == []


def band_labels(ax: Any) -> list[str]:
    return [str(drawn.get_label()) for drawn in ax.collections]


def test_the_forecast_of_what_has_ended_is_its_end() -> None:
    ax = plots.forecast(fit(TRACE), TRACE)
    lay_out(ax)
    failed = TRACE[-1].body["operation"]["count"]["error"]
    assert ax.get_title(loc="left").startswith("it has ended: done, at ")
    assert ax.get_title(loc="left").endswith(f"with {failed} failed")
    assert band_labels(ax) == []


def test_what_makes_no_forecast_is_refused(found: Fit) -> None:
    with pytest.raises(ParameterError, match="fit is 3; allowed: a Fit"):
        plots.forecast(3, TRACE)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=r"trace is 'night\.jsonl'; allowed: a Trace"):
        plots.forecast(found, "night.jsonl")
    with pytest.raises(ParameterError, match="actual is 'x'"):
        plots.forecast(found, TRACE[:9], actual="x")
    other = simulate(epoch="2020-01-01T00:00:00.000Z", users=60, seed=1)
    mixed = Trace([*TRACE[:9], *other.responses()])
    with pytest.raises(TraceError, match="another operation"):
        plots.forecast(found, mixed)


@pytest.mark.parametrize("name", ["staleness", "eta"])
def test_what_is_no_run_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match="run is 3; allowed"):
        getattr(plots, name)(3)
    with pytest.raises(ParameterError, match="every_s is 0"):
        getattr(plots, name)(RUN, every_s=0)
    with pytest.raises(ParameterError, match="ax is 3"):
        getattr(plots, name)(RUN, 3)


def test_a_frame_without_a_column_is_refused() -> None:
    with pytest.raises(ParameterError, match="a column is 'staleness_users'"):
        plots.staleness(pd.DataFrame(observe(RUN)).drop(columns="staleness_users"))
