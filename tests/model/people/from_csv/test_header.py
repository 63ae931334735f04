"""Which column is which: by what a header calls it in many languages, by its cells, or refused."""

from __future__ import annotations

import pytest

from simimport import UsersError
from simimport.model.people.from_csv.header_words import OTHERS, WORDS, plain
from simimport.model.people.from_csv.reading import read_csv
from simimport.model.people.understood import read_as

LANGUAGES = {
    "German": "Anmeldename,Mailadresse,Anzeigename",
    "German, of an office": "Benutzername,E-Mail-Adresse,Vollständiger Name",
    "French": "Nom d'utilisateur,Adresse e-mail,Nom complet",
    "Spanish": "Nombre de usuario,Correo electrónico,Nombre completo",
    "Italian": "Nome utente,Indirizzo e-mail,Nome completo",
    "Portuguese": "Nome de usuário,Endereço de e-mail,Nome completo",
    "Dutch": "Gebruikersnaam,E-mailadres,Volledige naam",
    "Polish": "Nazwa użytkownika,Adres e-mail,Imię i nazwisko",
    "Swedish": "Användarnamn,E-postadress,Fullständigt namn",
    "Danish": "Brugernavn,E-mailadresse,Fulde navn",
    "Norwegian": "Brukernavn,E-postadresse,Fullt navn",
    "Czech": "Uživatelské jméno,E-mailová adresa,Celé jméno",
    "Japanese": "ユーザー名,メールアドレス,氏名",
    "Chinese": "用户名,电子邮箱,姓名",
    "Russian": "Логин,Электронная почта,Полное имя",
    "shouted": "USER_NAME,E_MAIL,FULL NAME",
    "full width": "ｕｓｅｒｎａｍｅ,ｅｍａｉｌ,ｎａｍｅ",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_header_is_understood_in_many_languages(language: str) -> None:
    frame = read_csv("people.csv", LANGUAGES[language] + "\nann,ann@example.com,Ann Lee\n")
    assert frame[["username", "email", "name"]].values.tolist() == [["ann", "ann@example.com", "Ann Lee"]]
    assert read_as(frame) == "read as: commas, header, 1 person"


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [("Vorname;Nachname;E-Mail", "Ann;Lee;ann@example.com", "Ann Lee"),
     ("Nachname;Vorname;E-Mail", "Lee;Ann;ann@example.com", "Ann Lee"),
     ("名,姓,メール", "陽子,山田,ann@example.com", "山田 陽子"),
     ("firstname,lastname,email", "Ann,,ann@example.com", "Ann"),
     ("First Name [Required],Last Name [Required],Email Address [Required]", "Ann,Lee,ann@example.com",
      "Ann Lee")],
)  # fmt: skip
def test_halves_of_a_name_make_one(header: str, row: str, name: str) -> None:
    frame = read_csv("people.csv", f"{header}\n{row}\n")
    assert frame["name"].tolist() == [name]


@pytest.mark.parametrize(
    ("text", "columns"),
    [("Ann Lee,ann@example.com,ann\nBo Di,bo@example.com,bo\n", "name, email, username"),
     ("ann@example.com,Ann Lee,ann\nbo@example.com,Bo Di,bo\n", "email, name, username"),
     ("Ann Lee,ann,ann@example.com\nBo,bo,bo@example.com\n", "name, username, email"),
     ("ann,Ann Lee,ann@example.com\nbo,Bo Di,bo@example.com\n", "username, name, email"),
     ("ann,ann@example.com\nbo,bo@example.com\n", "username, email"),
     ("Ann Lee;ann@example.com\nBo Di;bo@example.com\n", "name, email"),
     ("ann@example.com\tAnn Lee\nbo@example.com\tBo Di\n", "email, name"),
     ("ann@example.com,ann@example.com,Ann\nbo@example.com,bo@example.com,Bo\n", "username, email, name"),
     ("ann,,Ann Lee\nbo,,Bo\n", "username, email, name")],
)  # fmt: skip
def test_without_a_header_the_cells_tell_the_columns(text: str, columns: str) -> None:
    frame = read_csv("people.csv", text)
    assert f"no header ({columns}), 2 people" in read_as(frame)
    assert "@" not in "".join(frame["name"].dropna())


