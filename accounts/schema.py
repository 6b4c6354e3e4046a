"""The tables, as the ordered steps that made them. A step that has been released is never changed: add another.

Ids are random text, so that the same statements serve SQLite and PostgreSQL and no id can be guessed from another.
Times are whole seconds since 1970, in UTC.
"""

TABLE = "accounts_schema"
"""Where the database keeps which steps it has seen."""

STEPS: tuple[tuple[str, ...], ...] = (
    (
        # A person has a name and a password here, or is known by an identity provider: `issuer` and `subject`.
        """CREATE TABLE users (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            name_key TEXT UNIQUE,
            password_hash TEXT,
            issuer TEXT,
            subject TEXT,
            created_at BIGINT NOT NULL,
            UNIQUE (issuer, subject),
            CHECK ((name_key IS NOT NULL AND password_hash IS NOT NULL) <> (issuer IS NOT NULL AND subject IS NOT NULL))
        )""",
        """CREATE TABLE images (
            id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            folder TEXT NOT NULL UNIQUE,
            version TEXT NOT NULL,
            title TEXT NOT NULL,
            format TEXT NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            model TEXT NOT NULL,
            settings TEXT NOT NULL,
            size BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (user_id, version)
        )""",
        """CREATE TABLE sessions (
            id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            token_hash TEXT NOT NULL UNIQUE,
            ticket_hash TEXT,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        )""",
        "CREATE INDEX sessions_of_user ON sessions (user_id)",
        # Folders that no image owns: being written, or to be deleted. What is not done by `due_at` was interrupted.
        "CREATE TABLE leftovers (folder TEXT PRIMARY KEY, due_at BIGINT NOT NULL)",
        "CREATE TABLE attempts (id TEXT NOT NULL, subject TEXT NOT NULL, at DOUBLE PRECISION NOT NULL)",
        "CREATE INDEX attempts_at_subject ON attempts (subject, at)",
    ),
)
