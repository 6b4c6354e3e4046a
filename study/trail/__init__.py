"""The audit trail of a study: who built, opened, edited, exported, closed and deleted it, and when."""
