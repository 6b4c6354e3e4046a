"""`python -m study panel`: the panel that sends participants, quotas, and when the study closes itself."""

import argparse
import sys
from typing import TYPE_CHECKING

from storage import StorageError
from study import StudyError
from study.cli.terminal import DONE, REFUSED

if TYPE_CHECKING:
    from study.folder import Study

EXAMPLE = "panel cats --parameter PROLIFIC_PID --completion https://app.prolific.com/submissions/complete?cc=CODE"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = command.add_argument
    add("study", metavar="STUDY", help="id of a study, or its folder")
    add("--parameter", metavar="NAME", help="of the panel's id in the link: PROLIFIC_PID, workerId; '' for no panel")
    add("--completion", metavar="URL|CODE", help="for who has answered everything; {external_id} is filled in")
    add("--screened-out", metavar="URL|CODE", help="for who cannot take part")
    quota = "most participants of a kind, such as device=phone:20; in place of earlier quotas; '' for none"
    add("--quota", action="append", metavar="TRAIT=VALUE:N", help=quota)
    closing = "close when the planned number has finished, or after the last day"
    add("--close-itself", action=argparse.BooleanOptionalAction, default=None, help=closing)
    add("--address", default="http://localhost:8501/survey", metavar="URL", help="of the survey page on your server")


def run(options: argparse.Namespace) -> int:
    """Say which panel sends participants, what they take back at the end, and how many of a kind are taken."""
    from dataclasses import replace

    from study.finding import choose_study

    try:
        study = choose_study(options.study)
        asked = {name: getattr(options, name) for name in ("parameter", "completion", "screened_out")}
        changes: dict = {"panel": replace(study.config.panel, **{k: v for k, v in asked.items() if v is not None})}
        if options.quota is not None:
            changes["quotas"] = tuple(_quota(text) for text in options.quota if text)
        if options.close_itself is not None:
            changes["closes_itself"] = options.close_itself
        study.update(**changes)
    except (StorageError, StudyError) as error:
        print(f"error: {options.study}: {error}", file=sys.stderr)
        return REFUSED
    print(_described(study, options.address))
    return DONE


def _quota(text: str):
    from study.recruiting import RecruitingError
    from study.recruiting.quotas import Quota

    trait, _, rest = text.partition("=")
    value, _, most = rest.rpartition(":")
    if not most.isascii() or not most.isdigit():
        raise RecruitingError(f"a quota is given as device=phone:20. Received {text!r}.")
    return Quota(trait, value, int(most))


def _described(study: "Study", address: str) -> str:
    config = study.config
    panel = config.panel
    lines = [f"panel: {panel.parameter or 'none'}"]
    if panel.parameter:
        lines += [
            f"link for the panel: {address}?study={config.study}{panel.query()}",
            f"completed: {panel.completion or 'nothing is shown'}",
            f"screened out: {panel.screened_out or 'nothing is shown'}",
        ]
    lines += [f"at most {quota.most} with {quota.trait} {quota.value}" for quota in config.quotas]
    lines.append(f"closes itself: {'yes' if config.closes_itself else 'no'}")
    return "\n".join(lines)
