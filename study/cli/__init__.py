"""The commands of `python -m study`, one file each, and what they share.

A command is a module with `EXAMPLE` (shown by `--help`), `add_arguments(parser)`, and `run(options)`, which returns the
exit status and whose docstring is the command's help. What takes long to import is imported inside `run`.
"""
