"""`penchant eval TRACK`: the tracks that are held in episodes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ..options import load_settings
from .flags import RunFlags, with_run_flags
from .holding import command_of, hold_run

__all__ = ["TRACKS"]

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        envvar="PENCHANT_DATA",
        metavar="DIR",
        help="Evaluation data, in the folders of its guide (docs/evaluations.md).",
    ),
]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="The agent's chat model; by default the settings'.")
]
SimulatorOption = Annotated[
    str | None,
    typer.Option("--simulator", metavar="MODEL", help="Words what simulated users say."),
]
ArmOption = Annotated[
    list[str] | None, typer.Option("--arm", help="Only this arm; may be given several times.")
]


def _needed(data: Path | None, *sets: str) -> Path:
    from ....simulators.datasets.sources import where_from

    if data is None:
        raise typer.BadParameter(
            f"name the data's place with --data or PENCHANT_DATA; {where_from(*sets)}",
            param_hint="--data",
        )
    return data


def _models(flags: RunFlags, agent: str | None, simulator: str | None = None) -> Any:
    from ....simulators.runner import ModelNames

    chosen = agent if agent is not None else load_settings(home=flags.home).model
    return ModelNames(agent=chosen, simulator=simulator)


def _arms(given: list[str] | None) -> dict[str, Any]:
    """Arms by their parameter, where some are named; else the track's default holds."""
    return {"arms": tuple(given)} if given else {}


@with_run_flags
def elicit(
    flags: RunFlags,
    *,
    data: DataOption = None,
    people: Annotated[int, typer.Option(min=2, help="People to simulate.")] = 450,
    peers: Annotated[
        int, typer.Option(min=0, help="How many of them BoTorch asks too, if it is installed.")
    ] = 8,
    catalogue: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Ask about this catalogue's items, too (restaurants, trips, books, gifts).",
        ),
    ] = None,
    arm: ArmOption = None,
) -> None:
    """Which question to ask next: simulated people, and real answers replayed."""
    from ....simulators.elicit import ElicitTrack

    track = ElicitTrack(
        data=data if catalogue else _needed(data, "bank"),
        catalogues=tuple(catalogue or ()),
        people=people,
        peers=peers,
        seed=flags.seed,
        **_arms(arm),
    )
    command = command_of(
        "elicit",
        flags,
        data=data,
        people=people,
        peers=peers,
        catalogue=catalogue or (),
        arm=arm or (),
    )
    hold_run(track, flags, command=command)


@with_run_flags
def fewshot(flags: RunFlags, *, data: DataOption = None) -> None:
    """How fast the personal reward model fits a person, beside simpler models."""
    from ....simulators.fewshot import FewShotTrack

    track = FewShotTrack(data=_needed(data, "psoups", "bank", "persona"), seed=flags.seed)
    hold_run(track, flags, command=command_of("fewshot", flags, data=data))


@with_run_flags
def prefdisco(
    flags: RunFlags,
    *,
    users: Annotated[int, typer.Option(min=8, help="People to simulate.")] = 400,
    sensitivity: Annotated[
        bool, typer.Option(help="Vary how people are drawn, too: sparsity, correlation, noise.")
    ] = True,
    model: Annotated[
        str | None,
        typer.Option(help="A chat model that chooses questions, on a few of the people."),
    ] = None,
    model_users: Annotated[int, typer.Option(min=1, help="On how many.")] = 24,
    arm: ArmOption = None,
) -> None:
    """How well a stranger is served after a few questions, when few of many aspects matter."""
    from ....simulators.prefdisco import PrefDiscoTrack

    track = PrefDiscoTrack(
        users=users,
        seed=flags.seed,
        sensitivity=sensitivity,
        model=model,
        model_users=model_users,
        **_arms(arm),
    )
    command = command_of(
        "prefdisco",
        flags,
        users=users,
        sensitivity=None if sensitivity else False,
        model=model,
        model_users=model_users if model is not None else None,
        arm=arm or (),
    )
    names = None if model is None else _models(flags, model)
    hold_run(track, flags, command=command, names=names)


