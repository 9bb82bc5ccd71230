"""`kinelake user`: people as motion's reports name and measure them."""

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from kinelake.commands.options import Data, Json

if TYPE_CHECKING:
    from control.people import Person

app = typer.Typer(help="People: what reports show of them. Nobody needs a profile.", no_args_is_help=True)

User: TypeAlias = Annotated[str, typer.Argument(metavar="ID", help="The person as the organisation names them.")]
Org: TypeAlias = Annotated[str, typer.Option(help="The organisation that they are of.")]
DisplayName: TypeAlias = Annotated[str | None, typer.Option(help="What reports call them, instead of the id.")]
Email: TypeAlias = Annotated[str | None, typer.Option(help="Shown in reports; nothing is ever sent to it.")]
Weight: TypeAlias = Annotated[float | None, typer.Option(min=20, max=300, help="Kilograms, for estimates of power.")]
Height: TypeAlias = Annotated[float | None, typer.Option(min=100, max=250, help="Centimetres, for lengths in metres.")]
Speaks: TypeAlias = Annotated[str | None, typer.Option(help="The language of their texts, such as de.")]


@app.command()
def create(
    user: User,
    org: Org,
    display_name: DisplayName = None,
    email: Email = None,
    weight_kg: Weight = None,
    height_cm: Height = None,
    language: Speaks = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """A profile of a person; prints the subject that they are called in tables."""
    from control.people import Profile
    from kinelake.installation import opened

    profile = Profile(display_name, email, weight_kg, height_cm, _known(language))
    with opened(data=data) as installation:
        made = installation.control.people.create(org, user, profile)
    _say(made, as_json)


@app.command()
def update(
    user: User,
    org: Org,
    display_name: DisplayName = None,
    email: Email = None,
    weight_kg: Weight = None,
    height_cm: Height = None,
    language: Speaks = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Changes what is given of a profile; analyses that are done keep what they were made with."""
    from control.people import Profile
    from kinelake.installation import opened

    given = Profile(display_name, email, weight_kg, height_cm, _known(language))._asdict()
    changes = {name: value for name, value in given.items() if value is not None}
    with opened(data=data) as installation:
        changed = installation.control.people.change(org, user, changes)
    _say(changed, as_json)


@app.command("list")
def list_(
    org: Annotated[str | None, typer.Option(help="Only this organisation's.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """All people with a profile, by organisation and id."""
    from kinelake.installation import looked_into
    from kinelake.output import print_rows

    with looked_into(data=data) as installation:
        found = installation.control.people.list(org)
    print_rows([_row(each) for each in found], as_json, "Nobody yet: `kinelake user create ID` makes a profile.")


def _known(language: str | None) -> str | None:
    from motion.request import Language

    if language is not None and language not in {*Language}:
        raise typer.BadParameter(f"there are {', '.join(Language)}", param_hint="--language")
    return language


def _say(person: "Person", as_json: bool) -> None:
    from kinelake.output import print_json

    if as_json:
        print_json(_row(person))
    else:
        typer.echo(person.subject)


def _row(person: "Person") -> dict[str, Any]:
    own = {name: value for name, value in vars(person).items() if name != "profile"}
    return {**own, **person.profile._asdict()}
