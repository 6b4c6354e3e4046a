"""The command line: python -m study COMMAND. See `study.cli`."""

import sys

from study.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
