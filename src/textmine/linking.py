"""Entities that are the same across articles: names compared, people's judgements first.

The links are a function of what the store holds (entities, judgements, the alias file) and of
nothing else: the order in which articles came in leaves no trace. People are joined by full names
only, organisations also by legal forms, acronyms and short names that articles themselves explain.
"""

from __future__ import annotations

import csv
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from rapidfuzz.distance import OSA

from textmine import config
from textmine.errors import UsageError
from textmine.nlp.entities import family
from textmine.nlp.names import base_name
from textmine.records import ORGANISATION_KINDS
from textmine.store.database import Store
from textmine.store.entities import StoredEntity

#: A letter may differ in words of at least this length: "Zambia" and "Gambia" stay apart.
_LONG_WORD = 7
_ALIAS_COLUMNS = ("name", "alias", "kind", "wikidata")


@dataclass(frozen=True, slots=True)
class Alias:
    """A line of the alias file: ``alias`` is another name of ``name``."""

    name: str
    alias: str
    kind: str | None
    wikidata: str | None


def alias_file() -> Path:
    """Return the alias file in force: ``$TEXTMINE_ALIASES``, ``aliases.csv`` here, else the box's."""
    given = os.environ.get("TEXTMINE_ALIASES")
    if given:
        if not Path(given).is_file():
            raise UsageError(
                f"alias file {given} (TEXTMINE_ALIASES) does not exist: check the path"
            )
        return Path(given)
    own = Path("aliases.csv")
    return own if own.is_file() else config.resource_folder("corpora") / "aliases.csv"


def read_aliases(path: Path) -> list[Alias]:
    """Read an alias file (CSV: name, alias, kind, wikidata).

    Raises UsageError, naming the line, for missing columns, an unknown kind, an alias of two names.
    """
    out: list[Alias] = []
    owners: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        missing = {"name", "alias"} - set(rows.fieldnames or ())
        if missing:
            raise UsageError(
                f"{path} has no column {' or '.join(sorted(missing))}: its first line must be "
                f"{','.join(_ALIAS_COLUMNS)}"
            )
        for row in rows:
            name, alias = (row["name"] or "").strip(), (row["alias"] or "").strip()
            kind = (row.get("kind") or "").strip() or None
            if not name or not alias:
                raise UsageError(f"{path}, line {rows.line_num}: name and alias are both needed")
            if kind and kind not in {*ORGANISATION_KINDS, "person", "place", "group"}:
                raise UsageError(
                    f"{path}, line {rows.line_num}: no kind {kind!r}: write person, place, group "
                    f"or one of {', '.join(ORGANISATION_KINDS)}"
                )
            owner = owners.setdefault(base_name(alias), name)
            if owner != name:
                raise UsageError(
                    f"{path}, line {rows.line_num}: {alias!r} is an alias of {owner!r} already"
                )
            out.append(Alias(name, alias, kind, (row.get("wikidata") or "").strip() or None))
    return out


def link(store: Store) -> int:
    """Write each entity's canonical id into the store; return how many entities were joined."""
    aliases = read_aliases(alias_file())
    entities = store.stored_entities()
    found = canonical_ids(entities, aliases, store.judgements())
    given = {base_name(n): a.kind for a in aliases for n in (a.name, a.alias) if a.kind}
    kinds = {
        e.id: kind
        for e in entities
        if (kind := given.get(base_name(e.name))) in ORGANISATION_KINDS
        and family(e.label) == "organisation"
    }
    store.set_canonical(found, kinds=kinds)
    return sum(key != value for key, value in found.items())


def canonical_ids(
    entities: Sequence[StoredEntity],
    aliases: Iterable[Alias] = (),
    judgements: Iterable[tuple[str, str, str]] = (),
) -> dict[str, str]:
    """Return each entity's canonical id.

    ``judgements`` are (first id, second id, ``same`` or ``different``), oldest first; the entity
    named first in a ``same`` gives its id. Groups that a ``different`` divides are not joined.
    """
    groups = _Groups(entities)
    verdicts = list(judgements)
    for first, second, verdict in verdicts:
        if verdict == "different":
            groups.bar(first, second)
    for first, second, verdict in verdicts:
        if verdict == "same":
            groups.join(first, second, forced=True)
    for one, two in _alias_pairs(entities, aliases):
        groups.join(one, two)
    for one, two in _machine_pairs(entities):
        groups.join(one, two)
    return groups.result()


class _Groups:
    """Disjoint sets of entity ids, with pairs that must not meet."""

    def __init__(self, entities: Sequence[StoredEntity]) -> None:
        self._by_id = {entity.id: entity for entity in entities}
        self._members = {entity.id: {entity.id} for entity in entities}
        self._root = {entity.id: entity.id for entity in entities}
        self._heads: dict[str, str] = {}
        self._barred: set[frozenset[str]] = set()

    def bar(self, one: str, two: str) -> None:
        self._barred.add(frozenset((one, two)))

    def join(self, one: str, two: str, *, forced: bool = False) -> None:
        if one not in self._root or two not in self._root:
            return
        first, second = self._root[one], self._root[two]
        if first == second:
            return
        pairs = (frozenset((a, b)) for a in self._members[first] for b in self._members[second])
        if any(pair in self._barred for pair in pairs):
            return
        for member in self._members.pop(second):
            self._root[member] = first
            self._members[first].add(member)
        given = self._heads.pop(second, None)
        if first not in self._heads and (given or forced):
            self._heads[first] = given or one

    def result(self) -> dict[str, str]:
        out: dict[str, str] = {}
        for root, members in self._members.items():
            head = self._heads.get(root) or min(members, key=self._rank)
            out |= dict.fromkeys(members, head)
        return out

    def _rank(self, key: str) -> tuple[int, int, str]:
        """Rank names for the canonical one: no bare acronym, then the shortest, then by alphabet."""
        name = self._by_id[key].name
        return (int(name.isupper() and " " not in name), len(base_name(name)), name)


