"""The command line. Heavy imports wait inside the commands, so that --help answers at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from textmine import __version__, config
from textmine.errors import ModelError, StoreError, TextmineError, UsageError

app = typer.Typer(
    name="textmine",
    help="News articles in, reviewed facts out: companies, people, figures, claims, statements.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
server_app = typer.Typer(
    help="The project's own Prefect server, in the background.", no_args_is_help=True
)
app.add_typer(server_app, name="server")

Db = Annotated[
    str,
    typer.Option(
        "--db",
        metavar="URL",
        help="Store, as sqlite:///FILE. [default: $TEXTMINE_DB or sqlite:///textmine.db]",
        show_default=False,
    ),
]
Sources = Annotated[
    list[str], typer.Argument(metavar="SOURCE", help="Files, folders, http(s) addresses, feeds.")
]
Taxonomy = Annotated[
    list[str],
    typer.Option(
        "--taxonomy",
        metavar="NAME|FILE",
        help="Taxonomy: a YAML file, or the name of one in the box. Repeatable.",
    ),
]
Engine = Annotated[
    str, typer.Option(metavar="NAME", help="Pipeline: accurate, fast, a spaCy package or a folder.")
]
AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON instead of tables.")]
TextColumn = Annotated[
    str | None, typer.Option(metavar="NAME", help="Column of a table that holds the texts.")
]
UrlColumn = Annotated[
    str | None, typer.Option(metavar="NAME", help="Column of a table that holds addresses.")
]


def main() -> None:
    """Run the command line; a user's error is one line, never a traceback."""
    try:
        app()
    except TextmineError as error:
        typer.echo(f"textmine: {error}", err=True)
        sys.exit(2 if isinstance(error, UsageError | StoreError | ModelError) else 1)
    except KeyboardInterrupt:
        typer.echo("textmine: stopped; what was stored is kept, run again to go on", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"textmine {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


def _taxonomies(given: list[str]) -> tuple[str, ...]:
    """Return the taxonomies asked for, checked; files as absolute paths, for flows that run elsewhere."""
    from textmine.statements.taxonomy import read_taxonomy

    names = given or [config.DEFAULT_TAXONOMY]
    out = []
    for name in names:
        path = config.taxonomy_path(name)
        read_taxonomy(path)
        out.append(str(path.resolve()) if path.suffix and Path(name) == path else name)
    return tuple(out)


def _check_out(out: Path | None) -> None:
    """Raise UsageError before any work is done if results could not be written."""
    if out is None:
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".textmine-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(
            f"cannot write to {out} ({error.strerror}): give --out a folder you may write to"
        ) from error


@app.command(epilog="Example: textmine run corpora/samples --out out")
def run(
    sources: Sources,
    db: Db = "",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the JSONL files into this folder.")
    ] = None,
    taxonomy: Taxonomy = [],  # noqa: B006 - typer copies it
    workers: Annotated[
        int, typer.Option(min=1, max=64, metavar="N", help="Processes that annotate.")
    ] = 1,
    engine: Engine = config.DEFAULT_ENGINE,
    direct: Annotated[
        bool, typer.Option("--direct", metavar="", help="Take the same steps without Prefect.")
    ] = False,
    text_column: TextColumn = None,
    url_column: UrlColumn = None,
    as_json: AsJson = False,
) -> None:
    """Mine articles into the store (and files): the main job, as a Prefect flow."""
    from textmine.display import progress_bars
    from textmine.ingest.sources import expand
    from textmine.mining import RunOptions, Workspace, mine_directly, on_progress
    from textmine.store.database import open_store
    from textmine.store.export import export

    paths = expand(sources)
    url = db or config.default_database()
    options = RunOptions(url, engine, _taxonomies(taxonomy), workers, text_column, url_column)
    _check_out(out)
    open_store(url).close()
    with progress_bars(quiet=as_json) as bars:
        on_progress(bars)
        if direct:
            summary = mine_directly(Workspace(options), paths)
            if out is not None:
                store = open_store(url)
                export(store, out)
                store.close()
        else:
            summary = _run_flow(paths, options, out)
    _report_run(summary, url, out, as_json=as_json)


def _run_flow(paths: list[str], options: Any, out: Path | None) -> Any:
    with _prefect_api():
        from textmine.flows import load_flow_module

        module = load_flow_module("mine")
        return module.mine(
            paths,
            db=options.db,
            out=str(out) if out else None,
            engine=options.engine,
            taxonomies=list(options.taxonomies),
            workers=options.workers,
            text_column=options.text_column,
            url_column=options.url_column,
        )


