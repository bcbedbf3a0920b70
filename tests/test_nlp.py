"""Rules over text and parse: numbers, dates, figures, claims, names; on tiny real inputs."""

from __future__ import annotations

import time
from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, Span

from textmine.nlp import kinds
from textmine.nlp.apposed import said_kind
from textmine.nlp.dates import find_dates
from textmine.nlp.entities import FoundMention, cluster, find_mentions
from textmine.nlp.inflection import verb_forms
from textmine.nlp.names import base_name, is_acronym_of, trim_name
from textmine.nlp.numbers import find_numbers
from textmine.nlp.pipeline import paragraph_starts
from textmine.nlp.quotations import find_quotations
from textmine.nlp.relabel import join_of, relabel
from textmine.records import check_offsets
from textmine.steps import Miner


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2.3 million", [2_300_000]),
        ("1,234,567.8 and 12,34,567", [1_234_567.8, 1_234_567]),
        ("two hundred and five thousand", [205_000]),
        ("half a million, two and a half billion", [500_000, 2_500_000_000]),
        ("2 lakh crore", [2_000_000_000_000]),
        ("ten and twenty-five", [10, 25]),
        ("a dozen, 3½, $45bn", [12, 3.5, 45_000_000_000]),
        ("dozens of millions, a man", [12_000_000]),
        ("thousands of jobs, tens of thousands", [1000, 10_000]),
        ("10 1/2 miles, 3/4, 24/7", [10.5, 0.75, 24, 7]),
    ],
)
def test_numbers(text: str, values: list[float]) -> None:
    assert [number.value for number in find_numbers(text)] == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("It opened on 14 March 2024.", "2024-03-14"),
        ("It opened in March 2024.", "2024-03"),
        ("The firm said on Tuesday that it opened.", "2025-09-16"),
        ("Sales fell last March.", "2025-03"),
        ("It was founded three years ago.", "2022"),
        ("The plant will open in June.", "2026-06"),
        ("Sales rose in the second quarter.", "2025-Q2"),
        ("Cheap phones spread in the 1990s.", "1990s"),
        ("It reported for fiscal 2025.", "2025"),
        ("The law of 2021 was repealed.", "2021"),
        ("Orders came this week.", "2025-W38"),
    ],
)
def test_dates_are_resolved_against_publication(text: str, value: str) -> None:
    (found,) = find_dates(text, published="2025-09-18")
    assert found.value == value


def test_relative_dates_need_an_anchor_and_ranges_have_two_ends() -> None:
    assert find_dates("It opened last March.") == []
    (found,) = find_dates("It grew between 2016 and 2025.")
    assert (found.value, found.low, found.high) == (None, "2016", "2025")


def figures(miner: Miner, text: str) -> list[dict[str, Any]]:
    return [
        {name: getattr(f, name) for name in ("text", "kind", "value", "low", "high", "unit", "currency", "change")}
        for f in miner.annotate(text).figures
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Revenue rose 12% to $2.3 billion.",
         [{"text": "12%", "kind": "percent", "value": 12, "change": "up"},
          {"text": "$2.3 billion", "kind": "money", "value": 2.3e9, "currency": "USD", "change": "up"}]),
        ("The plant cost about 2.8 billion ringgit.",
         [{"text": "2.8 billion ringgit", "value": 2.8e9, "currency": "MYR", "change": "~"}]),
        ("It paid Rs 1,146 crore.", [{"text": "Rs 1,146 crore", "value": 1.146e10, "currency": "INR"}]),
        ("Output fell by three percentage points.",
         [{"kind": "percent", "value": 3, "unit": "percentage_point", "change": "down"}]),
        ("It built a 40-hectare park with 340 megawatts.",
         [{"text": "40-hectare", "unit": "hectare"}, {"text": "340 megawatts", "unit": "megawatt"}]),
        ("The city hired more than 1,200 workers.",
         [{"text": "1,200", "kind": "count", "unit": "worker", "change": ">"}]),
        ("It will cost $10-15 billion.", [{"kind": "money", "value": None, "low": 1e10, "high": 1.5e10}]),
        ("The rival sold 16 times as many.", [{"text": "16 times", "kind": "multiple", "value": 16}]),
        ("Exports doubled.", [{"text": "doubled", "kind": "multiple", "value": 2, "change": "up"}]),
        ("It is the third-largest maker.", [{"text": "third", "kind": "rank", "value": 3}]),
        ("Lim, a 34-year-old engineer, left.", [{"kind": "age", "value": 34}]),
        ("It was kept at 30°C.", [{"kind": "temperature", "value": 30, "unit": "degree_celsius"}]),
        ("They waited 18 months.", [{"kind": "duration", "value": 18, "unit": "month"}]),
    ],
)  # fmt: skip
def test_figures(miner: Miner, sentence: str, expected: list[dict[str, Any]]) -> None:
    found = figures(miner, sentence)
    assert len(found) == len(expected), found
    for one, wanted in zip(found, expected, strict=True):
        assert {name: one[name] for name in wanted} == wanted


