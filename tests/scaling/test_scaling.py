"""How cost grows: the exponent of what is known, and a work that is measured."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.scaling.__main__ import REPORT, exponent, in_words, main, report
from tests.scaling.served import Polled
from tests.scaling.works import WORKS, Measured, Work, measured

ONE = Work("one work", "things", (10, 100), "", "None")


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_exponent_of_a_power(power: float) -> None:
    rows = [Measured(size, 1e-2 * size**power, 0) for size in (10, 100, 1000)]
    assert exponent(rows) == pytest.approx(power)


def test_what_a_call_costs_by_itself_is_left_out() -> None:
    rows = [Measured(1, 0.004, 0), Measured(10, 0.004, 0), Measured(100, 0.1, 0), Measured(1000, 1.0, 0)]
    assert exponent(rows) == pytest.approx(1.0)
    assert math.isnan(exponent(rows[:3]))
    assert in_words(rows[:3]) == "too short to tell"


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (["nothing"], "no work is named 'nothing'; there are: one import; "),
        (["one import", "--save"], "--save wants all of them"),
        (["--most", "1000", "--save"], "--save wants all of them"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    arguments: list[str], refusal: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["scaling", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert refusal in capsys.readouterr().err


def test_the_report_that_is_kept_begins_as_it_would_now() -> None:
    assert REPORT.read_text(encoding="utf-8").startswith(report({}, []).partition("\n2")[0])


def test_a_report_has_each_work_and_the_server() -> None:
    rows = [Measured(10, 0.01, 2_000), Measured(100, 0.1, 2_000_000)]
    text = report({ONE: rows}, [Polled(1000, 40_000.4, 48.52, 20_000.0)])
    assert "## One work: exponent 1.00\n" in text
    assert "| 100 | 100 ms | 1e+03 µs | 2 MB |" in text
    assert "| 1000 | 40,000 | 48.5 ms | 20,000 |" in text


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc here")
def test_a_work_is_measured_in_a_process_of_its_own() -> None:
    before = "import time; kept = []"
    work = Work(
        "waiting", "tenths of ms", (100, 1000), before, "time.sleep(n / 1e4); kept += [bytearray(n * 10**5)]"
    )
    much = measured(work, 1000)
    assert much.size == 1000
    assert much.seconds >= 0.1
    # beside those that a hundred take
    assert 90e6 <= much.added_bytes <= 100e6


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc here")
def test_a_work_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match=r"one work of 3: .*ZeroDivisionError"):
        measured(ONE._replace(timed="1 / 0"), 3)


def test_works_grow_from_little_to_much() -> None:
    for work in WORKS:
        assert list(work.sizes) == sorted(work.sizes)
        assert work.sizes[-1] >= 1000 * work.sizes[0]
