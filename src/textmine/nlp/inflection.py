"""English verb forms, for word lists kept as lemmas: a trained lemmatiser makes "jum" of "jumped"."""

from __future__ import annotations

from collections.abc import Iterable

_IRREGULAR = {
    "rise": "rose risen", "grow": "grew grown", "fall": "fell fallen", "sink": "sank sunk",
    "lose": "lost", "shrink": "shrank shrunk", "slide": "slid", "cut": "cut", "shed": "shed",
    "go": "went gone goes", "swell": "swollen", "leap": "leapt", "say": "said", "tell": "told",
    "write": "wrote written", "think": "thought", "know": "knew known", "hold": "held",
    "find": "found", "show": "shown", "swear": "swore sworn", "put": "put", "read": "read",
    "see": "saw seen", "hear": "heard", "feel": "felt", "understand": "understood",
    "foresee": "foresaw foreseen", "make": "made", "give": "gave given", "retort": "",
    "speak": "spoke spoken", "begin": "began begun", "forecast": "forecast", "bet": "bet",
    "mean": "meant", "let": "let", "hurt": "hurt", "dream": "dreamt", "vow": "", "quip": "",
    "plead": "pled", "counter": "", "answer": "", "offer": "", "deliver": "", "recover": "",
    "shoot": "shot", "hit": "hit", "reveal": "", "remember": "", "wonder": "", "consider": "", "whisper": "",
    "reckon": "", "mention": "", "caution": "", "question": "", "threaten": "", "weaken": "",
    "pay": "paid", "strengthen": "", "narrow": "", "widen": "", "predict": "", "hint": "",
}  # fmt: skip
_DOUBLING = {
    "drop", "slip", "dip", "trim", "admit", "plan", "quip", "step", "bet", "cut", "shed", "ad-lib",
    "refer", "commit", "set", "put", "let", "hit", "spit", "plot",
}  # fmt: skip


def verb_forms(lemma: str) -> set[str]:
    """Return a verb's forms; of a phrase ("point out") those of its first word."""
    first, _, rest = lemma.partition(" ")
    forms = {first, *_IRREGULAR.get(first, "").split()}
    if first.endswith(("s", "sh", "ch", "x", "z", "o")):
        forms.add(f"{first}es")
    elif first.endswith("y") and first[-2:-1] not in "aeiou":
        forms.add(f"{first[:-1]}ies")
    else:
        forms.add(f"{first}s")
    if first.endswith("e"):
        forms |= {f"{first}d", f"{first[:-1]}ing"}
    elif first.endswith("y") and first[-2:-1] not in "aeiou":
        forms |= {f"{first[:-1]}ied", f"{first}ing"}
    elif first in _DOUBLING:
        forms |= {f"{first}{first[-1]}ed", f"{first}{first[-1]}ing"}
    else:
        forms |= {f"{first}ed", f"{first}ing"}
    return {f"{form} {rest}".strip() for form in forms}


def all_forms(lemmas: Iterable[str]) -> dict[str, str]:
    """Map every form of every lemma to its lemma."""
    return {form: lemma for lemma in lemmas for form in sorted(verb_forms(lemma))}
