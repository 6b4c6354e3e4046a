"""`python -m study plan`: how large a study must be."""

import argparse
import json
from typing import TYPE_CHECKING

from study.cli.terminal import DONE, UsageError

if TYPE_CHECKING:
    from study.analysis.planning import Plan

EXAMPLE = "plan --half-width 0.05"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = command.add_argument
    add("--half-width", type=float, required=True, help="wanted, either way; 0.05 is five points")
    add("--rate", type=float, default=0.5, help="acceptance expected (default: 0.5, the widest)")
    add("--shown", type=int, default=12, help="recoloured pictures of a model for each participant")
    add("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Say how many pictures and participants give an interval of a wanted width."""
    from study.analysis.planning import PlanError, plan

    try:
        result = plan(options.half_width, options.rate, options.shown)
    except PlanError as error:
        raise UsageError(error) from error
    print(json.dumps(result.as_dict(), indent=2) if options.json else _text(result))
    return DONE


def _text(plan: "Plan") -> str:
    lines = [
        f"For ±{100 * plan.half_width:g} points at a rate near {100 * plan.rate:g} %, each participant judging "
        f"{plan.shown} recoloured pictures of one model (fewer if the pool is smaller):",
        "",
        "pictures  participants  expected",
    ]
    for row in plan.rows:
        people = "not enough" if row.participants is None else f"{row.participants:,}"
        mark = "  <- recommended" if row == plan.recommended else ""
        lines.append(f"{row.pictures:8}  {people:>12}  ±{100 * row.half_width:.1f}{mark}")
    return "\n".join([*lines, "", f"Why more pictures beat more people: {plan.reason}"])
