"""The command line: python -m colorizer COMMAND. See `colorizer.cli`."""

import sys

from colorizer.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
