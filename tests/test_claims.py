"""Claims: forms of quotations, who speaks, where a content ends; hostile quotation marks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textmine.errors import ModelError
from textmine.nlp.borders import Borders
from textmine.nlp.quotations import find_quotations
from textmine.records import Claim
from textmine.steps import Miner


def claims(miner: Miner, text: str) -> list[Claim]:
    return miner.annotate(text).claims


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("“A,” he said. “B.”", ["A,", "B."]),
        ("''It is tinkering,'' he said.", ["It is tinkering,"]),
        ("``Yes,'' he said.", ["Yes,"]),
        ('"A," he said. "B."', ["A,", "B."]),
        ("„Ja“, he said.", ["Ja"]),
        ("«Oui», he said.", ["Oui"]),
        ("It was 6'2'' tall and he didn't mind.", []),
        ("“I call it “hell” here,” he said.", ["I call it “hell” here,"]),
        ("”It begins with the wrong mark,” he said.", ["It begins with the wrong mark,"]),
        ("“One. “Two,” he said.", ["One. “Two,"]),
    ],
)
def test_quotation_marks_of_all_sorts(text: str, inner: list[str]) -> None:
    assert [q.inner(text) for q in find_quotations(text)] == inner


def test_a_second_speech_is_the_same_speakers_even_if_it_tells_of_others(miner: Miner) -> None:
    text = (
        "“I have sold my shares in the mill,” Ana Prado said. “He keeps silent about the "
        "fire at his own yard. The town will remember.”"
    )
    (claim,) = [c for c in claims(miner, text) if c.quote == "direct"]
    assert claim.speaker == "Ana Prado"
    first, second = (text[start:end] for start, end in claim.pieces)
    assert first == "“I have sold my shares in the mill,”"
    assert second.startswith("“He keeps") and second.endswith("remember.”")


def test_what_interrupts_a_content_is_in_no_piece(miner: Miner) -> None:
    text = "The plant, Ana Prado said, will close. “It is old,” said Maria Santos, 41, “and cold.”"
    found = claims(miner, text)
    assert [[text[start:end] for start, end in c.pieces] for c in found] == [
        ["The plant", "will close"],
        ["“It is old,”", "“and cold.”"],
    ]
    figures = {f.text: f.voice for f in miner.annotate(text).figures}
    assert figures["41"] == "author"


def test_words_that_break_off_before_a_cue_are_no_content(miner: Miner) -> None:
    text = "Sales fell in May, but the company says that orders will recover this autumn."
    assert [c.text for c in claims(miner, text)] == ["that orders will recover this autumn"]


def test_when_and_where_it_was_said_is_no_content(miner: Miner) -> None:
    text = "The harbour is silting up, the port authority declared on Thursday, two days after the vote."
    (claim,) = claims(miner, text)
    assert (claim.text, claim.speaker) == ("The harbour is silting up", "the port authority")


def test_a_second_speech_with_a_cue_of_its_own_is_another_claim(miner: Miner) -> None:
    text = "“It is old,” Ana Prado said. “It was sold twice,” said Maria Santos."
    assert [c.speaker for c in claims(miner, text)] == ["Ana Prado", "Maria Santos"]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("The minister called the plan “a joke” on Monday.", "the plan “a joke”"),
        ("Ana Prado described the talks as “a waste of time”.", "the talks as “a waste of time”"),
    ],
)
def test_the_whole_of_what_is_judged_is_the_content(miner: Miner, text: str, content: str) -> None:
    (claim,) = claims(miner, text)
    assert claim.text == content


def test_borders_refuse_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "borders.npz").write_bytes(b"no arrays")
    with pytest.raises(ModelError, match=r"borders\.npz cannot be read"):
        Borders.load(tmp_path / "borders.npz")


def test_a_signed_quotation_is_the_signers(miner: Miner) -> None:
    (claim,) = claims(miner, "“We should build our own ships and sell them.” — Jorge Falcon")
    assert (claim.speaker, claim.quote) == ("Jorge Falcon", "direct")


def test_signed_quotations_stand_one_a_line(miner: Miner) -> None:
    text = (
        "“He shows no respect and states that he pays nothing.”― Ana Prado\n"
        "“Maybe we can all move away.” ―\u00a0Luis Ferrer.\n\nThe vote is in May."
    )
    assert [(c.speaker, c.quote) for c in claims(miner, text) if c.quote == "direct"] == [
        ("Ana Prado", "direct"),
        ("Luis Ferrer", "direct"),
    ]


def test_a_paragraph_of_nothing_but_quotation_goes_on(miner: Miner) -> None:
    text = (
        "“The harbour is silting up,” Ana Prado said.\n\n“We asked for a dredger in May.”\n\n"
        "The council has no money.\n\n“Nobody came to look.”"
    )
    one, two = claims(miner, text)
    assert [text[start:end] for start, end in one.pieces] == [
        "“The harbour is silting up,”",
        "“We asked for a dredger in May.”",
    ]
    assert (one.speaker, two.speaker) == ("Ana Prado", None)


def test_wide_spaces_are_read_as_spaces_and_quoted_as_they_are(miner: Miner) -> None:
    text = "“It works,” Ana\u00a0Prado\u00a0said. The bank lent $5\u00a0million."
    result = miner.annotate(text)
    assert result.claims[0].speaker == "Ana\u00a0Prado"
    assert [text[m.start : m.end] for m in result.mentions] == [m.text for m in result.mentions]
    assert [f.value for f in result.figures] == [5e6]


def test_a_transcript_names_its_speakers(miner: Miner) -> None:
    found = claims(
        miner, "The two met on stage.\n\nOBI: Well, the plant was built by us.\n\nLEE: It was not."
    )
    assert {c.speaker for c in found} >= {"OBI", "LEE"}


@pytest.mark.parametrize(
    ("text", "speaker", "cue", "content"),
    [
        ("The ministry's refusal to pay angered the growers.", "The ministry", "refusal", "to pay"),
        ("The minister accused the firm of hiding its losses.", "The minister", "accused", "the firm of hiding its losses"),
        ("The report pointed out that sales had doubled.", "The report", "pointed out", "that sales had doubled"),
    ],
)  # fmt: skip
def test_more_ways_of_saying(miner: Miner, text: str, speaker: str, cue: str, content: str) -> None:
    (claim,) = claims(miner, text)
    assert (claim.speaker, claim.cue, claim.text) == (speaker, cue, content)


def test_the_authors_own_turn_is_not_the_sources(miner: Miner) -> None:
    (claim,) = claims(miner, "The firm said the plant was safe, but nobody has seen its papers.")
    assert claim.text == "the plant was safe"


def test_voice_of_figures_and_names(miner: Miner) -> None:
    result = miner.annotate("Lotus Foods sold 40 ships. Ana Prado said Lotus Foods lost 12 ships.")
    voices = {figure.text: figure.voice for figure in result.figures}
    assert voices == {"40": "author", "12": "source"}
    (person,) = [m for m in result.mentions if m.label == "PERSON"]
    assert person.voice == "author"
    told = [f for f in result.figures if f.voice == "source"]
    assert told[0].speaker_entity_id == person.entity_id


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["“", "”", '"', "'", "‘", "’", "''", "she said", "Obi", ",", ".", "\n\n", "the plant failed"]), max_size=40))  # fmt: skip
def test_no_run_of_marks_breaks_it_or_swallows_a_paragraph(miner: Miner, parts: list[str]) -> None:
    text = " ".join(parts)
    for claim in claims(miner, text):
        assert "\n\n" not in claim.text


def test_an_unclosed_quotation_ends_with_its_paragraph_and_is_warned_of(miner: Miner) -> None:
    text = "“The plant will open in May, Obi said.\n\nThe town has 300 houses. It lies by the sea."
    result = miner.annotate(text)
    assert all("300" not in claim.text for claim in result.claims)
    assert any("never closed" in warning for warning in result.article.coverage.warnings)
    whole = miner.annotate("“The plant will open.\n\n“It will close, too,” Obi said.")
    assert whole.article.coverage.warnings == ()


def test_three_hundred_lines_of_transcript(miner: Miner) -> None:
    lines = [
        f"{'OBI' if n % 2 else 'LEE'}: We sold {n + 2} ships and “we” are proud."
        for n in range(300)
    ]
    found = claims(miner, "\n\n".join(lines))
    assert len(found) >= 300
    assert max(len(claim.text) for claim in found) < 80


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("“They are here because it is free,” Bennett shot back with a laugh.", "Bennett"),
        (
            "“We have to talk to the voters of this town,” wrote the authors of the “Growth Project,” citing it.",
            "the authors of the",
        ),
        ("“The town is in panic. Full panic mode,” said Leslie Wimes, a baker.", "Leslie Wimes"),
        (
            "The piece took a line of hers as its headline: “Finally a mayor who listens to us.”",
            "The piece",
        ),
        ("More from Ana Prado: “The price will fall in May and rise again.”", "Ana Prado"),
    ],
)
def test_a_speaker_is_read_off_the_words_around_a_quotation(
    miner: Miner, text: str, speaker: str
) -> None:
    (claim,) = [c for c in claims(miner, text) if c.quote == "direct"]
    assert claim.speaker == speaker


@pytest.mark.parametrize(
    ("text", "speaker", "content"),
    [
        ("ASTANA, Sept 17 – Steppe Oxides, a mining venture, said on Wednesday that it had sold its mine.",
         "Steppe Oxides", "that it had sold its mine"),
        ("“They will have to sell something they like,” Renfrew-Ito said.",
         "Renfrew-Ito", "“They will have to sell something they like,”"),
        ("Ana Prado was the first mayor who promised to cut the tax.", "Ana Prado", "to cut the tax"),
        ("Daulet Serikov said that Nordmagnet, a German buyer, had agreed to take 45% of it.",
         "Daulet Serikov", "that Nordmagnet, a German buyer, had agreed to take 45% of it"),
    ],
)  # fmt: skip
def test_the_right_mouth_and_the_whole_clause(
    miner: Miner, text: str, speaker: str, content: str
) -> None:
    assert (speaker, content) in {(c.speaker, c.text) for c in claims(miner, text)}


def test_what_one_speaker_tells_of_another_is_the_first_ones_claim(miner: Miner) -> None:
    text = "Ana Prado said the mayor had promised a new school in 2024. “He told me the roof was safe,” she added."
    found = claims(miner, text)
    assert [(c.speaker, c.text) for c in found] == [
        ("Ana Prado", "the mayor had promised a new school in 2024"),
        ("she", "“He told me the roof was safe,”"),
    ]
    (year,) = [f for f in miner.annotate(text).figures if f.text == "2024"]
    assert (year.voice, year.speaker_entity_id) == ("source", found[0].speaker_entity_id)


def test_a_content_ends_where_its_speaker_says_the_next_thing(miner: Miner) -> None:
    text = "Ana Prado said the mill was losing money and warned that it would close by June."
    assert [(c.cue, c.text) for c in claims(miner, text)] == [
        ("said", "the mill was losing money"),
        ("warned", "that it would close by June"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # marks of two sorts
        ("“The road is bad for us,\" Ana Prado said.", [("Ana Prado", "“The road is bad for us,\"")]),
        ("\"The road is bad for us,” said Ana Prado. “It is old.”", [("Ana Prado", "\"The road is bad for us,”|“It is old.”")]),
        ("“The road is bad,“ Ana Prado said. “It is old.”", [("Ana Prado", "“The road is bad,“|“It is old.”")]),
        ("''No one will be happy with 'We will mend it,\'\'\' said Ana Prado.", [("Ana Prado", "''No one will be happy with 'We will mend it,\'\'\'")]),
        # speakers that the parser loses
        ("“They know that the road is bad,” a voice-over states. “They will not mend it.”", [("a voice-over", "“They know that the road is bad,”|“They will not mend it.”")]),
        ("“I do not agree,” said retired Army Lt. Gen. Ana Prado, who built it.", [("retired Army Lt. Gen. Ana Prado", "“I do not agree,”")]),
        ("“If the river rises, please leave the house,” begins a notice on each door.", [("a notice", "“If the river rises, please leave the house,”")]),
        ("“Apparently not,” Ana Prado said.", [("Ana Prado", "“Apparently not,”")]),
        # a quotation goes on after what the speaker does, or after "but"
        ("“Every time you say that,” Prado said, turning to the mayor, “you give away the road.”", [("Prado", "“Every time you say that,”|“you give away the road.”")]),
        ("“I love the road,” Prado said, but “when it rains it is a river.”", [("Prado", "“I love the road,”|“when it rains it is a river.”")]),
        # any verb tells a quotation that ends in a comma
        ("“Well, for a start nobody asked her,” Oliver barked.", [("Oliver", "“Well, for a start nobody asked her,”")]),
        # a title is no speech; a few quoted words are no whole content
        ("Ana Prado, host of “The Late Hour,” said the road would close.", [("Ana Prado", "the road would close")]),
        ("Prado wrote that she had read a poem, “Road and River,” at school.", [("Prado", "that she had read a poem, “Road and River,” at school")]),
        # who is quoted stands before a colon
        ("Here is Ana Prado in May 2020: “We will build the road this year.”", [("Ana Prado", "“We will build the road this year.”")]),
        ("From the report: “Roads of this sort last twenty years.”", [("the report", "“Roads of this sort last twenty years.”")]),
        # all that follows is told
        ("As the Daily Post reported, if it rains, the road will close.", [("the Daily Post", "if it rains, the road will close")]),
        ("PRADO: Well, look, the road is bad, and so is the bridge.", [("PRADO", "Well, look, the road is bad, and so is the bridge")]),
        ("Talk of the town\n\nQ: When did you hear of it?\n\nA: On the radio, like all of us.", [("Q", "When did you hear of it?"), ("A", "On the radio, like all of us")]),
        ("In a Kestrel poll last month, 31% of drivers, most of them men, wanted a new road.", [("a Kestrel poll last month", "31% of drivers, most of them men, wanted a new road")]),
        # who does the one thing says the other
        ("Obama hailed the record, challenging Republicans to prove that the road was not built.", [("Obama", "the record"), ("Obama", "Republicans to prove that the road was not built")]),
        ("In the August poll, the mayor won half of the seats.", []),
        # what stands before the cue is the author's
        ("As the crowd booed, Prado said, ''Please sit down.''", [("Prado", "''Please sit down.''")]),
        # no content ends in "and that"
        ("Prado said the road was small and that the bridge built by her firm did not show any cracks.", [("Prado", "the road was small and that the bridge built by her firm did not show any cracks")]),
        ("A lesson from Ana Prado: ‘Build the road first’\n\nThe road is old.", [("Ana Prado", "‘Build the road first’")]),
        # the subject of a cue is no part of what is quoted
        ("''Our mill, with its old wheel,'' she added, ''grinds more flour than theirs.''", [("she", "''Our mill, with its old wheel,''|''grinds more flour than theirs.''")]),
        # a sentence of small words is no title
        ("“Flour is a poor business,” he said. “That’s the way it is, Marta.”", [("he", "“Flour is a poor business,”|“That’s the way it is, Marta.”")]),
        # a speech whose last sentence goes on after the marks; two joined by "and"
        ("“We waited. They have no choice” but to close the road, says Ana Prado, a driver.", [("Ana Prado", "“We waited. They have no choice” but to close the road")]),
        ("The drivers chanted “mend the road” and “no more tolls.”", [("The drivers", "“mend the road” and “no more tolls.”")]),
        # a sentence that tells of no more than that someone spoke
        ("The old driver Ana Prado agreed. “Half of the roads in this valley are closed by the end of May.”", [("The old driver Ana Prado", "“Half of the roads in this valley are closed by the end of May.”")]),
        ("The figures are doubtful – Kestrel Research: “All of the drivers asked were older than those on the road.”", [("Kestrel Research", "“All of the drivers asked were older than those on the road.”")]),
        ("The fair was held in Lund because, in Prado’s words, “it is the only town with a square wide enough for the stalls.”", [("Prado", "“it is the only town with a square wide enough for the stalls.”")]),
        ("According to Prado, “[I]f it was left to him, the road would be closed. The drivers would go round.”", [("Prado", "“[I]f it was left to him, the road would be closed. The drivers would go round.”")]),
        ("They drove off, with Prado reportedly yelling: “Get him out of the road!”", [("Prado", "“Get him out of the road!”")]),
        # another act of speaking parts two speeches
        ("“The law left the mills out,” Prado said, adding that the mills had asked for it. “They pay no toll.”", [("Prado", "“The law left the mills out,”"), ("Prado", "that the mills had asked for it"), ("Prado", "“They pay no toll.”")]),
    ],
)  # fmt: skip
def test_quotations_and_who_tells_them(
    miner: Miner, text: str, told: list[tuple[str, str]]
) -> None:
    found = [
        (c.speaker, "|".join(text[start:end] for start, end in c.pieces))
        for c in claims(miner, text)
    ]
    assert found == told
