"""The commands of `python -m colorizer`, one module each, and the code that they share.

A command is a module with `EXAMPLE` (shown by `--help`), `add_arguments(parser)`, and `run(options)`, which returns the
exit status and whose docstring is the command's help. Modules that take long to import are imported inside `run`.
"""
