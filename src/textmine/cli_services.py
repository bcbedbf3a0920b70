"""Commands around the main job: schedules, the server, training, evaluation, a health check."""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from textmine import config
from textmine.cli import AsJson, Db, Engine, Taxonomy, _prefect_api, _taxonomies, app, server_app
from textmine.errors import TextmineError, UsageError

_EVERY = re.compile(r"(\d+)\s*(s|m|min|h|d)")


def _interval(text: str) -> timedelta:
    match = _EVERY.fullmatch(text.strip().lower())
    if not match or int(match.group(1)) == 0:
        raise UsageError(f"--every {text!r} is not understood: write 30m, 1h or 2d")
    unit = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}
    return timedelta(**{unit[match.group(2)]: int(match.group(1))})


@app.command(epilog="Example: textmine schedule --feed https://example.org/rss --every 1h")
def schedule(
    feed: Annotated[
        list[str], typer.Option("--feed", help="Feed, address, file or folder. Repeatable.")
    ],
    every: Annotated[str | None, typer.Option(help="Interval: 30m, 1h, 2d. Default 1h.")] = None,
    cron: Annotated[str | None, typer.Option(help='Cron expression, e.g. "0 7 * * 1-5".')] = None,
    db: Db = "",
    out: Annotated[
        Path | None, typer.Option(help="Write the JSONL files here after each run.")
    ] = None,
    taxonomy: Taxonomy = [],  # noqa: B006
    engine: Engine = config.DEFAULT_ENGINE,
) -> None:
    """Mine feeds and folders again and again, only what is new, until stopped with Ctrl-C."""
    from textmine.flows import load_flow_module
    from textmine.ingest.sources import is_url
    from textmine.store.database import open_store

    if every and cron:
        raise UsageError("give --every or --cron, not both")
    sources = []
    for source in feed:
        if not is_url(source) and not Path(source).exists():
            raise UsageError(f"{source} does not exist: give a feed's address, a file or a folder")
        sources.append(source if is_url(source) else str(Path(source).resolve()))
    if cron:
        _check_cron(cron)
    interval = None if cron else _interval(every or "1h")
    url = db or config.default_database()
    open_store(url).close()
    if url.startswith("sqlite:///"):
        url = f"sqlite:///{Path(url.removeprefix('sqlite:///')).resolve()}"
    if Path("aliases.csv").is_file():
        # Scheduled runs take place in another folder.
        os.environ.setdefault("TEXTMINE_ALIASES", str(Path("aliases.csv").resolve()))
    os.environ.setdefault("TEXTMINE_HOME", str(config.state_folder()))
    server = load_flow_module("server")
    server.prepare_environment()
    if not os.environ.get("PREFECT_API_URL"):
        # Schedules never fire on a temporary server.
        address, started = server.start()
        os.environ["PREFECT_API_URL"] = address
        if started:
            typer.echo(f"Started the project's server at {address} (textmine server stop ends it)")
    typer.echo(
        f"Mining {len(sources)} source(s) {'on ' + repr(cron) if cron else f'every {interval}'}; Ctrl-C stops"
    )
    load_flow_module("watch").serve(
        sources,
        db=url,
        taxonomies=_taxonomies(taxonomy),
        engine=engine,
        out=str(out.resolve()) if out else None,
        every=interval,
        cron=cron,
    )


def _check_cron(cron: str) -> None:
    from prefect.client.schemas.schedules import CronSchedule

    try:
        CronSchedule(cron=cron)
    except ValueError as error:
        raise UsageError(
            f'--cron {cron!r} is not a cron expression: write five fields, e.g. "0 7 * * 1-5"'
        ) from error


@server_app.command("start", epilog="Example: textmine server start")
def server_start() -> None:
    """Start the server; runs then begin within seconds, and their history is kept."""
    from textmine.flows import load_flow_module

    url, started = load_flow_module("server").start()
    typer.echo(f"{'Started' if started else 'Already running'}: {url.removesuffix('/api')}")


@server_app.command("stop", epilog="Example: textmine server stop")
def server_stop() -> None:
    """Stop the server."""
    from textmine.flows import load_flow_module

    stopped = load_flow_module("server").stop()
    typer.echo("Stopped" if stopped else "No server was running")


@server_app.command("status", epilog="Example: textmine server status")
def server_status() -> None:
    """Say whether the server runs, and where."""
    from textmine.flows import load_flow_module

    url = load_flow_module("server").running_url()
    typer.echo(f"Running: {url.removesuffix('/api')}" if url else "Not running")


