"""The tables, as an ordered list of migration steps. A released step is never changed: add a new one.

Ids are random text, so that the same statements work in SQLite and PostgreSQL and no id can be guessed from another.
Times are seconds since 1970 in UTC.
"""

TABLE = "accounts_schema"
"""Name of the table that stores which steps this database has had."""

STEPS: tuple[tuple[str, ...], ...] = (
    (
        # A person has a name and a password here, or signs in with an identity provider (`issuer` and `subject`).
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
        # Folders that belong to no image: being written, or to be deleted. After `due_at` they are deleted.
        "CREATE TABLE leftovers (folder TEXT PRIMARY KEY, due_at BIGINT NOT NULL)",
        "CREATE TABLE attempts (id TEXT NOT NULL, subject TEXT NOT NULL, at DOUBLE PRECISION NOT NULL)",
        "CREATE INDEX attempts_at_subject ON attempts (subject, at)",
    ),
)