def test_addresses_alone_are_people() -> None:
    frame = read_csv("people.csv", "ann@example.com\nbo@example.com\n")
    assert frame["email"].tolist() == ["ann@example.com", "bo@example.com"]
    assert read_as(frame) == "read as: one column, no header (email), 2 people"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Foo,Bar,Baz\nann,ann@example.com,Ann\n", "names no columns that are known ('Foo', 'Bar', 'Baz')"),
        ("Foo,Bar\nann,ann@example.com\n", "names no columns that are known ('Foo', 'Bar')"),
        ("Foo\nann@example.com\n", "names no columns that are known ('Foo')"),
        ("ann,ann@example.com,Ann,it\n", "4 columns and no header"),
        ("ann@example.com,ann@example.org\n", "2 columns with addresses and no header"),
        ("ann@example.com,ann\nbo@example.com,bo\n", "2 columns and no header"),
        ("ann@example.com,ann,ann\nbo@example.com,bo,bo\n", "3 columns and no header"),
        ("a\nb\n", "no address in it"),
        ("username,email,shoe size\nann,ann@example.com,40\n", "shoe size: no column of people"),
        ("username,email,,name\nann,ann@example.com,,Ann\n", "(empty): no column of people"),
        ("username,email,mail\nann,ann@example.com,ann@example.org\n", "email: named twice"),
        ("username,username,email\nann,bo,ann@example.com\n", "username: named twice"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_refused(text: str, problem: str) -> None:
    with pytest.raises(UsersError) as caught:
        read_csv("people.csv", text)
    assert problem in str(caught.value)
    assert caught.value.rows[0][0] == 1


def test_no_refusal_shows_what_may_be_a_password() -> None:
    for text in (
        "ann,ann@example.com,Ann,P@ssw0rd\n",
        "ann,,Ann,Passw0rd\n",
        "Ann,Passw0rd\nann,bo@example.com\n",
    ):
        with pytest.raises(UsersError) as caught:
            read_csv("people.csv", text)
        assert "ssw0rd" not in str(caught.value)


@pytest.mark.parametrize("word", ["login", "user principal name", "Username"])
def test_names_to_log_in_with_that_are_addresses_are_these_where_there_are_no_others(word: str) -> None:
    frame = read_csv("people.csv", f"{word},Display name\nann@example.com,Ann\nbo@example.com,Bo\n")
    assert frame["email"].tolist() == ["ann@example.com", "bo@example.com"]
    both = read_csv("people.csv", f"{word},email\nann@example.com,ann@example.org\n")
    assert both["username"].tolist() == ["ann@example.com"]


def test_a_column_of_addresses_is_that_of_the_addresses_whatever_it_is_called() -> None:
    frame = read_csv("people.csv", "login,contact,department\nann,ann@example.com,IT\n")
    assert frame["email"].tolist() == ["ann@example.com"]
    assert "columns left out: department" in read_as(frame)


def test_of_two_columns_for_a_name_the_fuller_counts_and_the_other_is_told() -> None:
    text = "username,email,fullname,displayname,userid\nann,ann@example.com,Ann Lee,annie,U7\n"
    frame = read_csv("people.csv", text)
    assert frame[["name", "import_id"]].values.tolist() == [["Ann Lee", "U7"]]
    assert read_as(frame).endswith("columns left out: displayname")


def test_the_words_are_plain_and_mean_one_thing_each() -> None:
    assert all(word and plain(word) == word for word in (*WORDS, *OTHERS))
    assert not OTHERS & WORDS.keys()