def _alias_pairs(
    entities: Sequence[StoredEntity], aliases: Iterable[Alias]
) -> Iterable[tuple[str, str]]:
    by_name: dict[str, list[StoredEntity]] = defaultdict(list)
    for entity in entities:
        by_name[base_name(entity.name)].append(entity)
    for entry in aliases:
        for one in by_name.get(base_name(entry.name), ()):
            for two in by_name.get(base_name(entry.alias), ()):
                if one.id != two.id:
                    yield one.id, two.id


def _machine_pairs(entities: Sequence[StoredEntity]) -> list[tuple[str, str]]:
    """Return pairs that the names alone make the same, the surest first."""
    blocks: dict[tuple[str, str], list[StoredEntity]] = defaultdict(list)
    explained: dict[tuple[str, str], set[str]] = defaultdict(set)
    names: dict[tuple[str, str], str] = {}
    for entity in sorted(entities, key=lambda e: e.id):
        kin = family(entity.label)
        plain = _plain(entity.name)
        names[kin, plain] = names.get((kin, plain), entity.id)
        blocks[kin, plain.split(" ")[0][:3]].append(entity)
        if kin == "organisation":
            for other in entity.aliases:
                explained[kin, _plain(other)].add(entity.id)
    out = []
    for (kin, plain), owners in sorted(explained.items()):
        # A short name that two articles explain differently says nothing.
        if len(owners) == 1 and (kin, plain) in names:
            out.append((owners.pop(), names[kin, plain]))
    for (kin, _), block in sorted(blocks.items()):
        if kin == "group":
            continue
        out += [
            (one.id, two.id)
            for one, two in combinations(block, 2)
            if _same_name(one.name, two.name, is_person=kin == "person")
        ]
    return [(a, b) for a, b in out if a != b]


def _plain(name: str) -> str:
    """Return a name without accents, hyphens, legal forms; "&" is "and"."""
    letters = unicodedata.normalize("NFKD", base_name(name).replace("&", " and "))
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+", " ", plain).split())


def _same_name(one: str, two: str, *, is_person: bool) -> bool:
    """Say whether two names are spellings of one: accents, hyphens, initials, one letter."""
    first, second = _plain(one), _plain(two)
    if first.replace(" ", "") == second.replace(" ", ""):
        return True
    left, right = first.split(), second.split()
    if is_person:
        # "Jerome H. Powell" and "Jerome Powell".
        left = [left[0], *(w for w in left[1:-1] if len(w) > 1), left[-1]]
        right = [right[0], *(w for w in right[1:-1] if len(w) > 1), right[-1]]
        if len(left) < 2 or len(right) < 2:
            return False
        if left == right:
            return True
    if len(left) != len(right) or re.findall(r"\d+", first) != re.findall(r"\d+", second):
        return False
    differing = [(a, b) for a, b in zip(left, right, strict=True) if a != b]
    return len(differing) == 1 and all(
        min(len(a), len(b)) >= _LONG_WORD and a[0] == b[0] and OSA.distance(a, b) == 1
        for a, b in differing
    )


def resolve(store: Store, words: str) -> StoredEntity:
    """Return the entity of an id or a name. Raises UsageError if there is none or several."""
    entities = store.stored_entities()
    hits = [e for e in entities if e.id == words] or [
        e for e in entities if e.name.casefold() == words.casefold()
    ]
    if not hits:
        needle = base_name(words)
        hits = [e for e in entities if needle in {base_name(n) for n in (e.name, *e.aliases)}]
    if not hits:
        raise UsageError(
            f"no entity {words!r} in the store: `textmine show entities --search {words!r}` "
            "lists names; an id works, too"
        )
    if len(hits) > 1:
        listed = "; ".join(f"{e.id} {e.name} ({e.label})" for e in hits[:6])
        raise UsageError(f"{words!r} means {len(hits)} entities: give an id ({listed})")
    return hits[0]


def merge(store: Store, first: str, second: str) -> tuple[StoredEntity, StoredEntity]:
    """Judge two entities the same; the first gives name and id. Links are drawn anew."""
    return _judge(store, first, second, "same")


def split(store: Store, first: str, second: str) -> tuple[StoredEntity, StoredEntity]:
    """Judge two entities not the same. Links are drawn anew."""
    return _judge(store, first, second, "different")


def _judge(
    store: Store, first: str, second: str, verdict: str
) -> tuple[StoredEntity, StoredEntity]:
    one, two = resolve(store, first), resolve(store, second)
    if one.id == two.id:
        raise UsageError(
            f"{first!r} and {second!r} are one name ({one.id}): only two names can be "
            "joined or kept apart"
        )
    store.judge(one.id, two.id, verdict)
    link(store)
    return one, two


def rename(store: Store, words: str, *, name: str | None, kind: str | None) -> StoredEntity:
    """Give an entity another name or kind, kept through re-runs and upgrades."""
    if kind is not None and kind not in ORGANISATION_KINDS:
        raise UsageError(f"no kind {kind!r}: choose one of {', '.join(ORGANISATION_KINDS)}")
    if not name and not kind:
        raise UsageError("nothing to change: give a new name, --kind or both")
    entity = resolve(store, words)
    store.edit_entity(entity.canonical_id, name=name, kind=kind)
    return entity
