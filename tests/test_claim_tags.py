"""Parts of claims put together: hand-built Docs, no trained model."""

from __future__ import annotations

import spacy
from spacy.tokens import Doc

from textmine.nlp.attribution import Page
from textmine.nlp.claim_tags import tagged_claims
from textmine.nlp.quotations import find_quotations


def claims_of(marked: str) -> list[tuple[str | None, str, str]]:
    """Read "word/s" marks into tags; return (speaker, cue, content) of the claims they make."""
    words, tags = [], []
    previous = ""
    for piece in marked.split():
        word, _, role = piece.partition("/")
        words.append(word)
        tags.append(f"{'I' if role == previous else 'B'}-{role}" if role else "O")
        previous = role
    doc = Doc(
        spacy.blank("en").vocab, words=words, sent_starts=[n == 0 for n in range(len(words))],
        heads=[0] * len(words), deps=["dep"] * len(words),
    )  # fmt: skip
    page = Page(doc, doc.text, find_quotations(doc.text), list(doc.sents))
    text = doc.text
    return [
        (
            text[slice(*c.speaker)] if c.speaker else None,
            text[slice(*c.cue)] if c.cue else "",
            text[c.start : c.end],
        )
        for c in tagged_claims(page, tags)
    ]


def test_a_cue_takes_the_content_after_it_and_the_speaker_before() -> None:
    assert claims_of("Obi/s charges/c that the/q deal/q failed/q .") == [
        ("Obi", "charges", "the deal failed")
    ]


def test_a_cue_at_the_end_takes_the_content_before_it() -> None:
    assert claims_of("The/q deal/q failed/q , warned/c Obi/s .") == [
        ("Obi", "warned", "The deal failed")
    ]


def test_two_cues_take_each_its_own() -> None:
    found = claims_of("Obi/s warned/c it/q may/q fail/q and Lee/s denied/c any/q risk/q .")
    assert ("Obi", "warned", "it may fail") in found
    assert ("Lee", "denied", "any risk") in found


def test_a_cue_without_content_is_no_claim() -> None:
    assert claims_of("Obi/s said/c nothing more .") == []


def test_a_content_is_widened_to_its_quotation() -> None:
    ((speaker, _, content),) = claims_of("“ We/q built/q it ourselves/q ” recalls/c Obi/s .")
    assert speaker == "Obi" and content == "“ We built it ourselves ”"
