"""Sums of money: the signs, codes and names of currencies around a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from textmine.nlp.measure import Measured, per
from textmine.nlp.numbers import Number, find_numbers, tidy
from textmine.nlp.vocabulary import read_rules


@dataclass(frozen=True, slots=True)
class _Currencies:
    before: re.Pattern[str]
    after: re.Pattern[str]
    codes: dict[str, str]
    minor: dict[str, str]
    shared: dict[str, dict[str, Any]]


#: Codes that are written in small letters, too; others are words ("all", "try", "cup").
_SMALL_CODES = "usd|eur|gbp|rmb|cny|jpy|inr|aud|cad|nzd|hkd|sgd|chf|krw|brl|mxn|zar|btc|eth"
#: "MEUR 60", "120 MSEK", "EURm": millions.
_MILLION_CODES = "EUR|USD|GBP|SEK|NOK|DKK|CHF|AUD|CAD|PLN|INR"


@lru_cache(maxsize=1)
def _currencies() -> _Currencies:
    table = dict(read_rules("currencies"))
    shared = table.pop("shared")
    symbols: dict[str, str] = {}
    words: dict[str, str] = {}
    minor: dict[str, str] = {}
    for code, entry in table.items():
        symbols.setdefault(code, code)
        for symbol in entry["symbols"]:
            symbols.setdefault(symbol, code)
        for word in entry["words"]:
            for form in (word, f"{word}s"):
                words.setdefault(form, code)
        for word in entry.get("minor", []):
            for form in (word, f"{word}s"):
                minor.setdefault(form, code)
    whole = {name: entry["default"] for name, entry in shared.items() if name != "cent"}
    words.update(whole | {f"{name}s": code for name, code in whole.items()})
    for code in _SMALL_CODES.split("|"):
        symbols.setdefault(code, symbols.get(code.upper(), code.upper()))
    # "A $5m plan" is in no Australian dollars: single letters stand close to their "$", but for "C $".
    spaced = [s for s in symbols if re.fullmatch(r"[A-Za-z.]{2,}\$|C\$", s)]
    for symbol in spaced:  # "hk $", "US $", "C $", "usd$"
        symbols[symbol.upper().replace(".", "")] = symbols[symbol]
    for code in ("USD", "AUD", "CAD", "NZD", "HKD", "SGD"):
        symbols.setdefault(f"{code}$", code)
    letters = {s[:-1] for s in symbols if re.fullmatch(r"[A-Za-z.]{2,}\$|C\$", s)}
    dollars = "|".join(re.escape(s) for s in sorted(letters, key=len, reverse=True))
    plain = sorted((s for s in symbols if s not in spaced), key=len, reverse=True)
    named = sorted([*words, *minor], key=len, reverse=True)
    after = "|".join(re.escape(word) for word in named)
    codes = "|".join(re.escape(s) for s in plain if len(s) > 1 or not s.isalpha())
    return _Currencies(
        re.compile(
            rf"(?<![A-Za-z])(?P<symbol>(?i:{dollars})\s?\$|[Uu]\.[Ss]\.?\s?\$|(?P<million>M(?:{_MILLION_CODES}))"
            rf"|{'|'.join(re.escape(s) for s in plain)})\s?$"
        ),
        re.compile(
            rf"[\s-]?(?:(?P<word>(?i:{after}))(?!\w|-(?!an?-|per-))|(?P<code>{codes})(?!\w)"
            rf"|(?P<million>(?i:m(?:{_MILLION_CODES})\b)|(?:{_MILLION_CODES})m\b))"
        ),
        {**symbols, **words},
        minor,
        shared,
    )


def _resolve(word: str, context: str) -> str | None:
    """Return a currency's code; one name of several currencies is told by the countries named."""
    tables = _currencies()
    single = word if word in tables.shared else word.removesuffix("s")
    entry = tables.shared.get(single)
    if not entry:
        return tables.codes.get(word)
    lowered = context.lower()
    counts = {
        code: sum(lowered.count(place) for place in places)
        for code, places in entry.items()
        if code != "default"
    }
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] else str(entry["default"])


