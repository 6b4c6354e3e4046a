"""`python -m study simulate`: how often the intervals contain a known true rate."""

import argparse
import json
from typing import TYPE_CHECKING

from study.cli.terminal import DONE, UsageError

if TYPE_CHECKING:
    from study.analysis.planning import Simulation

EXAMPLE = "simulate --participants 41 --pictures 48 --shown 12 --rate 0.4"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = command.add_argument
    add("--participants", type=int, required=True, metavar="N")
    add("--pictures", type=int, required=True, metavar="M", help="recoloured pictures in the pool")
    add("--shown", type=int, required=True, metavar="K", help="of them, to each participant")
    add("--rate", type=float, required=True, help="the truth: mean acceptance, 0 to 1")
    add("--participant-sd", type=float, default=0.5, metavar="SD", help="how people differ, on the logit scale")
    add("--picture-sd", type=float, default=0.8, metavar="SD", help="how pictures differ, on the logit scale")
    add("--studies", type=int, default=500, help="how many to simulate")
    add("--seed", type=int, default=0, help="of the random numbers")
    add("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Simulate studies of a known rate and count how often the intervals hold it."""
    from study.analysis.planning import PlanError, simulate

    numbers = (options.participants, options.pictures, options.shown, options.rate, options.studies, options.seed)
    try:
        result = simulate(*numbers, participant_sd=options.participant_sd, picture_sd=options.picture_sd)
    except PlanError as error:
        raise UsageError(error) from error
    print(json.dumps(result.as_dict(), indent=2) if options.json else _text(result))
    return DONE


def _text(s: "Simulation") -> str:
    return (
        f"{s.studies} studies of {s.participants} participants who each judge {s.shown} of {s.pictures} pictures, true "
        f"rate {100 * s.rate:g} %:\n"
        f"clustered interval holds it in {100 * s.coverage:.1f} %, mean half-width ±{100 * s.half_width:.1f} points\n"
        f"Wilson's interval holds it in {100 * s.coverage_wilson:.1f} %, mean half-width "
        f"±{100 * s.half_width_wilson:.1f} points"
    )
