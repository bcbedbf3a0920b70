"""Whom speakers' words mean: "she", "the regulator", "Mr Rao"."""

from __future__ import annotations

import pytest

from textmine.steps import Miner

ZAREK = (
    "Ilse Brandt, the mayor of Zarek, met her rival Tomas Brandt on Monday.\n\n"
    "Ms Brandt said the bridge would be closed. Mr Brandt said it should stay open.\n\n"
)


def speaker_names(miner: Miner, text: str) -> list[str | None]:
    """Return the names of a text's speakers, in order of their contents."""
    said = sorted(miner.annotate(text).claims, key=lambda claim: claim.start)
    return [claim.speaker_name for claim in said]


def test_titles_keep_two_people_of_one_surname_apart(miner: Miner) -> None:
    assert speaker_names(miner, ZAREK) == ["Ilse Brandt", "Tomas Brandt"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("She said the work would take a year.", "Ilse Brandt"),
        ("He said the work would take a year.", "Tomas Brandt"),
        ("The mayor said the work would take a year.", "Ilse Brandt"),
        ("A spokesman for the town hall was there. He said the work would take a year.", None),
        ("The government said the work would take a year.", None),
    ],
)
def test_pronouns_and_descriptions(miner: Miner, text: str, name: str | None) -> None:
    assert speaker_names(miner, ZAREK + text)[-1] == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The company said it would appeal.", "Norvik Telecom"),
        ("The regulator said that it would not wait.", "Electronic Communications Authority"),
        ("The brokerage said that the shares were dear.", "Halden Securities"),
        ("The communications authority warned of further fines.", "Electronic Communications Authority"),
    ],
)  # fmt: skip
def test_bodies_by_what_they_are_called(miner: Miner, text: str, name: str) -> None:
    lead = (
        "Shares of Norvik Telecom fell on Friday, an analyst at Halden Securities in Oslo wrote. "
        "The Electronic Communications Authority had fined Norvik Telecom 40 million kroner.\n\n"
    )
    assert speaker_names(miner, lead + text)[-1] == name


def test_a_man_in_a_quotation_is_not_the_one_who_speaks(miner: Miner) -> None:
    text = (
        "Carlos Prado runs the port. “I told Peter Lund that the cranes are old,” Mr Prado said. "
        "He said the new ones would come in May."
    )
    assert speaker_names(miner, text)[-1] == "Carlos Prado"
