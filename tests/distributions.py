"""What is in the wheel and the sdist: ``python tests/distributions.py FOLDER`` lists it, and judges.

Whoever installs the wheel has the package, its types and what it reads at run time, and nothing else; whoever
unpacks the sdist has all that a checkout has.
"""

from __future__ import annotations

import sys
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
_MOST_BYTES = {"wheel": 1_000_000, "sdist": 25_000_000}
_BESIDE = {
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore",
    "conftest.py",
}  # fmt: skip
_FOLDERS = {"simimport", "tests", "data", "docs", "notebooks"}
_NEVER = ("__pycache__", ".ipynb_checkpoints", ".pyc", "docs/reference/made", "docs/tutorials/made")


def package() -> set[str]:
    """Return the files of the package in the checkout."""
    files = (path for path in (ROOT / "simimport").rglob("*") if path.is_file())
    return {str(path.relative_to(ROOT)) for path in files if path.suffix != ".pyc"}


def check_wheel(path: Path) -> list[str]:
    """Return what is in the wheel; refuse it where it is not the package alone."""
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        assert "License-Expression: MIT" in wheel.read(metadata).decode()
    beside = {name for name in names if ".dist-info/" in name}
    assert set(names) - beside == package()
    assert "simimport/py.typed" in names
    assert {name.partition("/")[2] for name in beside} >= {"entry_points.txt", "licenses/LICENSE"}
    return names


def check_sdist(path: Path) -> list[str]:
    """Return what is in the sdist; refuse it where something of a checkout is missing."""
    with tarfile.open(path) as sdist:
        names = [member.name.partition("/")[2] for member in sdist.getmembers() if member.isfile()]
    assert package() <= set(names)
    assert {name.partition("/")[0] for name in names if "/" in name} == _FOLDERS
    assert {name for name in names if "/" not in name} == _BESIDE
    return names


def main(folder: Path) -> None:
    """Check both, and list them."""
    for kind, ending, check in (("wheel", ".whl", check_wheel), ("sdist", ".tar.gz", check_sdist)):
        [path] = (found for found in folder.iterdir() if found.name.endswith(ending))
        names = check(path)
        assert not [name for name in names if any(part in name for part in _NEVER)]
        assert path.stat().st_size < _MOST_BYTES[kind]
        endings = Counter(Path(name).suffix or Path(name).name for name in names)
        listed = ", ".join(f"{many} {suffix}" for suffix, many in endings.most_common())
        print(f"{path.name}: {path.stat().st_size:,} bytes, {len(names)} files: {listed}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
