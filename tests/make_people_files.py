"""Make data/payloads/people-*.csv: CSV of any kind. Run me: python -m tests.make_people_files.

The people are invented; the forms are those of spreadsheets, and of what other systems export
or let people fill in.
"""

from __future__ import annotations

from pathlib import Path

PAYLOADS = Path(__file__).parents[1] / "data" / "payloads"

#: Files, as texts, of which those in `ENCODED` have another encoding than UTF-8.
TEXTS = {
    # spreadsheets
    "people-semicolons.csv": (
        "username;email;name\r\n"
        "ann;ann@example.com;Ann Lee\r\n;;\r\nbo;bo@example.com;Bo Di\r\n"
    ),
    "people-sep-line.csv": (
        "sep=;\r\n"
        "username;email;name\r\nann;ann@example.com;Ann Lee\r\nbo;bo@example.com;Bo Di\r\n"
    ),
    "people-utf-16.csv": (
        "username\temail\tname\r\n"
        "ann\tann@example.com\tAnn Lée\r\nbo\tbo@example.com\tBo Dì\r\n"
    ),
    "people-old-mac.csv": "username,email,name\rann,ann@example.com,Ann Lee\rbo,bo@example.com,Bo Di\r",
    "people-trailing-columns.csv": (
        "username,email,name,,\n"
        "ann,ann@example.com,Ann Lee,,\nbo,bo@example.com,Bo Di,,\n,,,,\n"
    ),
    # people
    "people-spaces.csv": '"ann", "ann@example.com", "Ann Lee"\n"bo", "bo@example.com", "Bo Di"\n',
    "people-typographic.csv": "“ann”,“ann@example.com”,“Ann Lee”\n“bo”,“bo@example.com”,“Bo Di”\n",
    "people-comments.csv": (
        "# the first floor\n"
        "username,email,name\nann,ann@example.com,Ann Lee\n# and the second\nbo,bo@example.com,Bo Di\n"
    ),
    "people-addresses.csv": "ann@example.com\nbo@example.com\n",
    "people-several-addresses.csv": (
        'username,email,name\n'
        'ann,"ann@example.com; ann@example.org",Ann Lee\nbo,Bo Di <bo@example.com>,\n'
    ),
    "people-other-order.csv": "Ann Lee;ann@example.com;ann\nBo Di;bo@example.com;bo\n",
    "people-german.csv": (
        "Anmeldename;Mailadresse;Anzeigename\n"
        "ann;ann@example.com;Ann Lee\nbo;bo@example.com;Bo Di\n"
    ),
    "people-japanese.csv": (
        "ユーザー名,メールアドレス,氏名\nann,ann@example.com,Ann Lee\n"
        "bo,bo@example.com,Bo Di\n"
    ),
    # systems
    "people-google-workspace.csv": (
        "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],"
        "Org Unit Path [Required],Department\n"
        "Ann,Lee,ann@example.com,****,/,IT\nBo,Di,bo@example.com,****,/,\n"
    ),
    "people-microsoft-365.csv": (
        "Block credential,City,Department,Display name,First name,Last name,Licenses,User principal name\n"
        "False,Ulm,IT,Ann Lee,Ann,Lee,Unlicensed,ann@example.com\n"
        "False,,,Bo Di,Bo,Di,Unlicensed,bo@example.com\n"
    ),
    "people-moodle.csv": (
        "username;password;firstname;lastname;email;course1\n"
        "ann;x;Ann;Lee;ann@example.com;a\nbo;x;Bo;Di;bo@example.com;a\n"
    ),
    "people-mailing-list.csv": "email\nAnn Lee <ann@example.com>\nBo Di <bo@example.com>\n",
    "people-pandas.csv": ",username,email,name\n0,ann,ann@example.com,Ann Lee\n1,bo,bo@example.com,Bo Di\n",
    # what is refused
    "people-refused-header.csv": "Foo,Bar,Baz\nann,ann@example.com,Ann Lee\n",
    "people-refused-columns.csv": "ann,ann@example.com,Ann Lee,Ulm\nbo,bo@example.com,Bo Di,Ulm\n",
    "people-refused-encoding.csv": "username,email,name\njörg,joerg@example.com,Jörg Müller\n",
}  # fmt: skip
ENCODED = {"people-utf-16.csv": "utf-16", "people-refused-encoding.csv": "cp1252"}


def files() -> dict[Path, bytes]:
    """Return each file's path and the bytes that belong into it."""
    made = {}
    for name, text in TEXTS.items():
        # with the mark of little-endian machines, wherever this runs
        encoding = ENCODED.get(name, "utf-8")
        raw = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16" else text.encode(encoding)
        made[PAYLOADS / name] = raw
    return made


if __name__ == "__main__":
    for path, content in files().items():
        path.write_bytes(content)