def test_no_figure_in_names_and_pronouns(miner: Miner) -> None:
    assert figures(miner, "No one at the firm wanted 5G. One of them left.") == []


def test_peso_is_told_by_the_country(miner: Miner) -> None:
    (one,) = figures(miner, "The Chilean miner paid 900 million pesos.")
    (two,) = figures(miner, "The Manila lender paid 900 million pesos.")
    assert (one["currency"], two["currency"]) == ("CLP", "PHP")


@pytest.mark.parametrize(
    ("sentence", "speaker", "cue", "text", "quote"),
    [
        ("The minister said that output had doubled.", "The minister", "said", "that output had doubled", "indirect"),
        ("“We built it ourselves,” said Tunde Bello, the founder.", "Tunde Bello", "said",
         "“We built it ourselves,”", "direct"),
        ("According to the ministry, exports fell by a tenth.", "the ministry", "According to",
         "exports fell by a tenth", "indirect"),
        ("The plant, she said, will close next year.", "she", "said",
         "The plant, she said, will close next year", "indirect"),
        ("The company plans to open two plants.", "The company", "plans", "to open two plants", "indirect"),
    ],
)  # fmt: skip
def test_claims(miner: Miner, sentence: str, speaker: str, cue: str, text: str, quote: str) -> None:
    (claim,) = miner.annotate(sentence).claims
    assert (claim.speaker, claim.cue, claim.text, claim.quote) == (speaker, cue, text, quote)


def test_a_claim_is_put_in_no_wrong_mouth(miner: Miner) -> None:
    result = miner.annotate(
        "Maria Santos met Ana Prado. The firm is said to be preparing a listing."
    )
    (claim,) = result.claims
    assert claim.hedged and claim.speaker is None and claim.speaker_name is None


def test_a_pronoun_takes_the_one_person_before_it(miner: Miner) -> None:
    result = miner.annotate("Maria Santos runs the mill. She said that the price would fall.")
    (claim,) = result.claims
    assert (claim.speaker, claim.speaker_name) == ("She", "Maria Santos")


def test_second_quotation_belongs_to_the_same_speaker(miner: Miner) -> None:
    text = "“He was right,” Maria Santos said. “It was a terrible machine.”"
    (claim,) = miner.annotate(text).claims
    assert (claim.speaker_name, claim.text) == ("Maria Santos", text)
    pieces = [text[start:end] for start, end in claim.pieces]
    assert pieces == ["“He was right,”", "“It was a terrible machine.”"]


def test_quotation_marks_pair_within_their_paragraph() -> None:
    text = 'He called it "a toy", she "a tool".\n\n“Unclosed speech that runs on and on'
    assert [text[q.start : q.end] for q in find_quotations(text)] == [
        '"a toy"', '"a tool"', "“Unclosed speech that runs on and on",
    ]  # fmt: skip


def test_sentences_begin_only_after_a_stop() -> None:
    nlp = spacy.blank("en")
    doc = paragraph_starts(nlp('Kim Do-yoon left. "We go," he said.\n\nThe end'))
    may = [t.text for t in doc if t.is_sent_start is not False]
    assert may == ["Kim", '"', "The"]


def _mentions(*names: tuple[str, str]) -> list[FoundMention]:
    out, at = [], 0
    for name, label in names:
        out.append(FoundMention(at, at + len(name), name, label))
        at += len(name) + 10
    return out


def test_clustering() -> None:
    found = cluster("", _mentions(
        ("Margrethe Vestager", "PERSON"), ("Vestager", "PERSON"), ("Grab Holdings", "ORG"),
        ("Grab", "ORG"), ("African National Congress", "ORG"), ("ANC", "ORG"),
        ("Anna Berg", "PERSON"), ("Karl Berg", "PERSON"), ("Berg", "PERSON"), ("Kova", "ORG"), ("Kova Foods Ltd", "ORG"),
    ))  # fmt: skip
    assert {e.name: [m.text for m in e.mentions] for e in found} == {
        "Margrethe Vestager": ["Margrethe Vestager", "Vestager"],
        "Grab Holdings": ["Grab Holdings", "Grab"],
        "African National Congress": ["African National Congress", "ANC"],
        "Anna Berg": ["Anna Berg"],
        "Karl Berg": ["Karl Berg", "Berg"],
        "Kova Foods Ltd": ["Kova", "Kova Foods Ltd"],
    }


