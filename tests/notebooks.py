"""Execute the notebooks afresh: ``python -m tests.notebooks`` compares, ``--write`` keeps the outputs.

Each runs in a copy of its folder, where it must leave nothing behind. What changes from one execution to the
next, such as times and ids, is not kept. Knows not what they say.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import logging
import os
import re
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

FOLDER = Path(__file__).parent.parent / "notebooks"
TRACES = FOLDER.parent / "data" / "traces"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
#: What all of them may take together, in seconds, and each of them on disk, in bytes.
LONGEST_S, LARGEST = 60, 1_000_000
#: Those that may take so long together: for everybody, for analysts, for testers.
TOGETHER = (("00", "01", "02", "03"), ("04", "05"), ("06",))
#: How far the pixels of a picture may be from the kept ones, of 255, in the root mean square: other versions
#: of the libraries draw letters a little differently, and another seed moves lines.
TOLERANCE = 6.0
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# from the one who executes: a backend, a width and a configuration that readers have not
_FOREIGN = re.compile(r"^(MPLBACKEND|COLUMNS|LINES|PYTHONWARNINGS|JPY_.*|PYTEST_.*|JUPYTER_.*|IPYTHON.*)$")


def read(path: Path) -> Any:
    """Return a notebook as it is kept."""
    import nbformat  # here and below: who collects all tests would wait two seconds for it

    return nbformat.read(path, as_version=4)


def needs(notebook: Any) -> list[str]:
    """Return what a notebook needs beside the plain install, as its first cell tells pip."""
    commands = re.findall(r"`pip install ([^`]+)`", notebook.cells[0].source)
    return [needed for command in commands for needed in shlex.split(command)]


def executed(path: Path, *, times: int = 1) -> Any:
    """Return the notebook with fresh outputs: of the last of so many executions in one copy of its folder.

    Each has a fresh kernel.

    Raises
    ------
    CellExecutionError
        If a cell fails.
    RuntimeError
        If an execution makes, changes or removes a file, or leaves one among the temporary files.
    """
    # a kernel that finds none makes it, and says so in the notebook
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    import matplotlib.font_manager  # noqa: F401
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as folder:
        temporary, work = Path(folder, "temporary"), Path(folder, "notebooks")
        temporary.mkdir()
        environment = {name: value for name, value in os.environ.items() if not _FOREIGN.match(name)}
        environment |= {"IPYTHONDIR": home, "JUPYTER_CONFIG_DIR": home, "PYTHONHASHSEED": "0"}
        environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
        # where it stands for its readers: among the others, beside the data
        shutil.copytree(FOLDER, work, ignore=shutil.ignore_patterns(".*"))
        shutil.copytree(TRACES, Path(folder, "data", TRACES.name))
        before = _files(folder)
        for _ in range(times):
            notebook = read(path)
            client = NotebookClient(
                notebook, timeout=LONGEST_S, kernel_name="python3", record_timing=False,
                store_widget_state=False, resources={"metadata": {"path": str(work)}},
            )  # fmt: skip
            client.execute(env=environment)
            left = sorted({name for name, _ in before ^ _files(folder)})
            if left:
                raise RuntimeError(f"{path.name} leaves, changes or removes {', '.join(left)}")
    return plain(notebook)


def _files(folder: str) -> set[tuple[str, bytes]]:
    found = (path for path in Path(folder).rglob("*") if path.is_file())
    return {(path.relative_to(folder).as_posix(), path.read_bytes()) for path in found}


def plain(notebook: Any) -> Any:
    """Return the notebook without what another execution, or another editor, would have written otherwise."""
    import nbformat

    kept = nbformat.v4.new_notebook(metadata=_METADATA)
    for number, cell in enumerate(notebook.cells, 1):
        made = nbformat.from_dict({**cell, "id": f"cell-{number:02d}", "metadata": {}})
        if cell.cell_type == "code":
            made.outputs = list(_outputs(cell.outputs))
        kept.cells.append(made)
    return kept


def _outputs(outputs: Any) -> Iterator[Any]:
    import nbformat

    before = None
    for output in outputs:
        if _is_progress(output):  # whether work lasts long enough for a bar is a matter of time
            continue
        same = output.output_type == "stream" and before is not None and before.get("name") == output.name
        if same:  # how a text is cut into messages is a matter of time
            before.text += output.text
            continue
        if before is not None:
            yield before
        before = nbformat.from_dict({**output})
        if "data" in output:
            before.data = {kind: _data(kind, value) for kind, value in output.data.items() if _lasts(kind)}
            before.metadata = {}
    if before is not None:
        yield before


def _is_progress(output: Any) -> bool:
    """Return whether an output is a bar of progress, as tqdm shows it."""
    data = output.get("data", {})
    # one that is done was taken away, and has left nothing
    bar = re.search(r"\[\d\d:\d\d[<,]", data.get("text/plain", ""))
    return output.output_type == "display_data" and (not data or bar is not None)


def _lasts(kind: str) -> bool:
    """Return whether an output is more than a name of something in the kernel that made it."""
    return kind != "application/vnd.jupyter.widget-view+json"


def _data(kind: str, value: Any) -> Any:
    if kind != "image/png":
        return value
    # anew, without the name and version of what drew it
    smaller = io.BytesIO()
    picture(value).save(smaller, "PNG", optimize=True)
    return base64.b64encode(smaller.getvalue()).decode("ascii")


def picture(text: str) -> Image.Image:
    """Return the picture that a notebook keeps as text."""
    image = Image.open(io.BytesIO(base64.b64decode(text)))
    image.load()
    return Image.frombytes(image.mode, image.size, image.tobytes())


def differences(kept: Any, fresh: Any) -> list[str]:
    """Return what is different in fresh outputs, in words: only pixels may be, and a little."""
    if len(kept.cells) != len(fresh.cells):
        return [f"{len(fresh.cells)} cells instead of {len(kept.cells)}"]
    found = []
    for number, (old, new) in enumerate(zip(kept.cells, fresh.cells, strict=True), 1):
        if _without_pictures(old) != _without_pictures(new):
            found.append(f"cell {number} says\n{_said(new)}\ninstead of\n{_said(old)}")
        elif not _alike(_pictures(old), _pictures(new)):
            found.append(f"cell {number} draws something else")
    return found


def _alike(olds: list[str], news: list[str]) -> bool:
    pairs = zip(olds, news, strict=False)
    return len(olds) == len(news) and all(distance(one, other) <= TOLERANCE for one, other in pairs)


def distance(one: str, other: str) -> float:
    """Return how far two pictures are apart, from 0 to 255; infinity if their sizes are not the same."""
    a, b = (np.asarray(picture(text).convert("RGBA"), dtype=float) for text in (one, other))
    return float(np.sqrt(np.mean((a - b) ** 2))) if a.shape == b.shape else float("inf")


def _pictures(cell: Any) -> list[str]:
    shown = (output.get("data", {}).get("image/png") for output in cell.get("outputs", []))
    return [png for png in shown if png is not None]


def _without_pictures(cell: Any) -> Any:
    copy = json.loads(json.dumps(cell))
    for output in copy.get("outputs", []):
        output.get("data", {}).pop("image/png", None)
    return copy


def _said(cell: Any) -> str:
    return json.dumps(_without_pictures(cell), indent=1, ensure_ascii=False)


def texts(notebook: Any) -> Iterator[tuple[str, str]]:
    """Return each output that can be read: the name of its stream or its kind, and its text."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                yield output.name, output.text
            for kind, value in output.get("data", {}).items():
                if kind.startswith("text/"):
                    yield kind, value


