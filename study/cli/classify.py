"""`python -m study classify`: how well a simple classifier tells the pictures apart."""

import argparse
import sys

from storage import StorageError
from study import StudyError
from study.cli.terminal import DONE, REFUSED

EXAMPLE = "classify cats"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("study", metavar="STUDY", help="id of a study, or its folder")


def run(options: argparse.Namespace) -> int:
    """Say how well a simple classifier tells real from recoloured pictures by the statistics of their chroma alone."""
    from colorizer.color import lab
    from study.analysis.classifier import classify, save_classifier
    from study.analysis.phrases import classifier_sentence
    from study.finding import choose_study

    try:
        study = choose_study(options.study)
        found = classify(study.pool, lab.rgb_to_lab)
        save_classifier(study.folder, found)
    except (StorageError, StudyError) as error:
        print(f"error: {options.study}: {error}", file=sys.stderr)
        return REFUSED
    for model, telling in found.items():
        print(classifier_sentence(model, telling))
    return DONE
