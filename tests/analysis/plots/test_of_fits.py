"""The plot of a fit's checks draws what was tested, and says what came of it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simimport import Fit, ParameterError, fit, plots
from tests.analysis.fitting.foreign import foreign, own
from tests.analysis.plots.figures import band, legend_texts, line, plain

pytestmark = pytest.mark.usefixtures("closed")


@pytest.fixture(scope="module")
def fits() -> Fit:
    return fit(own(3))


def test_deviations_are_drawn_by_size_against_normal_ones(fits: Fit) -> None:
    ax = plots.check(fits, plain())
    times = line(ax, "how long each stretch took")
    n = len(times.get_xdata())
    assert times.get_xdata() == pytest.approx(stats.norm.ppf((np.arange(n) + 0.5) / n))
    assert (np.diff(times.get_ydata()) >= 0).all()
    assert np.mean(times.get_ydata()) == pytest.approx(0, abs=0.4)
    assert np.std(times.get_ydata()) == pytest.approx(1, abs=0.3)
    assert legend_texts(ax) == [
        "how long each stretch took", "how many of it failed", "as the model has it",
        "what chance leaves in 95 %",
    ]  # fmt: skip


def test_the_band_holds_each_of_that_many_normal_variables_in_most_places(fits: Fit) -> None:
    ax = plots.check(fits, plain())
    corners = band(ax, "what chance leaves in 95 %").get_paths()[0].vertices
    n = len(line(ax, "how long each stretch took").get_xdata())
    lowest = stats.norm.ppf(stats.beta(1, n).ppf(0.025))
    assert np.min(corners[:, 1]) == pytest.approx(lowest, abs=0.02)
    assert np.max(corners[:, 1]) == pytest.approx(-lowest, abs=0.02)


def test_beside_them_they_stand_in_order_at_the_same_height(fits: Fit) -> None:
    ax = plots.check(fits, plain())
    [glass] = ax.child_axes
    assert glass.get_ylim() == ax.get_ylim()
    assert list(glass.get_yticks()) == list(ax.get_yticks())
    drawn = line(glass, "how long each stretch took")
    assert sorted(drawn.get_ydata()) != pytest.approx(list(drawn.get_ydata()))
    assert len(drawn.get_ydata()) == len(line(ax, "how long each stretch took").get_ydata())
    means = line(glass, "how long each stretch took, means")
    assert means.get_ydata()[0] == pytest.approx(np.mean(drawn.get_ydata()[:7]))
    assert means.get_xdata()[0] == pytest.approx(drawn.get_xdata()[3])


def test_the_title_says_what_the_checks_say(fits: Fit) -> None:
    assert plots.check(fits, plain()).get_title(loc="left") == "fits: all 6 checks are passed"
    wandering = plots.check(fit(foreign("AR(1)", 1)[0]), plain()).get_title(loc="left")
    assert wandering.startswith("does not fit: ")
    assert "neighbours are alike" in wandering
    nothing = plots.check(fit([]), plain())
    assert nothing.get_title(loc="left") == "not known: no stretch between two flushes was seen"
    assert nothing.get_legend() is None


def test_several_imports_are_drawn_upon_each_other() -> None:
    ax = plots.check(fit([own(1), own(2)]), plain())
    [glass] = ax.child_axes
    labels = [drawn.get_label() for drawn in glass.lines]
    assert labels.count("how long each stretch took") == 2


def test_what_is_no_fit_is_refused() -> None:
    with pytest.raises(ParameterError, match="fit is 3; allowed: a Fit, as fit returns it"):
        plots.check(3)  # type: ignore[arg-type]  # on purpose
