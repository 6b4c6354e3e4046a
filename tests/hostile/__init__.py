"""Damaged files of every kind through everything that takes files: nothing may crash, hang or go on without a word."""
