"""Sources become articles: title, date, authors right; furniture gone; bad input explained."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from conftest import SAMPLES

import textmine
from textmine.errors import SourceError, TransientSourceError, UsageError
from textmine.ingest.dates import byline, date_line, published_date, split_authors
from textmine.ingest.decode import decode
from textmine.ingest.duplicates import DuplicateIndex, signature
from textmine.ingest.fetch import fetch, new_client
from textmine.ingest.pasted import clean, paragraphs, repair_escapes
from textmine.ingest.reader import Failure, Reader, ReadOptions
from textmine.ingest.sources import expand
from textmine.records import Article

PARAGRAPH = (
    "The harbour board of Port Alder voted on Tuesday to lease its oldest quay to a firm that "
    "builds electric ferries, ending a dispute that had lasted for three years and divided the "
    "town's fishing families, who feared for their moorings, from its younger shopkeepers, who "
    "hoped for custom from the yard and its sixty new workers."
)


def test_pasted_page_loses_its_furniture_and_keeps_its_head() -> None:
    article = textmine.read(str(SAMPLES / "drone-valley.txt"))
    assert article.title == "The workshop and the ministry: inside China’s drone valley"
    assert article.published == "2025-09-04"
    assert article.authors == ("Theo Marchetti-Lau",)
    for furniture in (
        "Skip to main", "Magazine", "Data:", "_ Yunque", "Qingluan Aero / ", "Read next", "Voltmend",
        "Popular", "sauna", "Noor Vestergaard", "newsletter", "went wrong", "Marchetti", "u2019", "©",
    ):  # fmt: skip
        assert furniture not in article.text
    assert "today’s drone and robotics" in article.text
    assert article.text.endswith("“He asks when the parts will come.”")
    assert article.coverage.kept_chars < article.coverage.input_chars
    assert any("exported list" in warning for warning in article.coverage.warnings)


@pytest.mark.parametrize(
    ("name", "title", "author", "published"),
    [
        ("river-tolls.html", "Digital tolls put Ghana’s river traders", "Efua Sarkodie-Lamptey", "2025-11-14"),
        ("port-automation.md", "Two ports, one crane driver", "Saskia Benhaddou", "2025-12-03"),
        ("semiconductor-brief.pdf", "Penang’s chip packagers bet on glass as the world’s orders shift",
         "Devika Ramanathan-Low", "2025-08-12"),
        ("wind-cooperatives.docx", "Who owns the wind?", "Mairi Skovgaard-Ross", "2025-10-21"),
    ],
)  # fmt: skip
def test_every_format_gives_title_author_and_date(
    name: str, title: str, author: str, published: str
) -> None:
    article = textmine.read(str(SAMPLES / name))
    assert (article.title or "").startswith(title)
    assert article.authors == (author,)
    assert article.published == published
    assert article.language == "en"
    assert len(article.text.split()) > 400


def test_page_furniture_stays_out_of_the_article() -> None:
    text = textmine.read(str(SAMPLES / "river-tolls.html")).text
    assert text.startswith("YEJI, Ghana") and text.endswith("and pushed off.")
    for furniture in ("cookie", "Share", "Related", "newsletter", "function(", "comments"):
        assert furniture not in text


def test_tables_and_feeds_give_one_article_a_row() -> None:
    for name, count in (("wire.jsonl", 4), ("briefs.csv", 3), ("feed.xml", 3)):
        articles = list(textmine.read_all(str(SAMPLES / name)))
        assert len(articles) == count
        assert all(a.title and a.authors and a.published and a.text for a in articles)
    with pytest.raises(UsageError, match="4 articles"):
        textmine.read(str(SAMPLES / "wire.jsonl"))


def test_a_full_paragraph_after_a_teaser_block_is_article_again() -> None:
    text = "\n\n".join(
        [
            "A quay for ferries",
            PARAGRAPH,
            "Related stories",
            "Whale seen off Cape Finn",
            "Fishermen filmed the animal for an hour before it dived and swam off to the north.",
            "Last train to Port Alder",
            "The line will close in spring, and a bus will take its place on four days a week.",
            f"Nobody at the quay of Port Alder had asked for ferries. {PARAGRAPH[4:]}",
            "“We were told on Tuesday, like everyone else in town,” said the harbour master.",
        ]
    )
    found = clean(text)
    assert found.title == "A quay for ferries"
    assert "Whale" not in found.text and "animal" not in found.text
    assert "Nobody at the quay" in found.text and "harbour master" in found.text
    assert "bus" not in found.text


SHORT = [
    "The plant in Hai Phong employs four hundred people and will hire as many next year, Lanco said.",
    "Officials in Hanoi told Lanco that the land would be ready by the end of the rainy season.",
    "Residents of the district complain that the road to the port floods every summer.",
    "The company said it had set aside 12 million dollars for drainage and for a new school.",
    "Nobody in the town believes it, said Pham Quoc Huy, who sells noodles at the gate.",
]


@pytest.mark.parametrize("heading", ["Related stories", "Read next", "Newsletter", "Popular"])
def test_a_block_of_links_within_an_article_costs_no_paragraph(heading: str) -> None:
    lines = [
        "Lanco builds a plant",
        "14 March 2024",
        *SHORT[:2],
        heading,
        "Intel sells",
        *SHORT[2:],
    ]
    assert clean("\n\n".join(lines)).text.split("\n\n") == SHORT


@pytest.mark.parametrize(
    "sentence",
    [
        "Kim Soo-jin is a researcher at KAIST in Daejeon who has counted the workshops.",
        "By continuing to subsidise its yards, China has driven rivals out of the tanker market.",
        "Help, when it came, was a loan of 40 million yuan from the county.",
        "Copyright law in Japan lets firms train models on anything they find.",
        "Shutterstock agreed in January to pay $1.85 billion for Getty Images.",
        "Sources: three officials with knowledge of the plan, who asked not to be named.",
        "1. Train 50,000 engineers by 2030: $500 million",
        "The story was first published by ProPublica in June and cost two ministers their jobs.",
        "Update: this morning the buyer raised his offer to 14 shillings, the union said.",
        "Grace Achieng is a professor at Moi University, and she has weighed the rain since 1988.",
        "Why did you leave Bloomberg?",
        "“We sold it to Reuters.”",
        "Follow the money",
        "More in hope than in fear",
    ],
)
def test_no_rule_for_furniture_eats_a_sentence(sentence: str) -> None:
    text = "\n\n".join(["Lanco builds a plant", "14 March 2024", SHORT[0], sentence, *SHORT[1:]])
    assert sentence in clean(text).text


@pytest.mark.parametrize(
    "line",
    [
        "Advertisement - Continue reading below", "Fig. 1: Exports, 2010-2024. Source: KITA",
        "A worker at the plant. Credit: Li Wei/Reuters", "(Ann Other/Bloomberg)", "SIGN UP HERE",
        "Enjoying this story? Support our work from £5 a month.", "This field is required.",
        "Workers in the yard. (Lucas Lacaz Ruiz/Folhapress)", "Photograph by Jane Doe for The Nation.",
        "Writing by Ann Lee; Editing by Bob Roe", "This article was amended on 3 May to add a name.",
        "There was an error submitting the form.", "Illustrated by Ann Other", "Photography: Bob Li",
        "Data: Ministry of Trade; chart: Ines Calloway. Exports of drones in billions of dollars.",
    ],
)  # fmt: skip
def test_furniture_between_paragraphs_is_left_out(line: str) -> None:
    text = "\n\n".join(["Lanco builds a plant", "14 March 2024", *SHORT[:3], line, *SHORT[3:]])
    assert clean(text).text.split("\n\n") == SHORT


@pytest.mark.parametrize(
    "line",
    [
        "14.03.2024", "March 14, 2024 · 7 min read", "Published: 14 March 2024 | Updated: 16 March 2024",
        "Hanoi — March 14, 2024", "14-Mar-2024", "2024-03-14T08:00:00Z", "Thu., March 14th 2024",
        "By Ann Lee | March 14, 2024", "By Ann Lee 14 March 2024", "By Ann Lee on March 14, 2024",
        "PUBLISHED THU, MAR 14 2024 7:30 AM EDT UPDATED FRI, MAR 15 2024 9:41 AM EDT",
        "Posted on March 14, 2024 by Ann Lee", "14 March 2024 | 4:12 am", "HANOI, MARCH 14, 2024",
    ],
)  # fmt: skip
def test_lines_of_date_and_byline(line: str) -> None:
    found = clean("\n\n".join(["Lanco builds a plant here", line, *SHORT]))
    assert found.published == "2024-03-14" and found.title == "Lanco builds a plant here"
    assert found.authors == (("Ann Lee",) if "Ann" in line else ())
    assert found.text.split("\n\n") == SHORT


@pytest.mark.parametrize(
    ("note", "authors"),
    [
        ("Nguyen Thi Mai is a journalist based in Hue.", ("Nguyen Thi Mai",)),
        ("María José Álvarez and Đặng Thu Hà are freelance journalists based in Hue.",
         ("María José Álvarez", "Đặng Thu Hà")),
        ("Ann d'Almeida writes about trade for the Hue Review.", ("Ann d'Almeida",)),
    ],
)  # fmt: skip
def test_the_closing_note_gives_the_authors(note: str, authors: tuple[str, ...]) -> None:
    found = clean("\n\n".join(["Lanco builds a plant here", "14 March 2024", *SHORT, note]))
    assert found.authors == authors and found.text.split("\n\n") == SHORT


def test_a_short_title_is_told_from_its_standfirst_and_the_menu() -> None:
    standfirst = "How a county bank in Anhui lent itself out of existence, and who will pay"
    menu = ["Skip to main content", "World", "Business", "Tech"]
    found = clean("\n\n".join([*menu, "Overdrawn", standfirst, "14 March 2024", *SHORT]))
    assert found.title == "Overdrawn" and found.text.split("\n\n") == [standfirst, *SHORT]


def test_plain_prose_keeps_every_word() -> None:
    text = f"{PARAGRAPH}\n\n“No,” she said.\n\nThe firm will move in next year."
    assert clean(text).text == text


def test_lines_broken_at_a_fixed_width_are_joined() -> None:
    wrapped = "The board voted on Tuesday to lease the oldest quay to a\nfirm that builds electric fer-\nries in the north."
    assert paragraphs(wrapped) == [
        "The board voted on Tuesday to lease the oldest quay to a firm that builds electric ferries in the north."
    ]


def test_broken_escapes_are_mended_and_words_left_alone() -> None:
    assert repair_escapes("todayu2019s u201cshopu201d") == "today’s “shop”"
    assert repair_escapes("menu 2019 and Lulu2020") == "menu 2019 and Lulu2020".replace(
        "u2020", "†"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-1"])
def test_encodings_are_detected(encoding: str) -> None:
    text = (
        f"São Tomé’s café – naïve façade. {PARAGRAPH}"
        if encoding != "iso-8859-1"
        else f"São Tomé café. {PARAGRAPH}"
    )
    assert decode(text.encode(encoding)) == text


def test_dates_and_bylines() -> None:
    assert date_line("Published on 4 September 2025, 10:30 GMT") == "2025-09-04"
    assert date_line("Sept. 4, 2025") == "2025-09-04"
    assert date_line("On 4 September 2025 the yard closed its gates.") is None
    assert date_line("04/03/2025") is None, "day or month first? unknown is better than wrong"
    assert published_date("Wed, 17 Sep 2025 08:00:00 GMT") == "2025-09-17"
    assert published_date("2025-11-14T08:00:00Z") == "2025-11-14"
    assert byline("By Ana Prado and Li Wei, business correspondent") == ("Ana Prado", "Li Wei")
    assert split_authors("Prado, Ana") == ("Ana Prado",)


def test_near_duplicates_are_found_and_different_stories_are_not() -> None:
    index = DuplicateIndex()
    index.add("one", signature(PARAGRAPH * 3))
    assert index.original(signature(PARAGRAPH * 3 + " It opens in May.")) == "one"
    assert (
        index.original(signature("Quite another story about a bridge and a mayor who resigned."))
        is None
    )


def _reader(handler: object) -> Reader:
    return Reader(client=new_client(httpx.MockTransport(handler)))  # type: ignore[arg-type]


def test_addresses_pages_feeds_and_their_errors() -> None:
    page = (SAMPLES / "river-tolls.html").read_bytes()
    feed = b"""<rss version="2.0"><channel><title>t</title><item><title>Tolls</title>
      <link>http://paper.test/tolls</link><description>Short.</description></item></channel></rss>"""

    def handler(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/tolls":
            return httpx.Response(200, content=page, headers={"content-type": "text/html"})
        if path == "/feed":
            return httpx.Response(
                200, content=feed, headers={"content-type": "application/rss+xml"}
            )
        if path == "/bad-feed":
            return httpx.Response(
                200, text="hello", headers={"content-type": "application/rss+xml"}
            )
        if path == "/busy":
            return httpx.Response(503)
        if path == "/down":
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(404)

    reader = _reader(handler)
    (article,) = reader.read("http://paper.test/tolls")
    assert isinstance(article, Article) and article.url == "http://paper.test/tolls"
    assert article.fetched_at is not None
    (entry,) = reader.read("http://paper.test/feed")
    assert isinstance(entry, Article) and entry.title == "Tolls" and "Yeji" in entry.text
    assert list(reader.read("http://paper.test/feed", known_urls={"http://paper.test/tolls"})) == []
    (bad,) = reader.read("http://paper.test/bad-feed")
    assert isinstance(bad, Failure) and "not an RSS or Atom feed" in bad.reason
    (gone,) = reader.read("http://paper.test/gone")
    assert isinstance(gone, Failure) and "404" in gone.reason
    for path in ("busy", "down"):
        with pytest.raises(TransientSourceError, match=r"paper\.test"):
            list(reader.read(f"http://paper.test/{path}"))


def test_a_download_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textmine.config.MAX_DOWNLOAD_BYTES", 1000)
    client = new_client(
        httpx.MockTransport(lambda request: httpx.Response(200, content=b"x" * 5000))
    )
    with pytest.raises(SourceError, match="larger than"):
        fetch("http://paper.test/", client)


BAD = {
    "empty.txt": (b"", "is empty"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(500), "not text"),
    "cut.pdf": (b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog", "damaged or cut short"),
    "menu.html": (b"<html><body><nav><a href='/'>Home</a></nav></body></html>", "no article on it"),
    "broken.docx": (b"PK\x03\x04 not a zip at all", "damaged"),
    "notes.xml": (b"<notes><note>hello</note></notes>", "not an RSS or Atom feed"),
    "bomb.xml": (
        b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><rss><channel/></rss>',
        "entities",
    ),
    "empty.csv": (b"title,text\n", "no rows"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_explained(name: str, tmp_path: Path) -> None:
    content, message = BAD[name]
    (tmp_path / name).write_bytes(content)
    (failure,) = Reader().read(str(tmp_path / name))
    assert isinstance(failure, Failure)
    assert message in failure.reason and name in failure.reason
    assert "\n" not in failure.reason


def test_a_huge_text_is_refused_quickly(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    path.write_text("All work and no play makes a dull report. " * 1_200_000)
    (failure,) = Reader().read(str(path))
    assert isinstance(failure, Failure) and "split it" in failure.reason


def test_a_wrong_column_names_the_right_ones(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("headline,story_text\nA,B\n")
    for options, reason in (
        (ReadOptions(), "headline, story_text"),
        (ReadOptions(text_column="stori"), "no column 'stori'"),
    ):
        (failure,) = Reader(options).read(str(path))
        assert isinstance(failure, Failure) and reason in failure.reason
    (article,) = Reader(ReadOptions(text_column="story_text")).read(str(path))
    assert isinstance(article, Article) and article.title == "A"


def test_one_bad_line_of_a_table_costs_that_line_only(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"text": "One article here."}\n{broken\n{"text": "Another article here."}\n')
    items = list(Reader().read(str(path)))
    assert [type(item) for item in items] == [Article, Failure, Article]


def test_folders_are_searched_and_missing_paths_refused(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "a.txt").write_text("x")
    (tmp_path / "in" / "b.exe").write_text("x")
    assert [Path(p).name for p in expand([str(tmp_path / "in")])] == ["a.txt"]
    with pytest.raises(UsageError, match="does not exist"):
        expand(["nowhere.txt"])