_KNOWN_CODES = frozenset(
    "USD EUR GBP JPY CNY RMB INR AUD CAD NZD HKD SGD CHF SEK NOK DKK KRW BRL MXN ZAR AED SAR IDR MYR THB VND PHP TWD "
    "RUB PLN CZK HUF ILS EGP NGN KES PKR BDT LKR BTC ETH".split()
)
#: Words that are currencies and other things: "Team 2 won", "two real estate firms", "three crowns".
_AMBIGUOUS = {
    "won": "korea|seoul", "real": "brazil", "reals": "brazil", "sum": "uzbek", "sol": "peru", "sols": "peru", "kip": "lao",
    "crown": "czech|swed|norw|danish|denmark", "crowns": "czech|swed|norw|danish|denmark", "colon": "costa rica",
    "lev": "bulgari", "som": "uzbek|kyrgyz", "rand": "south africa|johannesburg|pretoria", "birr": "ethiopia",
}  # fmt: skip


def _is_sum_of(word: str, number: Number, context: str) -> bool:
    """Say whether an ambiguous word after a number is money: a large sum, or a country that has it is named."""
    if number.scaled or number.value >= 100:
        return True
    return number.value >= 10 and re.search(_AMBIGUOUS[word], context, re.IGNORECASE) is not None


#: "$ 10 dollars", "$75 U.S.", "$5 million Canadian": said twice, or said more exactly.
_AGAIN = re.compile(r"\s?(?P<word>U\.S\.(?!$)|US\b|Canadian\b|Australian\b|Singaporean\b)")
_NATIONS = {"C": "CAD", "A": "AUD", "S": "SGD", "U": "USD"}
_CENTS = re.compile(r"(?:\s|,? and )(?P<count>[\w-]+) (?:cents?|pence|kopecks?|sen|paise)\b")
#: "$9.50 or", "13 dollars 45": the cents alone, at the end.
_BARE_CENTS = re.compile(r"\s(?:and )?(?P<count>\d\d|[a-z]+(?:[ -][a-z]+)?)(?=[.!?]?$)")
#: "$100 and fifty".
_SPELLED_CENTS = re.compile(r" and (?P<count>[a-z]+(?:[ -][a-z]+)?)(?=[.!?]?$)")


@dataclass(frozen=True, slots=True)
class _Symbol:
    """A currency before a number: ``exact`` if it says more than a bare "$"."""

    code: str | None
    start: int
    factor: float = 1.0
    exact: bool = False


def _symbol_before(text: str, number: Number, context: str, *, has_own: bool) -> _Symbol:
    """Return the currency just before a number; ``has_own``: it has one after it, too."""
    tables, value, start = _currencies(), number.value, number.start
    before = tables.before.search(text[max(0, start - 10) : start])
    # "10 $ 30 $": a symbol between two numbers is the first one's if the second has its own.
    if before is None or (has_own and re.search(r"\d\s?$", text[: start - len(before.group(0))])):
        return _Symbol(None, start)
    symbol = before.group("symbol")
    is_spaced = before.group(0) != symbol
    # One capital letter is a currency only when glued to a large sum: "R500", not "K 20", "N95".
    is_letter = len(symbol) == 1 and symbol.isalpha()
    is_code = is_spaced or value < 100 or text[number.end : number.end + 1].isalnum()
    # "COP 27", "ALL 50": codes that are other things, too, stand before sums of money only.
    is_rare = re.fullmatch("[A-Z]{3}", symbol) and symbol not in _KNOWN_CODES
    is_sum = number.scaled or value >= 1000 or not value.is_integer()
    if (is_letter and is_code) or (is_rare and not is_sum):
        return _Symbol(None, start)
    million = before.group("million")
    name = million[1:] if million else symbol
    known = re.sub(r"[\s.]", "", name).upper() if name.endswith("$") else name
    code = _resolve(name, context) or tables.codes.get(known)
    return _Symbol(code, start - len(before.group(0)), 1e6 if million else 1.0, name != "$")


