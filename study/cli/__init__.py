"""The commands of `python -m study`, one module each, and the code that they share.

A command module has `EXAMPLE` (shown by `--help`), `add_arguments(parser)` and `run(options)`, which returns the exit
status. The docstring of `run` is the command's help text. Slow imports are made inside `run`.
"""
