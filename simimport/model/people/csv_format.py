"""CSV of people, read and written: a door to `from_csv`."""

from __future__ import annotations

from simimport.model.people.from_csv.reading import read_csv
from simimport.model.people.from_csv.writing import csv_lines

__all__ = ["csv_lines", "read_csv"]