def money(text: str, number: Number, context: str) -> Measured | None:
    """Read an amount of money: "$2.3bn", "US$ 40 a tonne", "2.8 billion ringgit", "50 cents"."""
    tables = _currencies()
    value, end = number.value, number.end
    after = tables.after.match(text, end)
    before = _symbol_before(text, number, context, has_own=after is not None)
    code, start, factor, exact = before.code, before.start, before.factor, before.exact
    head = None
    if after:
        word = (after["word"] or "").lower() or after["code"] or ""
        if after["million"] and code is None:
            code, factor = after["million"].upper().strip("M"), 1e6
            end, head = after.end(), after.end() - 1
        elif word in tables.minor:
            if code is None:
                code, factor = tables.minor[word], 0.01
                end, head = after.end(), after.start("word")
        elif word in _AMBIGUOUS and code is None and not _is_sum_of(word, number, context):
            pass
        elif word and (code is None or after["word"]):
            named = _resolve(word, context) or tables.codes.get(word)
            of_weight = word in {"pound", "pounds"} and (
                re.match(r" of\b", text[after.end() :])
                or _WEIGHT.search(text)
                or (_BODY.search(text[: number.start]) and "£" not in context)
            )
            if code is None and of_weight:
                return None
            if code is None or named == code or (len(word.split()) > 1 and not exact):
                code, end = named, after.end()
                head = after.start("word") if after["word"] else after.start("code")
    if code is None and number.spelled is False and (pence := _PENCE.match(text, end)):
        code, factor, end = "GBP", 0.01, pence.end()
    if code is None and (cents := _CENTS_PER.match(text, end)):
        code, factor, end = _resolve("cent", context), 0.01, cents.end()
    if code is None or (number.suffix == "t" and before.code is None):
        return None
    value *= factor
    if factor == 1.0 and not number.scaled:
        value, end = _with_cents(text, value, end, code, named=after is not None)
    again = _AGAIN.match(text, end) if code == "USD" else None
    if again and text[start] == "$":
        code, end = _NATIONS[again["word"][0]], again.end()
    found_per = per(text, end)
    unit = None
    if found_per:
        end, unit = found_per
    return Measured(
        start, end, "money", tidy(value), unit, code, head if head is not None else number.end - 1,
        high=tidy(number.high * factor) if number.high is not None else None,
    )  # fmt: skip


_WEIGHT = re.compile(
    r"\b(?:weigh\w*|heav\w+|lighter|obes\w+|tons?|tonnes?|kilogram\w*|kilos?|kg|ounces?|diet\w*|calories)\b",
    re.IGNORECASE,
)
#: "to drop 25 pounds", "had put on almost thirty pounds".
_BODY = re.compile(
    r"\b(?:los(?:e|es|ing|t)|shed(?:s|ding)?|drop(?:s|ped|ping)?|gain(?:s|ed|ing)?|(?:put(?:s|ting)?|pack(?:s|ed|ing)?) on)"
    r"(?: (?:about|around|nearly|almost|some|over|another|more than|at least))? $"
)


def _with_cents(text: str, value: float, end: int, code: str, *, named: bool) -> tuple[float, int]:
    """Add the cents that follow a sum: "3 dollars 50 cents"; also bare: "13 dollars 45", "$100 and fifty"."""
    if code not in {"USD", "EUR", "GBP", "CAD", "AUD", "CNY"} or value != int(value):
        return value, end
    bare = _BARE_CENTS if named else _SPELLED_CENTS
    cents = _CENTS.match(text, end) or bare.match(text, end)
    found = find_numbers(cents["count"]) if cents else []
    if cents and len(found) == 1 and found[0].value < 100:
        return value + found[0].value / 100, cents.end()
    return value, end


#: "14.7c per share", "14.7C/ per security".
_CENTS_PER = re.compile(
    r"\s?[cC](?=\s?/?\s?(?:per|an?|each) (?:shares?|security|unit|litre|liter|kilo\w*|kWh|pound|lb|gallon|minute|tonne|bushel)\b)"
)
#: "118.5p" is pence, "1080p" is a screen.
_PENCE = re.compile(r"p(?![\w.]\w|\w)(?<!480p)(?<!720p)(?<!1080p)(?<!1440p)(?<!2160p)")