@with_run_flags
def prelude(
    flags: RunFlags,
    *,
    users: Annotated[int, typer.Option(min=1, help="Users to simulate.")] = 2,
    rounds: Annotated[int, typer.Option(min=1, help="Drafts that each edits.")] = 16,
    contexts: Annotated[
        int, typer.Option(min=1, help="Kinds of text of each, every one with a style of its own.")
    ] = 3,
    style: Annotated[
        list[str] | None,
        typer.Option("--style", help="A hidden style to draw from; several times. [all]"),
    ] = None,
    with_chat: Annotated[
        bool, typer.Option("--with-chat", help="Draw styles, too, that a chat model edits for.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Documents of PRELUDE's sources instead."),
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="Times that each goes through them.")] = 1,
    arm: ArmOption = None,
    model: ModelOption = None,
    simulator: SimulatorOption = None,
) -> None:
    """Edit loops: what rewriting drafts teaches, by the distance that is left to edit."""
    from ....simulators.datasets import load_prelude
    from ....simulators.prelude import PreludeTrack, PublishedPreludeTrack

    given: dict[str, Any] = {
        "users": users,
        "rounds": rounds,
        "contexts": contexts,
        "with_chat": with_chat,
        "trials": trials,
        "seed": flags.seed,
        **_arms(arm),
    }
    if data is None:
        track = PreludeTrack(styles=tuple(style or ()), **given)
    else:
        if style:
            raise typer.BadParameter("sources have styles of their own", param_hint="--style")
        track = PublishedPreludeTrack(notes=load_prelude(data), **given)
    names = _models(flags, model, simulator)
    command = command_of(
        "prelude",
        flags,
        users=users,
        rounds=rounds,
        contexts=contexts,
        data=data,
        style=style or (),
        with_chat=with_chat or None,
        trials=trials,
        arm=arm or (),
        model=names.agent,
        simulator=simulator,
    )
    hold_run(track, flags, command=command, names=names)


@with_run_flags
def prefeval(
    flags: RunFlags,
    *,
    data: DataOption = None,
    items: Annotated[int, typer.Option(min=1, help="Questions.")] = 40,
    turns: Annotated[
        list[int] | None,
        typer.Option(help="Exchanges between preference and question; several times. [0, 10]"),
    ] = None,
    form: Annotated[
        list[str] | None,
        typer.Option(help="explicit, choice or persona; several times. [all]"),
    ] = None,
    recall: Annotated[
        bool,
        typer.Option(
            "--recall",
            help="Only whether memory finds a preference among others; takes no model, and one "
            "form. [explicit]",
        ),
    ] = False,
    arm: ArmOption = None,
    model: ModelOption = None,
) -> None:
    """Whether a stated preference is recalled and followed, with turns of distraction between."""
    from ....simulators.prefeval import PrefEvalTrack, RecallTrack

    if recall:
        if form is not None and len(form) > 1:
            raise typer.BadParameter("give one form with --recall", param_hint="--form")
        said: dict[str, Any] = {"form": form[0]} if form else {}
        finds = RecallTrack(data=_needed(data, "prefeval"), seed=flags.seed, **said, **_arms(arm))
        command = command_of(
            "prefeval", flags, data=data, recall=True, form=form or (), arm=arm or ()
        )
        hold_run(finds, flags, command=command)
        return
    given: dict[str, Any] = dict(_arms(arm))
    if turns:
        given["turns"] = tuple(turns)
    if form:
        given["forms"] = tuple(form)
    track = PrefEvalTrack(data=_needed(data, "prefeval"), items=items, seed=flags.seed, **given)
    names = _models(flags, model)
    command = command_of(
        "prefeval",
        flags,
        data=data,
        items=items,
        turns=turns or (),
        form=form or (),
        arm=arm or (),
        model=names.agent,
    )
    hold_run(track, flags, command=command, names=names)


