"""Write the files in ``data/`` that are made from the code: ``python -m tests.make_data``.

The tests hold them equal to what this would write. Other files in ``data/`` are not touched.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from simimport import PRESETS, Scenario
from simimport.model import columns
from simimport.testing.fixtures.pack import pack_of

DATA = Path(__file__).parent.parent / "data"
#: The fixture packs in ``data/fixtures``: of which preset, with which seed, in which formats.
PACKS = {
    "page_example": (0, ("json",)),
    "canceled_midway": (0, ("json",)),
    "crash_midway": (0, ("json",)),
    "done_but_nobody_imported": (0, ("json", "wiremock")),
}


def files() -> dict[Path, str]:
    """Return each file's path and the text that belongs into it."""
    made = {DATA / "columns.csv": columns.table().to_csv(index=False, lineterminator="\n")}
    for name, scenario in PRESETS.items():
        made[DATA / "scenarios" / f"{name}.toml"] = f"# {PRESETS.about(name)}\n{toml(scenario)}"
    return made


def packs() -> dict[str, bytes]:
    """Return each file of the fixture packs, by its path below ``data/fixtures``."""
    return {
        f"{name}/{path}": content
        for name, (seed, formats) in PACKS.items()
        for path, content in pack_of(name, dialect="docs", formats=formats, seed=seed).files.items()
    }


def toml(scenario: Scenario) -> str:
    """Return what `Scenario.save` writes."""
    with tempfile.TemporaryDirectory() as folder:
        return scenario.save(Path(folder) / "scenario.toml").read_text(encoding="utf-8")


def main() -> None:
    """Write them."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    # anew as a whole: what is called otherwise now must not stay
    shutil.rmtree(DATA / "fixtures", ignore_errors=True)
    for name, content in packs().items():
        path = DATA / "fixtures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
