"""Write the golden files anew, or print the digest of everything."""

from __future__ import annotations

import sys

from tests.golden import FOLDER, NAMES, content, digest_of_everything, text

if sys.argv[1:] == ["digest"]:
    print(digest_of_everything())
elif sys.argv[1:]:
    sys.exit("usage: python -m tests.golden [digest]")
else:
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name in NAMES:
        (FOLDER / f"{name}.json").write_text(text(content(name)), encoding="utf-8")
        print(name)
