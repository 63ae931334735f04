"""What headers call the columns of people, in the languages and programs that are met most.

Facts only: which cell is a header is decided in `header`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from simimport.model import columns
from simimport.model.people.api_body import KEYS

__all__ = ["FAMILY", "GIVEN", "OTHERS", "WORDS", "plain"]

#: Halves of a name, which make one where no column has the whole.
GIVEN, FAMILY = "given name", "family name"

_NOT_WORD = re.compile(r"[\W_]+")
_REMARK = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*")


def plain(cell: str) -> str:
    """Return a cell of a header in small letters, without accents, signs, blanks and remarks in brackets."""
    bare = _REMARK.sub("", cell) or cell
    parted = unicodedata.normalize("NFKD", bare.casefold())
    letters = "".join(character for character in parted if not unicodedata.combining(character))
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", letters)).replace("ł", "l").replace("ø", "o")


_LISTED: Mapping[str, str] = {
    "email": """
        email, emails, e-mail address, email addresses, mail, mails, mail address, primary email,
        primary email address, primary smtp address, work email, emailaddress1,
        Mailadresse, E-Mail-Adresse, E-Mail-Adressen, Mail-Adresse,
        courriel, adresse e-mail, adresse mail, adresse courriel, adresse électronique, mél,
        correo, correo electrónico, dirección de correo, dirección de correo electrónico, e-mail indirizzo,
        indirizzo e-mail, indirizzo mail, indirizzo di posta elettronica, posta elettronica,
        endereço de e-mail, endereço de correio eletrónico, correio eletrónico, correio eletrônico,
        e-mailadres, mailadres, adres e-mail, adres mailowy, adres poczty elektronicznej, poczta,
        e-postadress, e-post, epost, mejl, e-postadresse, mailadresse, e-mailadresse,
        e-mailová adresa, e-mailova adresa,
        メール, メールアドレス, eメール, 電子メール, 电子邮件, 电子邮箱, 邮箱, 邮箱地址, 邮件地址,
        電子郵件, 電子信箱,
        почта, электронная почта, эл почта, адрес электронной почты, имейл, адрес почты
    """,
    "username": """
        username, user name, user, login, login name, logon name, account, account name, nickname, nick, uid,
        user principal name, upn, samaccountname, mailnickname,
        Anmeldename, Benutzername, Nutzername, Benutzer, Benutzerkennung, Kennung, Login-Name, Kontoname,
        identifiant, nom d'utilisateur, nom utilisateur, utilisateur, pseudo, compte,
        usuario, nombre de usuario, cuenta, nome utente, utente, usuário, nome de usuário, utilizador,
        nome de utilizador, gebruikersnaam, gebruiker, inlognaam, accountnaam,
        nazwa użytkownika, użytkownik, användarnamn, användare, inloggningsnamn, brugernavn, bruger,
        brukernavn, bruker, uživatelské jméno, uživatel, přihlašovací jméno,
        ユーザー名, ユーザ名, ユーザーネーム, ユーザーid, ログイン名, 用户名, 帐号, 账号, 登录名,
        使用者名稱, 帳號,
        логин, имя пользователя, пользователь, учетная запись
    """,
    "name": """
        name, full name, real name, display name, displayed name, common name, cn, whole name,
        Anzeigename, vollständiger Name, voller Name, kompletter Name,
        nom complet, nom affiché, nom et prénom, nom d'affichage, nombre completo, nombre y apellidos,
        nombre para mostrar, nome completo, nome e cognome, nome visualizzato, nome de exibição,
        volledige naam, naam, weergavenaam, imię i nazwisko, pełna nazwa, nazwa wyświetlana,
        fullständigt namn, namn, visningsnamn, fulde navn, fuldt navn, navn, fullt navn, visningsnavn,
        celé jméno, jméno a příjmení, zobrazované jméno,
        氏名, 名前, 表示名, フルネーム, 姓名, 显示名, 显示名称, 名字, 名稱, 顯示名稱,
        полное имя, имя и фамилия, фио, отображаемое имя
    """,
    GIVEN: """
        first name, firstname, given name, forename, Vorname, prénom, nombre, nombre de pila, nome,
        nome próprio, primeiro nome, voornaam, imię, förnamn, fornavn, jméno, křestní jméno, 名, 名字, имя
    """,
    FAMILY: """
        last name, lastname, surname, family name, sn, Nachname, Familienname, nom de famille, nom, apellido,
        apellidos, cognome, sobrenome, apelido, achternaam, nazwisko, efternamn, efternavn, etternavn,
        příjmení, 姓, фамилия
    """,
    "import_id": """
        import id, import ids, id, user id, external id, employee id, object id, personnel number,
        Personalnummer, Mitarbeiternummer, matricule, numéro, número de empleado, matricola, matrícula,
        personeelsnummer, numer pracownika, 社員番号, 工号, 員工編號, табельный номер
    """,
    "extra_emails": """
        extra emails, secondary email, work secondary email, home secondary email, alternate email address,
        alternate email, further emails, weitere E-Mail-Adressen, zweite E-Mail-Adresse
    """,
    "roles": "roles, role, Rolle, Rollen, rôle, rôles, rol, ruolo, ruoli, rola, roller, функции, роль, роли",
    "utc_offset": "utc offset",
    "password": """
        password, passwort, kennwort, mot de passe, contraseña, senha, wachtwoord, hasło, lösenord,
        adgangskode, passord, heslo, パスワード, 密码, 密碼, пароль, password hash function,
        temporary password
    """,
}  # fmt: skip

#: Columns that lists of people have and an import does not: left out, and told.
_OTHERS = """
    department, Abteilung, service, departamento, reparto, afdeling, dział, avdelning, avdeling,
    oddělení, 部署, 部门,
    部門, отдел, company, organization, organisation, Firma, société, empresa, azienda, bedrijf, cohort1,
    title, job title, position, Funktion, Titel, phone, phone number, mobile phone, mobile,
    telephone, Telefon,
    Telefonnummer, téléphone, teléfono, telefono, telefone, telefoon, 電話, 电话, телефон, fax, office,
    office number, office phone, address, street address, city, Stadt, Ort, ville, ciudad, città, town,
    state, state or province, province, zip, postal code, zip or postal code, PLZ, country,
    country or region, country/region, language, lang, preferred language, locale, time zone, timezone,
    last sign in, last login, last access, last seen, created, created at, created on,
    when created, updated at,
    org unit path, new primary email, recovery email, home recovery email, recovery phone, status,
    2sv enrolled,
    block credential, dirsyncenabled, last dirsync time, last password change time stamp,
    license assignment details, licenses, oath token metadata, password never expires,
    preferred data location, proxy addresses, release track, soft deletion time stamp,
    strong password required, usage location, billing active, has 2fa, has sso,
    expiration timestamp, auth, course1,
    enabled, email verified, created timestamp, groups, group, manager, employee type,
    cost center, building id, floor name, floor section, change password at next sign-in, comment,
    comments, notes, gender
"""


def _words(text: str) -> list[str]:
    return [plain(word) for word in text.split(",") if word.strip()]


def _table() -> dict[str, str]:
    found: dict[str, str] = {}
    for column, text in _LISTED.items():
        for word in _words(text):
            # what could be two, such as the Chinese for a name, is what stands first
            found.setdefault(word, column)
    own = {plain(column): column for column in columns.names("users")}
    return found | {plain(key.name): key.column for key in KEYS} | own


#: The column, a half of a name, or ``password``, by the plain word of a header.
WORDS = _table()
OTHERS = frozenset(_words(_OTHERS)) - WORDS.keys()
