"""Commands around taxonomies: write one, check it, teach it, count what it says."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Annotated

import typer

from textmine import config
from textmine.cli import AsJson, Db, Engine, _existing_store, app
from textmine.errors import UsageError

taxonomy_app = typer.Typer(
    help="Your own question: write a taxonomy, check it, see and restore what it learned.",
    no_args_is_help=True,
)
app.add_typer(taxonomy_app, name="taxonomy")

Name = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A taxonomy's file, or its name.")]


@taxonomy_app.command("new", epilog="Example: textmine taxonomy new risk.yaml")
def new(path: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")]) -> None:
    """Write a taxonomy to fill in."""
    from textmine.statements.taxonomy import TEMPLATE

    if path.suffix not in {".yaml", ".yml"}:
        raise UsageError(f"{path} must end in .yaml")
    if path.exists():
        raise UsageError(f"{path} is there already: choose another name")
    try:
        path.write_text(TEMPLATE.replace("NAME", path.stem), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror})") from error
    typer.echo(f"{path}: fill it in, then `textmine taxonomy check {path}`")


@taxonomy_app.command("check", epilog="Example: textmine taxonomy check risk.yaml")
def check(name: Name) -> None:
    """Say what is wrong with a taxonomy, or what would make it better."""
    from textmine.statements.taxonomy import advice, read_taxonomy

    taxonomy = read_taxonomy(config.taxonomy_path(name))
    typer.echo(f"{taxonomy.name}: {len(taxonomy.labels)} labels, all in order")
    for line in advice(taxonomy):
        typer.echo(f"advice: {line}")


@taxonomy_app.command("show", epilog="Example: textmine taxonomy show innovation-driver")
def show(name: Name, engine: Engine = config.DEFAULT_ENGINE, as_json: AsJson = False) -> None:
    """Show a taxonomy's question and labels, and the versions it has learned."""
    from dataclasses import asdict

    from textmine.display import console
    from textmine.statements.taxonomy import read_taxonomy
    from textmine.statements.versions import Versions

    taxonomy = read_taxonomy(config.taxonomy_path(name))
    versions = Versions(config.learned_folder(taxonomy.name), engine)
    if as_json:
        kept = [asdict(version) for version in versions.all()]
        found = asdict(taxonomy) | {"versions": kept, "current": versions.current}
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    screen = console()
    screen.print(f"[bold]{taxonomy.name}[/bold]", taxonomy.question, sep="\n")
    for label in taxonomy.labels:
        screen.print(f"\n[bold]{label.name}[/bold]", label.definition, sep="\n")
        for example in label.examples:
            screen.print(f"  - {example}", markup=False)
        if label.cues:
            screen.print(f"  cues: {', '.join(label.cues)}", markup=False)
    for version in versions.all():
        used = " (in use)" if version.number == versions.current else ""
        scores = f"{version.before.get('macro', 0):.2f} before, {version.after.get('macro', 0):.2f} after"
        screen.print(
            f"\nversion {version.number}{used}: {version.at}, learned from {version.decisions} decisions; "
            f"macro F1 on {version.held_back} held back: {scores}",
            markup=False,
        )


@taxonomy_app.command("restore", epilog="Example: textmine taxonomy restore innovation-driver 2")
def restore(
    name: Name,
    version: Annotated[int, typer.Argument(min=0, help="A version; 0: as the taxonomy came.")],
    engine: Engine = config.DEFAULT_ENGINE,
) -> None:
    """Use an earlier version again."""
    from textmine.statements.taxonomy import read_taxonomy
    from textmine.statements.versions import Versions

    taxonomy = read_taxonomy(config.taxonomy_path(name))
    Versions(config.learned_folder(taxonomy.name), engine).restore(version)
    typer.echo(f"{taxonomy.name}: version {version} is in use; the next runs label with it")


@app.command(epilog="Example: textmine suggest innovation-driver --out todo.csv")
def suggest(
    name: Name,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a CSV to fill in and give to `train`."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="So many statements.")] = 20,
    db: Db = "",
    as_json: AsJson = False,
) -> None:
    """List the statements whose labels, given by you, would teach the taxonomy most."""
    from textmine import learning
    from textmine.display import console, record_table
    from textmine.statements.taxonomy import read_taxonomy

    taxonomy = read_taxonomy(config.taxonomy_path(name))
    store = _existing_store(db)
    rows = [row for row in store.rows("statements") if row["taxonomy"] == taxonomy.name]
    decided = [decision.text for decision in store.decisions(taxonomy.name)]
    store.close()
    if not rows:
        raise UsageError(
            f"no statements under {taxonomy.name!r} yet: textmine run SOURCE --taxonomy {name}"
        )
    chosen = learning.suggest(rows, decided, taxonomy.label_names, count=limit)
    if out is not None:
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            table.writerow(["statement_id", "labels", "now", "text"])
            for row in chosen:
                table.writerow([row["id"], "", ";".join(row["labels"]) or "neither", row["text"]])
        typer.echo(
            f"{out}: {len(chosen)} statements; fill in `labels` ({', '.join(taxonomy.label_names)} or neither, "
            f"; between several), then `textmine train {name} --labels {out}`"
        )
    elif as_json:
        for row in chosen:
            typer.echo(json.dumps(row, ensure_ascii=False))
    else:
        console().print(record_table("statements", chosen))


@app.command(epilog="Example: textmine shares innovation-driver --by month")
def shares(
    name: Name,
    by: Annotated[str, typer.Option(help="all, outlet, month, entity, speaker or voice.")] = "all",
    voice: Annotated[
        str | None, typer.Option(metavar="VOICE", help="Only the author's or sources' statements.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a CSV, too.")] = None,
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="Show at most so many groups.")
    ] = 12,
    db: Db = "",
    as_json: AsJson = False,
) -> None:
    """Count how often each label is given, with 95% intervals over articles."""
    from textmine.display import console, share_table
    from textmine.statements.taxonomy import read_taxonomy

    taxonomy = read_taxonomy(config.taxonomy_path(name))
    if voice not in {None, "author", "source"}:
        raise UsageError(f"no voice {voice!r}: choose author or source")
    store = _existing_store(db)
    frame = store.shares(taxonomy.name, by=by, voice=voice)
    store.close()
    if out is not None:
        frame.to_csv(out, index=False)
    if as_json:
        typer.echo(frame.to_json(orient="records", lines=True, force_ascii=False).rstrip())
    else:
        console().print(share_table(frame, by=by, limit=limit))
