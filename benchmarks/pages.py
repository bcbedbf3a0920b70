"""Score the reading of web pages against ``html/`` of the data beside the project.

Body: words in common, by page (precision, recall, F1); title, date and authors: share of pages right.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from pathlib import Path

from textmine.errors import SourceError
from textmine.ingest.htmlpage import extract_page


def words(text: str) -> Counter[str]:
    """Count the words of a text."""
    return Counter(re.findall(r"\w+", text.lower()))


def main(folder: Path) -> None:
    """Print a line a page and the means."""
    rows = [json.loads(line) for line in (folder / "index.jsonl").open(encoding="utf-8")]
    totals: Counter[str] = Counter()
    for row in rows:
        with gzip.open(folder / row["file"], "rt", encoding="utf-8", errors="replace") as page:
            html = page.read()
        gold = words(" ".join(row["paragraphs"] or []))
        try:
            found = extract_page(html, name=row["file"])
        except SourceError as error:
            print(f"{row['file']}: {error}")
            totals["failed"] += 1
            continue
        told = words(found.text)
        common = sum((gold & told).values())
        precision, recall = common / max(1, told.total()), common / max(1, gold.total())
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        checks = {
            "title": (found.title or "").strip() == (row["title"] or "").strip(),
            "date": (found.published or "")[:10] == (row["published"] or "")[:10],
            "authors": sorted(found.authors) == sorted(row["authors"] or []),
        }
        totals["pages"] += 1
        for name, value in {"precision": precision, "recall": recall, "f1": f1, **checks}.items():
            totals[name] += value
        wrong = [name for name, ok in checks.items() if not ok]
        print(f"{row['file']:45} P {precision:.3f} R {recall:.3f} F {f1:.3f} {' '.join(wrong)}")
    count = max(1, totals["pages"])
    print({name: round(value / count, 3) for name, value in totals.items() if name != "pages"})


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/html"))