@with_run_flags
def perma(
    flags: RunFlags,
    *,
    timelines: Annotated[
        int, typer.Option(min=0, help="On how many something is asked of a chat model.")
    ] = 10,
    path: Annotated[
        Path | None, typer.Option("--timelines-from", help="Other timelines: a file or folder.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="PERMA's own questions instead: its folder."),
    ] = None,
    variant: Annotated[
        str, typer.Option(help="With --data: which conversations, as in input_data_VARIANT.json.")
    ] = "c",
    items: Annotated[int, typer.Option(min=1, help="With --data: how many questions.")] = 60,
    arm: ArmOption = None,
    open_requests: Annotated[
        bool, typer.Option(help="Make open requests besides multiple choice.")
    ] = True,
    orders: Annotated[
        int, typer.Option(help="In how many orders lettered options are put: 1, 2 or 4.")
    ] = 2,
    read_by: Annotated[
        str,
        typer.Option(
            help="How options are told: text (how likely each is as the reply, where the model "
            "tells that) or letter."
        ),
    ] = "text",
    model: ModelOption = None,
) -> None:
    """Preferences that emerge and change over sessions, with distractions between."""
    from ....simulators.perma import PermaTrack, PublishedPermaTrack

    if data is not None:
        published = PublishedPermaTrack(
            data=data, variant=variant, items=items, seed=flags.seed, **_arms(arm)
        )
        names = _models(flags, model)
        command = command_of(
            "perma",
            flags,
            data=data,
            variant=variant,
            items=items,
            arm=arm or (),
            model=names.agent,
        )
        hold_run(published, flags, command=command, names=names)
        return
    track = PermaTrack(
        timelines=timelines,
        path=path,
        open_requests=open_requests,
        orders=orders,
        read_by=read_by,  # type: ignore[arg-type]
        seed=flags.seed,
        **_arms(arm),
    )
    names = _models(flags, model) if timelines else None
    command = command_of(
        "perma",
        flags,
        timelines=timelines,
        timelines_from=path,
        arm=arm or (),
        open_requests=open_requests if timelines else None,
        orders=orders if timelines else None,
        read_by=read_by if timelines else None,
        model=None if names is None else names.agent,
    )
    hold_run(track, flags, command=command, names=names)


@with_run_flags
def consent(
    flags: RunFlags,
    *,
    users: Annotated[int, typer.Option(min=1, help="Users to simulate.")] = 200,
    arm: ArmOption = None,
) -> None:
    """When to offer, to ask and to hold back; a refusal must be respected."""
    from ....simulators.consent import ConsentTrack

    track = ConsentTrack(users=users, seed=flags.seed, **_arms(arm))
    hold_run(track, flags, command=command_of("consent", flags, users=users, arm=arm or ()))


@with_run_flags
def leak(
    flags: RunFlags,
    *,
    trials: Annotated[
        int, typer.Option(min=1, help="How often each attack is made, with other words.")
    ] = 1,
    texts: Annotated[
        int | None,
        typer.Option(min=1, help="How many planted texts each door tries in a trial. [all]"),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="Try whether this chat model obeys stored instructions."),
    ] = None,
    arm: ArmOption = None,
) -> None:
    """Whether one user's preferences reach another, or an instruction hidden in a memory acts."""
    from ....simulators.leak import LeakTrack

    track = LeakTrack(
        trials=trials, texts=texts, with_model=model is not None, seed=flags.seed, **_arms(arm)
    )
    command = command_of("leak", flags, trials=trials, texts=texts, model=model, arm=arm or ())
    names = None if model is None else _models(flags, model)
    hold_run(track, flags, command=command, names=names)


@with_run_flags
def locomo(
    flags: RunFlags,
    *,
    data: DataOption = None,
    conversations: Annotated[
        int | None, typer.Option(min=1, help="On how many of the set's. [all]")
    ] = None,
    arm: ArmOption = None,
) -> None:
    """LoCoMo: whether memory finds the turns that hold an answer, months of talk later."""
    from ....simulators.locomo import LocomoTrack

    track = LocomoTrack(
        data=_needed(data, "locomo"), conversations=conversations, seed=flags.seed, **_arms(arm)
    )
    command = command_of("locomo", flags, data=data, conversations=conversations, arm=arm or ())
    hold_run(track, flags, command=command)


@with_run_flags
def rewardbench(
    flags: RunFlags,
    *,
    data: DataOption = None,
    items: Annotated[int, typer.Option(min=1, help="Questions, drawn from the set.")] = 200,
    posts: Annotated[
        int, typer.Option(min=1, help="Earlier questions of a person that are read.")
    ] = 20,
    arm: ArmOption = None,
) -> None:
    """Personalized RewardBench: whether the reward model prefers the answer that suits its user."""
    from ....simulators.rewardbench import RewardBenchTrack

    track = RewardBenchTrack(
        data=_needed(data, "rewardbench"),
        items=items,
        posts=posts,
        seed=flags.seed,
        **_arms(arm),
    )
    command = command_of("rewardbench", flags, data=data, items=items, posts=posts, arm=arm or ())
    hold_run(track, flags, command=command)


TRACKS: dict[str, Callable[..., None]] = {
    "elicit": elicit,
    "fewshot": fewshot,
    "prefdisco": prefdisco,
    "prelude": prelude,
    "prefeval": prefeval,
    "perma": perma,
    "consent": consent,
    "leak": leak,
    "locomo": locomo,
    "rewardbench": rewardbench,
}