@contextmanager
def _prefect_api() -> Iterator[str]:
    """Give a Prefect API: the user's, else the project's own server, else a temporary one."""
    import os
    import signal

    from textmine.flows import load_flow_module

    server = load_flow_module("server")
    server.prepare_environment()
    given = os.environ.get("PREFECT_API_URL")
    url = given or server.running_url()
    if url:
        os.environ["PREFECT_API_URL"] = url
        yield url
        return
    typer.echo(
        "Starting a temporary Prefect server (about 20 s; `textmine server start` keeps one, "
        "--direct needs none) ...",
        err=True,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with server.temporary() as url:
        os.environ["PREFECT_API_URL"] = url
        yield url


def _report_run(summary: Any, url: str, out: Path | None, *, as_json: bool) -> None:
    from dataclasses import asdict

    from textmine.display import console, record_table, summary_lines
    from textmine.store.database import open_store

    if as_json:
        typer.echo(json.dumps(asdict(summary), ensure_ascii=False))
    else:
        screen = console()
        store = open_store(url)
        ids = summary.article_ids
        for kind, most in (("entities", 12), ("figures", 8), ("claims", 6), ("statements", 6)):
            rows = store.rows(kind, article_ids=ids)
            if kind == "statements":
                rows = [row for row in rows if row["labels"]]
            if kind == "figures":
                rows = sorted(rows, key=lambda row: row["kind"] == "date")
            if rows:
                shown = rows[:most]
                screen.print(
                    record_table(kind, shown, title=f"{kind} ({len(shown)} of {len(rows):,})")
                )
        store.close()
        for line in summary_lines(summary):
            screen.print(line, markup=False)
        screen.print(
            f"Store: {url}" + (f"   Files: {out}" if out else ""), markup=False, soft_wrap=True
        )
    for source, reason in summary.failures:
        typer.echo(f"failed: {reason if source in reason else f'{source}: {reason}'}", err=True)
    if summary.failures:
        # A column that no table has is a wrong command, not a failed item.
        wrong = all("has no column" in reason for _, reason in summary.failures)
        raise typer.Exit(2 if wrong and not summary.article_ids else 1)


@app.command(epilog="Example: textmine inspect corpora/samples/drone-valley.txt")
def inspect(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A file or http(s) address.")],
    taxonomy: Taxonomy = [],  # noqa: B006
    engine: Engine = config.DEFAULT_ENGINE,
    text_column: TextColumn = None,
    url_column: UrlColumn = None,
    as_json: AsJson = False,
) -> None:
    """Extract from one source and show it at once; nothing is stored."""
    from textmine.errors import SourceError
    from textmine.ingest.reader import Failure, Reader, ReadOptions
    from textmine.ingest.sources import expand
    from textmine.steps import load

    failed = 0
    names = _taxonomies(taxonomy)
    reader = Reader(ReadOptions(text_column, url_column))
    miner = None
    for path in expand([source]):
        for item in reader.read(path):
            if isinstance(item, Failure):
                typer.echo(f"textmine: {item.reason}", err=True)
                failed += 1
                continue
            miner = miner or load(engine, taxonomies=names)
            _show_result(miner.annotate(item), as_json=as_json)
    if failed:
        raise SourceError(f"{failed} item{'s' if failed > 1 else ''} of {source} could not be read")


def _show_result(result: Any, *, as_json: bool) -> None:
    from textmine.display import console, highlighted, legend, record_table
    from textmine.records import as_dict

    kinds = ("entities", "figures", "claims", "statements")
    if as_json:
        found = {kind: [as_dict(r) for r in getattr(result, kind)] for kind in ("mentions", *kinds)}
        typer.echo(json.dumps({"article": as_dict(result.article), **found}, ensure_ascii=False))
        return
    screen, article = console(), result.article
    screen.rule(article.title or article.source, style="bold")
    known = [", ".join(article.authors), article.published or "", article.language or ""]
    screen.print(" · ".join(part for part in known if part), markup=False)
    for warning in article.coverage.warnings:
        screen.print(f"note: {warning}", style="dim", markup=False)
    screen.print(legend())
    screen.print()
    screen.print(highlighted(result))
    for kind in kinds:
        rows = [as_dict(record) for record in getattr(result, kind)]
        if kind == "statements":
            rows = [row for row in rows if row["labels"]]
        if kind == "entities":
            rows.sort(key=lambda row: -row["mentions"])
        screen.print()
        screen.print(record_table(kind, rows, title=f"{kind} ({len(rows)})"))


def _existing_store(db: str) -> Any:
    from textmine.store.database import open_existing

    return open_existing(db or config.default_database())


@app.command(epilog="Example: textmine export out --format xlsx")
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write into.")],
    format: Annotated[str, typer.Option(help="jsonl, csv, parquet or xlsx.")] = "jsonl",
    db: Db = "",
) -> None:
    """Write the store's records to files."""
    from textmine.store.export import export as write

    for path in write(_existing_store(db), folder, format=format):
        typer.echo(str(path))


@app.command(epilog="Example: textmine report --out report.html")
def report(
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("report.html"),
    db: Db = "",
    title: Annotated[str, typer.Option(help="Heading of the page.")] = "textmine report",
) -> None:
    """Write one self-contained page: texts highlighted, tables, charts; for review and print."""
    from textmine.report import write_report

    write_report(_existing_store(db), out, title=title)
    typer.echo(str(out))


from textmine import cli_entities, cli_services, cli_show, cli_taxonomy  # noqa: E402,F401 - they add commands to ``app``