@app.command(epilog="Example: textmine train innovation-driver --labels todo.csv")
def train(
    taxonomy: Annotated[
        str | None,
        typer.Argument(
            metavar="TAXONOMY", help="Learn this taxonomy from your decisions; name or file."
        ),
    ] = None,
    labels: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE", help="Take these labels (CSV, JSONL) as decisions. Repeatable."
        ),
    ] = [],  # noqa: B006
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Use the new version even if it is worse.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Train all models in the box from these labelled sets."),
    ] = None,
    work: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for what that training leaves behind.")
    ] = Path("training"),
    engine: Engine = config.DEFAULT_ENGINE,
    max_steps: Annotated[int | None, typer.Option(min=1, help="Stop each training early.")] = None,
    goes_on: Annotated[
        bool,
        typer.Option(
            "--go-on", metavar="", help="Train the encoder in the box on, instead of anew."
        ),
    ] = False,
    db: Db = "",
    as_json: AsJson = False,
) -> None:
    """Learn a taxonomy from your decisions, in seconds; or train the models in the box (`train` extra)."""
    if (taxonomy is None) == (data is None):
        raise UsageError(
            "give a taxonomy to learn (textmine train innovation-driver), or --data FOLDER for all models"
        )
    if taxonomy is not None:
        _learn(taxonomy, labels, db, engine, force=force, as_json=as_json)
        return
    from textmine.flows import load_flow_module
    from textmine.training import check_data

    assert data is not None
    check_data(data)
    with _prefect_api():
        flow = load_flow_module("train").train
        scores = flow(str(data), str(work), max_steps=max_steps, goes_on=goes_on)
    typer.echo(json.dumps(scores, indent=None if as_json else 1))


def _learn(
    name: str, files: list[Path], db: str, engine: str, *, force: bool, as_json: bool
) -> None:
    from dataclasses import asdict

    from textmine import learning
    from textmine.cli import _existing_store
    from textmine.statements.taxonomy import read_taxonomy

    taxonomy = read_taxonomy(config.taxonomy_path(name))
    store = _existing_store(db)
    for file in files:
        count = learning.import_labels(store, taxonomy, file)
        typer.echo(f"{file}: {count} decisions taken", err=as_json)
    found = learning.learn_taxonomy(store, name, engine=engine, force=force)
    store.close()
    version = found.version
    if as_json:
        typer.echo(json.dumps(asdict(version) | {"in_use": found.in_use, "reason": found.reason}))
        return
    typer.echo(f"{taxonomy.name}, version {version.number}: {found.reason}")
    if version.held_back:
        typer.echo(
            f"F1 on {version.held_back} decisions held back (learned from {version.decisions}):"
        )
        for label in (*taxonomy.label_names, "macro"):
            if label in version.before or label in version.after:
                before, after = version.before.get(label, 0.0), version.after.get(label, 0.0)
                typer.echo(f"  {label:24} {before:.2f} before, {after:.2f} after")
    if found.in_use:
        typer.echo(
            "The next runs label with it; run your sources again to label stored articles anew."
        )


@app.command(epilog="Example: textmine evaluate corpora/gold")
def evaluate(
    gold: Annotated[Path, typer.Argument(help="Folder of gold records, in the export's form.")],
    engine: Engine = config.DEFAULT_ENGINE,
    taxonomy: Taxonomy = [],  # noqa: B006
    errors: Annotated[int, typer.Option(min=0, help="Print this many errors of each kind.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Score the extraction against gold or reviewed articles, record kind by record kind."""
    from textmine.evaluation import evaluate_folder, print_scores

    found = evaluate_folder(gold, engine=engine, taxonomies=_taxonomies(taxonomy))
    if as_json:
        typer.echo(json.dumps({**found.scores, "outlets": found.outlets}))
    else:
        print_scores(found, most=errors)


@app.command(epilog="Example: textmine doctor")
def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, what is missing and how to mend it."""
    from textmine.doctor import checks

    found = list(checks())
    if as_json:
        typer.echo(json.dumps([{"what": c.what, "ok": c.ok, "detail": c.detail} for c in found]))
    else:
        for check in found:
            typer.echo(f"{'ok     ' if check.ok else 'MISSING'} {check.what}: {check.detail}")
    if not all(check.ok for check in found):
        raise TextmineError("something is missing: see the lines marked MISSING")
    sys.stdout.flush()
