"""Whom a study takes: invited people, people whom a panel sends and pays, and how many of each kind."""

from study import StudyError


class RecruitingError(StudyError, ValueError):
    """A panel or a quota cannot be set so."""
