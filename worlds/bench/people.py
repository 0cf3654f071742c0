"""Names of made-up companies and persons, and the forms in which payers and banks write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worlds.bench.dice import Dice


@dataclass(frozen=True, slots=True)
class Tongue:
    """The words of one country's company names."""

    first: tuple[str, ...]
    trade: tuple[str, ...]
    legal: tuple[str, ...]
    given: tuple[str, ...]
    stems: tuple[str, ...]
    ends: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


ENGLISH = Tongue(
    _words(
        "Hargreaves Pemberton Thistlewood Ashdown Kestrel Marlow Fenwick Oakridge Brindley Tarrant"
        " Wexcombe Dunmore Harcourt Selby Northgate Langdale Whitcombe Redfern Bramley Castleton"
        " Elmsworth Farrow Gilchrist Holloway Ingleby Jarrow Kingsley Lockhart Merrick Netherton"
        " Ormskirk Penrith Quayle Rothwell Stanmore Tiverton Underhill Verwood Wainfleet Yardley"
        " Aldous Birkett Colvin Drayton Eversley Foxton Garside Hepworth"
    ),
    _words(
        "Joinery Dental_Care Plumbing_&_Heating Architects Logistics Property_Management Catering"
        " Veterinary_Clinic Accountancy Roofing Electrical Landscapes Recruitment Interiors"
        " Security_Services Motor_Company Brewing_Co Nurseries Engineering Print_Works Scaffolding"
        " Training Lettings Farms"
    ),
    _words("Ltd Limited LLP Ltd Ltd PLC"),
    _words("Helen James Priya Gareth Susan Mohammed Claire Andrew Fiona Olu"),
    _words(
        "Ash Brad Cran Dun Elm Fair Gold Hather Ink Kirk Lyn Mar Nor Oak Pem Rush Stan Thorn Wake"
    ),
    _words("well ford ton ley bury wood stead field brook sham"),
)
AMERICAN = Tongue(
    _words(
        "Prairie_State Blue_Ridge Great_Lakes Cascade Lone_Star Tidewater Keystone Summit Ironwood"
        " Granite_Bay Harbor_Point Red_River Pioneer Cumberland Sierra Magnolia Buckeye"
        " Old_Dominion"
        " Allegheny Mesa_Verde Copperfield Northwind Heartland Silver_Creek Big_Sky Palmetto Bayou"
        " Ozark Delaware_Valley High_Desert Front_Range Shenandoah Chesapeake Wabash Kenai Saginaw"
    ),
    _words(
        "Supply Industrial_Supply Fasteners Building_Products Foods Hardware Medical_Distributors"
        " Auto_Parts Electric Packaging Steel Pools_&_Spas Restaurant_Supply Paper Tire Lumber"
        " Beverage Plumbing_Supply"
        " Equipment_Rental Home_Centers Grocers Tools"
    ),
    _words("Inc LLC Corp Co Inc Company"),
    _words("Linda Robert Maria Kevin Patricia Darnell Susan Jorge Emily Todd"),
    _words("Stone River Pine Clear Rock Cedar Lake West Fair Glen Maple Brook Eagle Wolf Sun Oak"),
    _words("side view ridge port land dale hurst mont crest haven"),
)
GERMAN = Tongue(
    _words(
        "Müller Schäfer Köhler Brandt Lindner Vögele Hofmann Krüger Weiß Jäger Böhm Schröder Fuchs"
        " Öttinger Grünwald Baumgärtner Kästner Löwe Pfeiffer Roth Sauer Thielemann Ulmer Wörner"
        " Zöller Dietrich Engelhardt Friedrichs"
    ),
    _words(
        "Maschinenbau Metallbau Anlagentechnik Werkzeuge Antriebstechnik Kunststofftechnik"
        " Elektrotechnik Feinmechanik Verpackungen Gießerei Fördertechnik Blechtechnik"
        " Sondermaschinen"
        " Hydraulik"
    ),
    _words("GmbH AG GmbH_&_Co._KG KG GmbH e.K."),
    _words("Jürgen Sabine Björn Heike Uwe Käthe Stefan Anja"),
    _words("Alten Berg Eichen Falken Grün Hohen Kalten Linden Neu Ober Rosen Stein Wald Wölfers"),
    _words("bach berg brunn dorf feld hausen heim mühl stein tal"),
)
FRENCH = Tongue(
    _words(
        "Lefèvre Béranger Château-Neuf Duprès Gérard Hébrard Lacombe Maréchal Noël Prévost Rénier"
        " Sévigné Tréguier Valléry Aubépine Côte-d'Or"
    ),
    _words("Mécanique Industries Outillage Plasturgie Emballages Fonderie Électricité Négoce"),
    _words("SARL SAS SA SAS"),
    _words("Hélène François Amélie Benoît Chloé Mathieu"),
    _words("Beau Clair Mont Roche Saint- Val Haute Bel Fon Mar"),
    _words("mont ville fort val rive champ court pré"),
)
LATIN = Tongue(
    _words(
        "Bianchi Ferraro Martínez Núñez Oliveira Conti D'Amico Gallo Ibáñez Peña Sørli-Costa Rossi"
        " Marchetti Zubiría Ávila Beltrán"
    ),
    _words("Meccanica Industriale Costruzioni Talleres Componentes Suministros Logistica Impianti"),
    _words("S.r.l. S.p.A. S.L. S.A. Lda"),
    _words("Giulia Marco Íñigo Lucía João Chiara"),
    _words("Bella Castel Monte Rocca Villa Alta Campo Santa Fuente Sierra"),
    _words("nova franca marina verde dolce longa real mora"),
)
NORDIC = Tongue(
    _words(
        "Øvrebø Håkansson Sjöberg Bjørnstad Ångström Mäkelä Hämäläinen Strömberg Fjeld Lindqvist"
        " Nygård Østby Pöysti Rødland Söderholm Tveit Väinölä Ålesund Brekke Grønli Hagström"
        " Jokinen"
    ),
    _words("Bygg Fisk Energi Verksted Eiendom Elektro Rakennus Kuljetus Trä Mekaniska Entreprenør"),
    _words("AS AB Oy AS AB Oyj"),
    _words("Åse Björn Päivi Øystein Märta Jukka Sølvi"),
    _words("Berg Dal Ek Fjord Gran Holm Kvist Lund Nord Strand Vest Öst Sjø"),
    _words("berg dal gren heim lund mark nes ström vik ås"),
)
SWISS_BELGIAN = Tongue(
    _words(
        "Zürcher Bärtschi Gämperli Vandenbroucke De_Smedt Brügger Peeters Rüegg Claeys Nägeli"
        " Van_Hoecke Schärli Wouters Wälti Delvaux Küng"
    ),
    _words("Treuhand Bau Uhren Apotheke Garage Immobilien Bouw Techniek Drukkerij Horeca"),
    _words("AG GmbH NV BV SA SRL"),
    _words("Urs Béatrice Joris Annelies Reto Élodie"),
    _words("Hof Linden Zur Ober Nieder Van_der_ Berg Wald Kers Molen"),
    _words("mann matt bach burg ghem straeten beke wil egg"),
)
TONGUES = {
    "GB": ENGLISH,
    "US": AMERICAN,
    "DE": GERMAN,
    "AT": GERMAN,
    "FR": FRENCH,
    "IT": LATIN,
    "ES": LATIN,
    "NO": NORDIC,
    "SE": NORDIC,
    "FI": NORDIC,
    "CH": SWISS_BELGIAN,
    "BE": SWISS_BELGIAN,
}
# Shorter words are neither cut nor misspelled; so few letters of one may be anybody's.
SHORTEST, SHORT_CUT = 4, 2
PLACES = _words("North South City West Group Services Holdings Europe Central International")
LEGAL = re.compile(
    r"\b(LTD|LIMITED|LLP|PLC|INC|LLC|CORP|CO|COMPANY|GMBH|AG|KG|EK|SARL|SAS|SA|SRL|SPA|SL|LDA|AS"
    r"|AB|OYJ?|NV|BV)\b"
)
SPREAD = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"}
    | {"Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Ø": "Oe", "Å": "Aa", "Æ": "Ae"}
)
STRIPPED = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE"})


