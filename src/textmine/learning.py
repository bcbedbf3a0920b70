"""Learn a taxonomy from the decisions in a store; say which sentences to decide next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from textmine import config
from textmine.errors import UsageError
from textmine.statements.classifier import Classifier
from textmine.statements.learned import Lesson, f1_by_label, is_held_back
from textmine.statements.taxonomy import Taxonomy, read_taxonomy
from textmine.statements.versions import Version, Versions
from textmine.steps import Miner
from textmine.store.database import Store
from textmine.store.decisions import Decision, read_label_file

#: With fewer held-back decisions than this, two versions cannot be told apart.
LEAST_HELD_BACK = 8
#: A new version is not worse if it loses less than this.
_SLACK = 0.005


@dataclass(frozen=True, slots=True)
class Learned:
    """What learning came to: the new version, whether it is in use, and why."""

    version: Version
    in_use: bool
    reason: str


def import_labels(store: Store, taxonomy: Taxonomy, path: Path) -> int:
    """Take a file of labels into the store as decisions; return their number."""
    statements = {row["id"]: row["text"] for row in store.rows("statements")}
    decisions = read_label_file(path, taxonomy.label_names, statements)
    return store.decide(taxonomy.name, decisions)


def learn_taxonomy(store: Store, name: str, *, engine: str, force: bool = False) -> Learned:
    """Learn a new version from a store's decisions; use it unless it is worse on those held back.

    Raises UsageError if there are no decisions to learn from.
    """
    taxonomy = read_taxonomy(config.taxonomy_path(name))
    decisions = [
        d for d in store.decisions(taxonomy.name) if set(d.labels) <= set(taxonomy.label_names)
    ]
    taught = [d for d in decisions if not is_held_back(d.text)]
    held = [d for d in decisions if is_held_back(d.text)]
    if not any(d.labels for d in taught):
        raise UsageError(
            f"{len(decisions)} decisions under {taxonomy.name!r}, none of them with a label to learn from: "
            f"decide some with `textmine suggest {name} --out todo.csv`, then "
            f"`textmine train {name} --labels todo.csv`"
        )
    miner = Miner(engine, [name])
    versions = Versions(config.learned_folder(taxonomy.name), miner.host)
    number = max((v.number for v in versions.all()), default=0) + 1
    texts = [d.text for d in taught]
    lesson = Lesson(texts, miner.vectors(texts), [d.labels for d in taught])
    classifier = miner.learn(
        taxonomy, lesson, model=f"{taxonomy.name}-{miner.host}-learned-{number}"
    )
    before, after = _compare(miner, taxonomy, classifier, held)
    use, reason = _verdict(before, after, len(held), force=force)
    version = versions.add(
        classifier, number=number, decisions=len(taught), held_back=len(held), before=before,
        after=after, use=use,
    )  # fmt: skip
    return Learned(version, use, reason)


def _compare(
    miner: Miner, taxonomy: Taxonomy, classifier: Classifier, held: Sequence[Decision]
) -> tuple[dict[str, float], dict[str, float]]:
    """Return F1 by label on held-back decisions: of the version in use, and of the new one."""
    if not held:
        return {}, {}
    texts = [d.text for d in held]
    vectors = miner.vectors(texts)

    def good(tried: Classifier) -> dict[str, float]:
        told = [scored.labels for scored in tried.score(texts, vectors)]
        return f1_by_label(told, [d.labels for d in held], taxonomy.label_names)

    return good(miner.classifier(taxonomy)), good(classifier)


def _verdict(
    before: dict[str, float], after: dict[str, float], count: int, *, force: bool
) -> tuple[bool, str]:
    if force:
        return True, "used because of --force"
    if count < LEAST_HELD_BACK:
        return (
            True,
            f"used; {count} held-back decisions are too few to compare ({LEAST_HELD_BACK} needed)",
        )
    if after["macro"] >= before["macro"] - _SLACK:
        return True, "used: it is not worse on the decisions held back"
    return False, "kept, but not used: it is worse on the decisions held back (--force uses it)"


def suggest(
    statements: Sequence[dict[str, Any]],
    decided: Sequence[str],
    labels: Sequence[str],
    *,
    count: int,
) -> list[dict[str, Any]]:
    """Return the statements whose decision would teach most, no two of them alike.

    With no decisions yet: a balanced batch, the likeliest of each label and some of none. After that
    those the classifier is least sure of. ``statements`` are rows of one taxonomy.
    """
    known = {" ".join(text.split()) for text in decided}
    rows = []
    for row in statements:
        text = " ".join(row["text"].split())
        if text not in known and len(text.split()) >= 5:
            known.add(text)
            rows.append(row)
    if not rows:
        return []
    table = np.array([[row["scores"].get(label, 0.0) for label in labels] for row in rows])
    if decided:
        order = np.argsort(np.abs(table - 0.5).min(axis=1), kind="stable")
        return _unlike([rows[n] for n in order[: 10 * count]], count)
    share = max(1, count // (len(labels) + 1))
    chosen: list[dict[str, Any]] = []
    for column in range(len(labels)):
        best = [rows[n] for n in np.argsort(-table[:, column], kind="stable")[: 8 * share]]
        fresh = [row for row in best if row not in chosen]
        chosen += _unlike(fresh, share)
    plain = [rows[n] for n in np.argsort(table.max(axis=1), kind="stable") if rows[n] not in chosen]
    return chosen + _unlike(plain[: 8 * count], count - len(chosen))


def _unlike(rows: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Pick rows one after another, each as unlike those before as its place in the order allows."""
    if len(rows) <= count or count <= 0:
        return rows[: max(0, count)]
    from sklearn.feature_extraction.text import TfidfVectorizer

    table = TfidfVectorizer(sublinear_tf=True).fit_transform([row["text"] for row in rows])
    rank = np.linspace(1.0, 0.5, len(rows))
    nearest = np.zeros(len(rows))
    picked: list[int] = []
    for _ in range(count):
        value = rank - nearest
        value[picked] = -np.inf
        best = int(value.argmax())
        picked.append(best)
        nearest = np.maximum(nearest, (table @ table[best].T).toarray()[:, 0])
    return [rows[n] for n in picked]
