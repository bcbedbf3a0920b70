"""Commands that say which entities are the same, and what they are called."""

from __future__ import annotations

from typing import Annotated

import typer

from textmine.cli import Db, _existing_store, app

entity_app = typer.Typer(
    help="Say which entities are the same across articles, and what they are called.",
    no_args_is_help=True,
)
app.add_typer(entity_app, name="entity")

First = Annotated[str, typer.Argument(help="Name or id of an entity.")]
Second = Annotated[str, typer.Argument(help="Name or id of another one.")]


@entity_app.command("merge", epilog='Example: textmine entity merge "Grab Holdings" Grab')
def merge(first: First, second: Second, db: Db = "") -> None:
    """Judge two entities the same; the first gives the name. Kept through re-runs and upgrades."""
    from textmine import linking

    store = _existing_store(db)
    one, two = linking.merge(store, first, second)
    store.close()
    typer.echo(f"{two.name} ({two.id}) now counts as {one.name} ({one.id})")


@entity_app.command("split", epilog='Example: textmine entity split "Kim Jong-un" "Kim Jong-il"')
def split(first: First, second: Second, db: Db = "") -> None:
    """Judge two entities not the same: they are never joined again, by no rule or model."""
    from textmine import linking

    store = _existing_store(db)
    one, two = linking.split(store, first, second)
    store.close()
    typer.echo(f"{one.name} ({one.id}) and {two.name} ({two.id}) are kept apart")


@entity_app.command(
    "rename", epilog='Example: textmine entity rename GoTo "GoTo Group" --kind company'
)
def rename(
    entity: First,
    name: Annotated[str | None, typer.Argument(help="The new name.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="An organisation's kind: company, government, party ...")
    ] = None,
    db: Db = "",
) -> None:
    """Give an entity another name or kind. Kept through re-runs and upgrades."""
    from textmine import linking

    store = _existing_store(db)
    found = linking.rename(store, entity, name=name, kind=kind)
    store.close()
    typer.echo(f"{found.name} ({found.canonical_id}): {', '.join(filter(None, (name, kind)))}")