def company(rng: Dice, country: str) -> str:
    """Make a company's name as its country writes them."""
    tongue = TONGUES[country]
    first, trade = _first(rng, tongue), rng.choice(tongue.trade)
    if rng.likely(0.12):
        first = f"{first} & {_first(rng, tongue)}"
    elif rng.likely(0.1):
        first = f"{first} {rng.choice(PLACES)}"
    return f"{first} {trade} {rng.choice(tongue.legal)}"


def sibling(rng: Dice, name: str) -> str:
    """Give a name that is easily taken for this one: another place, spelling or legal form."""
    words = name.split()
    if rng.likely(0.15):
        forms = [form for tongue in TONGUES.values() for form in tongue.legal]
        return f"{strip_legal(name)} {rng.choice([one for one in forms if one not in name])}"
    if rng.likely(0.5):
        return " ".join([words[0], rng.choice(PLACES), *words[1:]])
    if len(words[0]) > SHORTEST and rng.likely(0.5):
        swaps = {"e": "i", "i": "y", "o": "u", "a": "e", "s": "z"}
        at = next((i for i, c in enumerate(words[0]) if i and c in swaps), 1)
        words[0] = words[0][:at] + swaps.get(words[0][at], "r") + words[0][at + 1 :]
        return " ".join(words)
    return " ".join([words[0], rng.choice(PLACES), words[-1]])


