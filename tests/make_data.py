"""Write the files in ``data/`` that are made from the code: ``python -m tests.make_data``.

The tests hold them equal to what this would write. Other files in ``data/`` are not touched.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from simimport import PRESETS, Scenario
from simimport.model import columns

DATA = Path(__file__).parent.parent / "data"


def files() -> dict[Path, str]:
    """Return each file's path and the text that belongs into it."""
    made = {DATA / "columns.csv": columns.table().to_csv(index=False, lineterminator="\n")}
    for name, scenario in PRESETS.items():
        made[DATA / "scenarios" / f"{name}.toml"] = f"# {PRESETS.about(name)}\n{toml(scenario)}"
    return made


def toml(scenario: Scenario) -> str:
    """Return what `Scenario.save` writes."""
    with tempfile.TemporaryDirectory() as folder:
        return scenario.save(Path(folder) / "scenario.toml").read_text(encoding="utf-8")


def main() -> None:
    """Write them."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
