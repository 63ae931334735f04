"""Write data/payloads/people.csv: 500 people as a careless export has them, the same at every run.

Needs nothing but the standard library, so no package's next version changes the file.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

PATH = Path(__file__).parent.parent / "data" / "payloads" / "people.csv"

# Per culture: how a name is written, ten given and five family names, each with its Latin letters.
CULTURES = [
    (
        "{given} {family}",
        "Anna Björn:bjoern Cäcilie:caecilie Dieter Elif Franz Grete Jörg:joerg Käthe:kaethe Uwe",
        "Schmidt Müller:mueller Weiß:weiss Vogel Sørensen:soerensen",
    ),
    (
        "{given} {family}",
        "Łukasz:lukasz Małgorzata:malgorzata Zofia Józef:jozef Ewa Paweł:pawel Kinga Marek Olga Jan",
        "Wójcik:wojcik Nowak Zięba:zieba Mazur Śliwa:sliwa",
    ),
    (
        "{given} {family} Núñez",
        "José:jose María:maria Íñigo:inigo Begoña:begona Ana Luis Raúl:raul Inés:ines Pilar Hugo",
        "García:garcia Ibáñez:ibanez Peña:pena Ruiz Gil",
    ),
    (
        "{given} {family}",
        (
            "Zoé:zoe Maud François:francois Anaïs:anais Noël:noel Léa:lea Jean-Luc:jean-luc "
            "Aimé:aime Guy Inès:ines"
        ),
        "D'Amboise:damboise Lefèvre:lefevre Gagné:gagne Roy L'Écuyer:lecuyer",
    ),
    (
        "{given} {family}",
        "Ayşe:ayse Çağlar:caglar Emine İbrahim:ibrahim Gökhan:gokhan Şule:sule Umut Ömer:omer Hatice Deniz",
        "Yılmaz:yilmaz Öztürk:ozturk Doğan:dogan Kaya Çelik:celik",
    ),
    (
        "{given} {family}",
        (
            "Ελένη:eleni Νίκος:nikos Άννα:anna Γιώργος:giorgos Ζωή:zoi Πέτρος:petros Ήρα:ira "
            "Λέων:leon Μάρω:maro Άρης:aris"
        ),
        "Λάζος:lazos Ρήγα:riga Κόκκου:kokkou Βέης:veis Σάββα:savva",
    ),
    (
        "{given} {family}",
        (
            "Ольга:olga Пётр:pyotr Жанна:zhanna Юрий:yuriy Анна:anna Глеб:gleb Илья:ilya Эмма:emma "
            "Фёкла:fyokla Яна:yana"
        ),
        "Гоголь:gogol Чиж:chizh Шевченко:shevchenko Ковач:kovach Грач:grach",
    ),
    (
        "{given} {family}",
        (
            "ليلى:layla يوسف:yusuf فاطمة:fatima عمر:umar سارة:sara خالد:khalid نور:nur حسن:hasan "
            "هدى:huda علي:ali"
        ),
        "الحداد:alhaddad خوري:khoury النجار:alnajjar منصور:mansour سالم:salim",
    ),
    (
        "{family} {given}",
        "陽子:yoko 健太:kenta 美咲:misaki 翔:sho 結衣:yui 蓮:ren 葵:aoi 大輔:daisuke 恵:megumi 修:osamu",
        "山田:yamada 佐藤:sato 鈴木:suzuki 高橋:takahashi 渡辺:watanabe",
    ),
    (
        "{family}{given}",
        "伟:wei 芳:fang 秀英:xiuying 敏:min 静:jing 强:qiang 磊:lei 洋:yang 艳:yan 杰:jie",
        "王:wang 李:li 张:zhang 刘:liu 陈:chen",
    ),
]
DOMAINS = ("example.com", "example.org", "example.net")


def names() -> list[tuple[str, str]]:
    """Return 500 people: the name as written, and the username."""
    people = []
    for written, given, family in CULTURES:
        for first in given.split():
            for last in family.split():
                (own, _, own_latin), (house, _, house_latin) = first.partition(":"), last.partition(":")
                username = f"{(own_latin or own).lower()}.{(house_latin or house).lower()}"
                people.append((written.format(given=own, family=house), username))
    # 137 has no factor in common with 500: everybody once, no two neighbours of one culture
    return [people[at * 137 % len(people)] for at in range(len(people))]


def rows() -> list[list[str]]:
    """Return username, e-mail and name of each, with the faults of an export."""
    taken: dict[str, int] = {}
    made: list[list[str]] = []
    for at, (name, latin) in enumerate(names()):
        taken[latin] = taken.get(latin, 0) + 1
        username = latin + (str(taken[latin]) if taken[latin] > 1 else "")
        made.append([username, f"{username}@{DOMAINS[at % 3]}", name])
        row = made[at]
        if at % 37 == 36:
            row[1] = made[at - 20][1]  # the address of somebody before
        if at % 53 == 52:
            row[0] = made[at - 20][0]
        if at % 43 == 42:
            row[1] = ""
        if at % 97 == 96:
            row[0] = ""
        if at % 17 == 16:
            row[2] = f"{name}, PhD"
        if at % 23 == 22:
            row[2] = f'{name} ("{latin[:3].title()}")'
        if at % 61 == 60:
            row[1] += " "
    made[250][1] = "fail.server-error+1@example.com"  # decides its outcome by itself
    return made


def text() -> str:
    """Return the file: a byte-order mark, a header, and a blank line after every hundred people."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["Username", "E-Mail", "Name"])
    for at, row in enumerate(rows(), start=1):
        writer.writerow(row)
        if at % 100 == 0:
            file.write("\r\n")
    return "\ufeff" + file.getvalue()


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8", newline="")
