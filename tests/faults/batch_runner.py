"""Run by the tests as a process of its own: the command line with a slow small model.

python batch_runner.py batch INPUT_DIR OUTPUT_DIR [...]
"""

import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from colorizer import weights
from colorizer.cli import loading
from colorizer.cli.main import main
from tests.batches import SETTINGS, FormulaColorizer

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # if the tests run in the background, it is ignored
    weights.weights_path, weights.sha256 = Path, lambda path: SETTINGS.weights_sha256
    loading.load_colorizer = lambda name, **options: FormulaColorizer(seconds=0.05)
    sys.exit(main())