def test_names_are_trimmed_and_compared() -> None:
    text = "the Dr. Ana Prado’s"
    assert text[slice(*trim_name(text, 0, len(text), "PERSON"))] == "Ana Prado"
    assert base_name("Kova Foods Ltd") == base_name("KOVA FOODS")
    assert is_acronym_of("UNCTAD", "United Nations Conference on Trade and Development")
    assert not is_acronym_of("Kova", "Kingdom of Old Valleys Association")


def test_labels_get_second_thoughts() -> None:
    text = "Polder, an Amsterdam-based broker, met Paris Hilton in Mumbai."
    assert relabel(text, 0, 6, "PERSON") == "ORG"
    assert relabel(text, text.index("Mumbai"), text.index("Mumbai") + 6, "PERSON") == "PLACE"
    assert relabel("The Cloud Sovereignty Act passed.", 4, 25, "ORG") == "LAW"
    court = "Court of Justice of the European Union"
    assert join_of(court, [(0, 16, "ORG"), (24, 38, "ORG")]) == [(0, 38, "ORG")]


def test_a_name_is_found_again_where_it_was_passed_over() -> None:
    nlp = spacy.blank("en")
    words = ["Siemens", "Energy", "rose", ".", "Shares", "of", "Siemens", "Energy", "fell"]
    doc = Doc(nlp.vocab, words)
    doc.set_ents([Span(doc, 0, 2, label="ORG")])
    assert [m.start for m in find_mentions(doc)] == [0, 32]


def test_verb_forms() -> None:
    assert {"rise", "rises", "rising", "rose", "risen"} <= verb_forms("rise")
    assert {"denies", "denied", "denying"} <= verb_forms("deny")
    assert {"dropped", "dropping"} <= verb_forms("drop")


def test_kinds_use_name_and_context(miner: Miner) -> None:
    classifier = miner._kinds
    rows = [
        [kinds.features("Ministry of Industry", "the ", " said")],
        [kinds.features("Orlen Robotics GmbH", "shares in ", " rose")],
        [kinds.features("University of Lagos", "students at the ", "")],
    ]
    assert [kind for kind, _ in classifier.kinds(rows)] == [
        "government",
        "company",
        "education_research",
    ]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_annotated_with_true_offsets(text: str) -> None:
    import textmine

    result = _shared_miner(textmine).annotate(text)
    assert result.article.text == text
    for kind in ("mentions", "figures", "claims", "statements"):
        for record in getattr(result, kind):
            check_offsets(text, record)


_MINER: list[Miner] = []


def _shared_miner(module: Any) -> Miner:
    if not _MINER:
        _MINER.append(module.load())
    return _MINER[0]


@pytest.mark.parametrize(
    "text",
    ["Lotus", "😀🎉 " * 50, "أعلنت الشركة أن الإيرادات ارتفعت. " * 10, "x" * 50_000, "1" * 20_000, "“" * 3_000],
    ids=["one word", "emoji", "right to left", "endless word", "endless number", "marks only"],
)  # fmt: skip
def test_odd_texts_are_annotated_in_no_time(miner: Miner, text: str) -> None:
    started = time.perf_counter()
    result = miner.annotate(text)
    assert time.perf_counter() - started < 20
    assert result.article.text == text


def test_a_sentence_of_five_thousand_words(miner: Miner) -> None:
    part = "the company said that it bought a plant in Kenya for $5 million and"
    started = time.perf_counter()
    result = miner.annotate(" ".join([part] * 400) + ".")
    assert time.perf_counter() - started < 60
    assert sum(figure.value == 5e6 for figure in result.figures) == 400


def test_a_text_read_in_pieces_keeps_its_claims(
    miner: Miner, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n\n".join(
        f"“We built ship {n} ourselves,” said Tunde Bello, the founder of yard {n}."
        for n in range(12)
    )
    whole = miner.annotate(text)
    monkeypatch.setattr("textmine.steps._PIECE", 300)
    pieces = miner.annotate(text)
    assert [c.text for c in pieces.claims] == [c.text for c in whole.claims]
    assert [c.speaker for c in pieces.claims] == ["Tunde Bello"] * 12


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("The country’s central bank, Bank Midori (BM), raised rates.", "Bank Midori", "government"),
        ("Kestrel, a brokerage in Tallinn, said so.", "Kestrel", "company"),
        ("Kestrel (KST), the country's statistics office, said so.", "Kestrel", "government"),
        # lists, people of such bodies, words that belong to another noun
        ("They met the central bank, Kestrel and Orbis.", "Kestrel", None),
        ("They met the central bank, Kestrel, Orbis and Delta.", "Kestrel", None),
        ("The head of the central bank, Kestrel, said so.", "Kestrel", None),
        ("Kestrel, a group linked to the company, said so.", "Kestrel", None),
    ],
)  # fmt: skip
def test_an_apposition_says_what_an_organisation_is(text: str, name: str, kind: str | None) -> None:
    start = text.index(name)
    assert said_kind(text, start, start + len(name)) == kind