def write(notebook: Any, path: Path) -> None:
    """Keep a notebook."""
    import nbformat

    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


def main() -> int:
    """Execute all, say how long each took, and compare or keep them."""
    parser = argparse.ArgumentParser(prog="python -m tests.notebooks", description=main.__doc__)
    parser.add_argument("names", nargs="*", help="the beginnings of their names, such as 02; all by default")
    parser.add_argument("--write", action="store_true", help="keep the fresh outputs")
    parser.add_argument("--needs", action="store_true", help="execute none, but say who needs what")
    options = parser.parse_args()
    chosen = [path for path in NOTEBOOKS if path.name.startswith(tuple(options.names) or "")]
    if options.needs:
        return _say_needs(chosen)
    wrong, took = [], dict.fromkeys(TOGETHER, 0.0)
    for path in chosen:
        began, kept = time.perf_counter(), read(path)
        fresh = executed(path)
        seconds = time.perf_counter() - began
        print(f"{path.name:40} {seconds:5.1f} s")
        (group,) = (names for names in TOGETHER if path.name.startswith(names))
        took[group] += seconds
        if options.write:
            write(fresh, path)
        else:
            wrong += [f"{path.name}: {what}" for what in differences(kept, fresh)]
    print(f"{len(chosen)} notebooks in {sum(took.values()):.1f} s")
    slow = [" ".join(group) for group, seconds in took.items() if seconds > LONGEST_S]
    wrong += [f"{group} took more than {LONGEST_S} s together" for group in slow]
    print(*wrong, sep="\n", file=sys.stderr)
    return 1 if wrong or not chosen else 0


def _say_needs(paths: list[Path]) -> int:
    """Print which notebooks need what beside the plain install: first those that need nothing."""
    alike: dict[str, list[str]] = {"": []}
    for path in paths:
        alike.setdefault(" ".join(needs(read(path))), []).append(path.name.partition("_")[0])
    for needed, names in alike.items():
        print(f"{' '.join(names)}: {needed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
