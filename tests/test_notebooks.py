"""The notebooks are true: executed afresh they say and draw what is kept, and so do their answers."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from simimport import plots, simulate
from tests.notebooks import LARGEST, NOTEBOOKS, differences, executed, main, plain, read, texts, write

every = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])


def test_there_are_seven() -> None:
    names = [
        "00_one_minute", "01_states_and_snapshots", "02_failures_and_cancellations", "03_dashboard",
        "04_what_a_poller_sees", "05_calibrate_and_forecast", "06_for_testers",
    ]  # fmt: skip
    assert [path.stem for path in NOTEBOOKS] == names


@pytest.mark.long  # every day .ci/run does it once, with `python -m tests.notebooks`
@every
def test_run_twice_in_a_row_it_gives_what_is_kept_and_leaves_nothing(path: Path) -> None:
    assert differences(read(path), executed(path, times=2)) == []


# .ci/run installs no more than this, and runs them
def test_the_first_cell_says_what_is_needed_beside_the_plain_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["notebooks", "--needs"])
    assert main() == 0
    assert capsys.readouterr().out.splitlines() == [
        "00 01 02 03 04 05: ", "06: simimport[http,hypothesis] pytest",
    ]  # fmt: skip


@every
def test_what_is_kept_is_small_and_free_of_errors_warnings_and_places(path: Path) -> None:
    notebook, raw = read(path), path.read_text(encoding="utf-8")
    assert len(raw.encode()) <= LARGEST
    assert plain(notebook) == notebook
    assert [cell.execution_count for cell in _code(notebook)] == list(range(1, len(_code(notebook)) + 1))
    assert {output.output_type for cell in _code(notebook) for output in cell.outputs} <= {
        "display_data", "execute_result", "stream",
    }  # fmt: skip
    assert "stderr" not in {kind for kind, _ in texts(notebook)}
    assert not re.search(r"/(home|root|tmp|work|usr|Users)/|\\\\Users| at 0x[0-9a-f]+", raw)


@every
def test_it_asks_one_question_and_answers_it_with_what_it_shows(path: Path) -> None:
    notebook = read(path)
    first, last = notebook.cells[0].source, notebook.cells[-1].source
    assert re.match(r"# .+\n\n\*\*Question: .+\?\*\*\n", first)
    assert sum("**Question" in cell.source for cell in notebook.cells) == 1
    assert last.startswith("## Answer\n\n")
    # a number in the answer that stands nowhere above is made up, or of another seed
    shown = " ".join([*(text for _, text in texts(notebook)), *(cell.source for cell in _code(notebook))])
    given = set(_numbers(shown))
    assert [number for number in _numbers(re.sub(r"\]\(.*?\)", "]", last)) if number not in given] == []


@every
def test_its_cells_are_short_and_all_is_of_one_seed(path: Path) -> None:
    sources = [cell.source for cell in read(path).cells]
    assert max(source.count("\n") + 1 for source in sources) <= 20
    assert max(len(line) for cell in _code(read(path)) for line in cell.source.splitlines()) <= 110
    assert set(re.findall(r"seed=(\w+)", "\n".join(sources))) == {"7"}


@every
def test_its_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", "\n".join(cell.source for cell in read(path).cells))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def _code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _numbers(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


# the execution and the comparison themselves -------------------------------------------------------


def test_what_it_leaves_behind_is_found(tmp_path: Path) -> None:
    import nbformat

    cells = [
        "from pathlib import Path\nfrom tempfile import NamedTemporaryFile",
        'Path("pack").mkdir()\nPath("pack/one.json").touch()',
        'Path("../data/traces/night.jsonl").unlink()',
        "NamedTemporaryFile(prefix='forgotten', delete=False).close()",
    ]
    untidy = tmp_path / "untidy.ipynb"
    write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]), untidy)
    wanted = r"removes data/traces/night\.jsonl, notebooks/pack/one\.json, temporary/forgotten\w+$"
    with pytest.raises(RuntimeError, match=wanted):
        executed(untidy)


@pytest.fixture(scope="module")
def kept() -> Any:
    return read(NOTEBOOKS[0])


def test_times_ids_and_widgets_are_no_difference(kept: Any) -> None:
    other = copy.deepcopy(kept)
    for cell in other.cells:
        cell.id = f"{cell.id}-other"
        cell.metadata["execution"] = {"iopub.execute_input": "2020-01-01T00:00:00Z"}
    cell = next(cell for cell in other.cells if cell.get("outputs"))
    cell.outputs[0].data["application/vnd.jupyter.widget-view+json"] = {"model_id": "1"}
    other.metadata["widgets"] = {}
    assert plain(other) == kept
    assert differences(kept, plain(other)) == []


def test_whether_a_bar_of_progress_was_seen_is_no_difference(kept: Any) -> None:
    import nbformat

    other = copy.deepcopy(kept)
    cell = next(cell for cell in other.cells if cell.get("outputs"))
    words = " 27%|##7       | 27.0/100 [00:00<00:01, 53.5 runs/s]"
    # as it is drawn, and as what is left once it is taken away
    for bar in ({"text/plain": words}, {}):
        cell.outputs.insert(0, nbformat.v4.new_output("display_data", bar))
    assert plain(other) == kept


def test_another_text_is_a_difference(kept: Any) -> None:
    other = copy.deepcopy(kept)
    cell = next(cell for cell in other.cells if "run.status(60)" in cell.source)
    cell.outputs[0].data["text/plain"] = cell.outputs[0].data["text/plain"].replace("1518", "1519")
    (found,) = differences(kept, other)
    assert "1518" in found
    assert "1519" in found


def test_a_cell_more_is_a_difference(kept: Any) -> None:
    other = copy.deepcopy(kept)
    other.cells.append(copy.deepcopy(other.cells[-1]))
    assert differences(kept, other) == [f"{len(kept.cells) + 1} cells instead of {len(kept.cells)}"]


def test_another_seed_is_another_picture(kept: Any) -> None:
    first = _with_picture(kept, 7)
    assert differences(first, _with_picture(kept, 7)) == []
    number = _drawing(first) + 1
    assert differences(first, _with_picture(kept, 8)) == [f"cell {number} draws something else"]


def _drawing(notebook: Any) -> int:
    drawing = [
        any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
        for cell in notebook.cells
    ]
    return drawing.index(True)


def _with_picture(notebook: Any, seed: int) -> Any:
    """Return the notebook with the picture of another run where it has its first."""
    import base64
    import io

    from matplotlib.figure import Figure

    figure, png = Figure(figsize=(9.6, 4.4), layout="constrained"), io.BytesIO()
    plots.fan([simulate(users=2000, crash_rate=0.5, seed=seed)], figure.subplots())
    figure.savefig(png, format="png")
    made = copy.deepcopy(notebook)
    made.cells[_drawing(made)].outputs[0].data["image/png"] = base64.b64encode(png.getvalue()).decode("ascii")
    return made