def person(rng: Dice, country: str) -> str:
    """Make a person who might pay for a company of that country."""
    tongue = TONGUES[country]
    return f"{rng.choice(tongue.given)} {_first(rng, tongue)}"


def _first(rng: Dice, tongue: Tongue) -> str:
    """Give a name of the country, or make one of its syllables: there are many companies."""
    if rng.likely(0.4):
        return rng.choice(tongue.first)
    return rng.choice(tongue.stems) + rng.choice(tongue.ends)


def trading_name(rng: Dice, name: str) -> str:
    """Make a name that has little in common with the registered one."""
    first = strip_legal(name).split()[0]
    initials = "".join(word[0] for word in plain(name).split())
    return rng.choice(
        (
            f"The {first} {rng.choice(('Works', 'House', 'Rooms', 'Yard', 'Studio'))}",
            f"{initials} {rng.choice(('Group', 'Trading'))}",
            rng.choice(("Bright", "Urban", "Nova", "Apex", "Delta", "Orbit"))
            + rng.choice(("line", "point", "mark", "wave", "cast")),
        )
    )


def plain(name: str, *, spread: bool = False) -> str:
    """Write a name as old bank systems do: capitals A to Z, digits and blanks.

    >>> plain("Müller & Söhne GmbH", spread=True)
    'MUELLER SOEHNE GMBH'
    """
    text = name.translate(SPREAD if spread else STRIPPED)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    text = text.replace(".", "").replace("'", "")
    return " ".join(re.sub(r"[^A-Z0-9]+", " ", text).split())


def strip_legal(name: str) -> str:
    """Leave the legal form out.

    >>> strip_legal("Marlow Dental Care Ltd")
    'Marlow Dental Care'
    """
    words = name.split()
    while len(words) > 1 and (words[-1] == "&" or LEGAL.fullmatch(plain(words[-1]))):
        words.pop()
    return " ".join(words)


def shortened(rng: Dice, name: str) -> str:
    """Shorten a name as clerks do: words cut, vowels dropped."""
    words = plain(strip_legal(name)).split()
    short = [word if len(word) <= SHORTEST else _cut(rng, word) for word in words[1:]]
    return " ".join([words[0], *short])


def _cut(rng: Dice, word: str) -> str:
    if rng.likely(0.5):
        return word[: rng.randint(3, 5)]
    return word[0] + re.sub("[AEIOU]", "", word[1:])


def written(rng: Dice, name: str, chars_max: int) -> str:
    """Write a company's name in one of the ways it stands on bank lines."""
    forms = (
        lambda: plain(name),
        lambda: plain(name, spread=True),
        lambda: plain(strip_legal(name)),
        lambda: strip_legal(name),
        lambda: name,
        name.upper,
        lambda: shortened(rng, name),
        lambda: plain(name.replace("&", "AND").replace("Limited", "LTD")),
    )
    return rng.choices(forms, (5, 3, 3, 1, 2, 2, 2, 2))[0]()[:chars_max].strip()


def could_be(seen: str, name: str) -> bool:
    """Tell whether a reasonable reader may take a written name for this company's.

    Each word seen has to shorten a word of the name, in order, the first with the first.
    """
    words = LEGAL.sub("", plain(seen).replace(" AND ", " ")).split()
    return bool(words) and any(_shortens(words, whole) for whole in _spellings(name))


@cache
def _spellings(name: str) -> tuple[list[str], list[str]]:
    bare = strip_legal(name)
    return plain(bare).split(), plain(bare, spread=True).split()


def _shortens(words: list[str], whole: list[str]) -> bool:
    at = 0
    for number, word in enumerate(words):
        while at < len(whole) and not _is_short_for(word, whole[at]):
            if number == 0:
                return False
            at += 1
        if at == len(whole):
            return False
        at += 1
    return True


def _is_short_for(word: str, whole: str) -> bool:
    if word == whole or (len(word) > 1 and whole.startswith(word)):
        return True
    letters = iter(whole)
    return len(word) > SHORT_CUT and word[0] == whole[0] and all(c in letters for c in word)
