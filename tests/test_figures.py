"""Figures: values in every style read back, scales from lists, what a figure is about; hostile text."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from textmine.nlp.measure import percent, quantity
from textmine.nlp.money import money
from textmine.nlp.numbers import find_numbers
from textmine.steps import Miner

_SCALES = {"": 1, " thousand": 1e3, " million": 1e6, "m": 1e6, "bn": 1e9, " billion": 1e9, " trillion": 1e12,
           " lakh": 1e5, " crore": 1e7, " lakh crore": 1e12}  # fmt: skip
_CAPITALS = {" K": 1e3, " M": 1e6, " B": 1e9, " T": 1e12}
_BEFORE = {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "RMB ": "CNY", "HK$": "HKD", "A$": "AUD",
           "S$": "SGD", "Rs ": "INR", "₹": "INR", "RM": "MYR", "USD ": "USD", "R$": "BRL", "NT$": "TWD"}  # fmt: skip
_AFTER = {" dollars": "USD", " euros": "EUR", " yuan": "CNY", " won": "KRW", " yen": "JPY", " ringgit": "MYR",
          " Australian dollars": "AUD", " rupees": "INR", " EUR": "EUR"}  # fmt: skip


def grouped(value: int, style: str) -> str:
    """Write a whole number with the separators of a style."""
    if style == "indian" and value >= 100_000:
        head, tail = str(value)[:-3], str(value)[-3:]
        pairs = []
        while head:
            pairs.insert(0, head[-2:])
            head = head[:-2]
        return ",".join([*pairs, tail])
    return f"{value:,}" if style in {"western", "indian"} else str(value)


@given(st.integers(0, 10**9), st.sampled_from(["plain", "western", "indian"]))
def test_whole_numbers_read_back(value: int, style: str) -> None:
    (found,) = find_numbers(f"It made {grouped(value, style)} units")
    assert found.value == value


@given(
    st.decimals(1, 999, places=1),
    st.sampled_from(sorted(_SCALES)),
    st.sampled_from(sorted(_BEFORE)),
)
def test_money_with_a_symbol_reads_back(amount: object, scale: str, symbol: str) -> None:
    text = f"It paid {symbol}{amount}{scale} for it"
    (number,) = find_numbers(text)
    found = money(text, number, text)
    assert found is not None
    assert found.currency == _BEFORE[symbol]
    assert found.value == pytest.approx(float(str(amount)) * _SCALES[scale])


@given(st.decimals(1, 999, places=1), st.sampled_from(sorted(_CAPITALS)))
def test_a_capital_apart_from_its_sum_scales_it(amount: object, scale: str) -> None:
    (number,) = find_numbers(f"It paid ${amount}{scale} for it")
    assert number.value == pytest.approx(float(str(amount)) * _CAPITALS[scale])
    (number,) = find_numbers(f"It sold {amount}{scale} stickers")
    assert number.value == float(str(amount))


@given(
    st.decimals(1, 999, places=1),
    st.sampled_from([scale for scale in sorted(_SCALES) if scale not in {"m"}]),
    st.sampled_from(sorted(_AFTER)),
)
def test_money_in_words_reads_back(amount: object, scale: str, name: str) -> None:
    assume(name != " won" or scale or float(str(amount)) >= 100)  # "2 won" is no money
    text = f"It paid {amount}{scale}{name} for it"
    (number,) = find_numbers(text)
    found = money(text, number, text)
    assert found is not None
    assert (found.currency, text[found.start : found.end]) == (
        _AFTER[name],
        f"{amount}{scale}{name}",
    )
    assert found.value == pytest.approx(float(str(amount)) * _SCALES[scale])


@given(st.decimals(0, 500, places=2), st.sampled_from(["%", " %", " per cent", " percent", " pct"]))
def test_shares_read_back(amount: object, sign: str) -> None:
    text = f"It rose {amount}{sign} on the day"
    (number,) = find_numbers(text)
    found = percent(text, number, text)
    assert found is not None
    assert found.value == float(str(amount))


@given(
    st.integers(2, 90_000),
    st.sampled_from(
        [("km", "kilometer"), (" hectares", "hectare"), ("-tonne", "tonne"), (" MW", "megawatt"), (" GWh", "gigawatt_hour"),
         (" square feet", "square_foot"), (" barrels per day", "barrel_per_day")]
    ),
)  # fmt: skip
def test_measures_read_back(amount: int, written: tuple[str, str]) -> None:
    text = f"It has {amount:,}{written[0]} now"
    (number,) = find_numbers(text)
    found = quantity(text, number, text)
    assert found is not None
    assert (found.value, found.unit) == (amount, written[1])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Market value:\n\nAramco: $212B\nTencent: $187\n\nIt sold coffee at $4.", [(212e9, False), (187e9, True), (4, False)]),
        ("Results (US$ million)\n\nRevenue $1,204\nCash $12.5\n\nIt paid $5.", [(1.204e9, True), (12.5e6, True), (5, False)]),
        ("It cost $212 billion.\n\nThe coffee cost $4.", [(212e9, False), (4, False)]),
    ],
)  # fmt: skip
def test_scale_of_a_list_is_told_as_inferred(
    miner: Miner, text: str, values: list[tuple[float, bool]]
) -> None:
    found = [(f.value, f.scale_inferred) for f in miner.annotate(text).figures if f.kind == "money"]
    assert found == values


@pytest.mark.parametrize(
    ("sentence", "figure", "of"),
    [
        ("Kenya's mobile-money market is now worth $310 billion.", "$310 billion", "Kenya's mobile-money market"),
        ("Revenue from northern Chile grew to $3.7 billion.", "$3.7 billion", "Revenue from northern Chile"),
        ("The firm faces a penalty of $61,000.", "$61,000", "penalty"),
        ("About 12% of the workforce left.", "12%", "workforce"),
        ("The company has 48 research labs.", "48", "company"),
        ("Two people were killed.", "Two", None),
        ("The ministry paid $31 million for cloud services.", "$31 million", "cloud services"),
        ("The bank handled $30 million (€28 million) of payments.", "$30 million", "payments"),
        ("The zone also offers land at $2 a square metre.", "$2 a square metre", "land"),
        ("The fund plans to open a second pool, worth $5 million.", "$5 million", "second pool"),
        ("The zone charges half the usual rate.", "half", "usual rate"),
        ("Each job has cost the state about $400,000.", "$400,000", "job"),
        ("Its founder, Ana Prado, now sells it in 14 countries.", "14", "Ana Prado"),
        ("Hark Systems, a firm that grew out of a farm, now has 58 staff.", "58", "Hark Systems"),
        ("The construction of this 30-million-dollar temple began.", "30-million-dollar", "temple"),
        ("The new system has cut fires by 70 per cent.", "70 per cent", "fires"),
        ("Kospi +0.2% Topix 100 +0.3% Taiex +0.8%.", "0.3%", "Topix 100"),
        ("A licence takes five months.", "five months", "licence"),
        ("The plant was sold within six months.", "six months", None),
        ("The plant opened two years before the war.", "two years", None),
        ("Taiex +0.6% S&P 500 +0.4% Kospi +0.9%.", "0.4%", "S&P 500"),
        ("It is a young side with eight changes from Thursday.", "eight", "young side"),
        ("The two makers pulled the health index 0.7 percent lower.", "0.7 percent", "health index"),
        ("Rice and maize prices rose 12% in June.", "12%", "Rice and maize prices"),
        ("Gross margins at the 15 biggest mills slipped to 11%.", "11%", "Gross margins at the 15 biggest mills"),
        ("The shares, which had lost a third since the firm listed, fell 7.3 percent before closing at $41.60.", "$41.60", "shares"),
        ("The step added a month and, the company says, $3.4 million to its costs.", "$3.4 million", "step"),
        ("The ship carries 12 tonnes, cost $9 million to build and is late.", "$9 million", "ship"),
    ],
)  # fmt: skip
def test_what_a_figure_is_about(miner: Miner, sentence: str, figure: str, of: str | None) -> None:
    (found,) = [f for f in miner.annotate(sentence).figures if f.text == figure]
    assert found.of == of


@pytest.mark.parametrize(
    ("sentence", "unit", "change"),
    [
        ("The company has 48 research labs.", "research lab", "="),
        ("It closed down 30 charities.", "charity", "="),
        ("Sales rose more than 3% last year.", "percent", ">"),
        ("Sales were up nearly 57% last year.", "percent", "up"),
        ("The 27-member bloc agreed.", "member", "="),
        ("Inflation came down to 3%.", "percent", "down"),
        ("It boils down to two questions.", "question", "="),
        ("It has a new 5.5kWh lithium ion battery.", "kilowatt_hour", "="),
        ("She had lost almost thirty pounds.", "pound", "~"),
        ("They hope to add another pick or two.", "pick", "="),
    ],
)
def test_unit_and_change(miner: Miner, sentence: str, unit: str, change: str) -> None:
    (found,) = [f for f in miner.annotate(sentence).figures if f.kind != "date"]
    assert (found.unit, found.change) == (unit, change)


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("The tax is $20,000, a drag on thousands of deals.", [("USD", "="), (None, "=")]),
        ("The index ended down 1% at 1,463.78 points.", [(None, "down"), (None, "down")]),
        ("In Johannesburg it paid 31.5c a share.", [("ZAR", "=")]),
        ("The score is 200 or greater than 190.", [(None, "="), (None, ">")]),
        ("Lunch was 25 pounds.", [("GBP", "=")]),
    ],
)
def test_currency_and_change_by_the_words_around(
    miner: Miner, sentence: str, told: list[tuple[str | None, str]]
) -> None:
    assert [(f.currency, f.change) for f in miner.annotate(sentence).figures] == told


def test_a_thing_with_its_measure_is_no_product(miner: Miner) -> None:
    result = miner.annotate("The Aria 2 has a 6kW electric motor.")
    assert "6kW electric motor" not in [m.text for m in result.mentions]


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("She won the 2019 elections.", "date"),
        ("Its 2021 accounts are late.", "date"),
        ("The strike of the 2000 workers ended.", "count"),
        ("It sacked 2019 workers.", "count"),
        ("The 2019 workers of the mill are on strike.", "count"),
    ],
)
def test_a_year_before_a_plural_is_a_date(miner: Miner, sentence: str, kind: str) -> None:
    (found,) = miner.annotate(sentence).figures
    assert found.kind == kind


def test_an_age_told_in_a_clause(miner: Miner) -> None:
    text = (
        "Li Wei, who is 31 per cent owner of the mill, met Ana Prado, who is 64 and runs the port."
    )
    assert [(f.kind, f.value) for f in miner.annotate(text).figures] == [
        ("percent", 31),
        ("age", 64),
    ]


def test_vague_numbers_are_ranges_and_ratios_shares(miner: Miner) -> None:
    found = miner.annotate("It spent tens of millions of dollars. One in five users left.").figures
    assert [(f.kind, f.value, f.low, f.high) for f in found] == [
        ("money", None, 1e7, 1e8),
        ("multiple", 0.2, None, None),
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "The 5G network and the A320 use Covid-19 rules at Area 51.",
        "Call +1-222-555-0100 now.",
        "See section 110B and article 9.",
        "The Boeing 787 Dreamliner landed at 9 a.m.",
        "They won 2-0 at home.",
        "Egypt will host COP 27 in the autumn.",
        "The court had twice asked for the file.",
        "Egypt wants to reach net zero.",
    ],
)
def test_these_are_no_figures(miner: Miner, sentence: str) -> None:
    assert [f.text for f in miner.annotate(sentence).figures] == []


@pytest.mark.parametrize(
    ("sentence", "currencies"),
    [
        ("Team 2 won the first set.", set()),
        ("It bought two real estate firms.", set()),
        ("The Seoul firm paid 50 won a sheet.", {"KRW"}),
        ("It paid 20 million won.", {"KRW"}),
        ("It lent COP 27 million to growers.", {"COP"}),
    ],
)
def test_words_that_are_money_and_other_things(
    miner: Miner, sentence: str, currencies: set[str]
) -> None:
    found = miner.annotate(sentence).figures
    assert {f.currency for f in found if f.currency} == currencies


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet="0123456789.,-+%$€ /:()\n million half of a two and to x°", max_size=80))
def test_no_string_of_signs_and_numbers_breaks_it(miner: Miner, text: str) -> None:
    for figure in miner.annotate(text).figures:
        assert figure.low is None or figure.high is not None


def test_a_price_after_a_price_is_per_the_same_thing(miner: Miner) -> None:
    text = "Oil fell from $75 a barrel to $45.88, and the state paid $5 million."
    found = [(f.value, f.unit) for f in miner.annotate(text).figures if f.kind == "money"]
    assert found == [(75, "barrel"), (45.88, "barrel"), (5e6, None)]
