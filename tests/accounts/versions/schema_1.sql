BEGIN TRANSACTION;
CREATE TABLE accounts_schema (version INTEGER PRIMARY KEY);
INSERT INTO "accounts_schema" VALUES(1);
CREATE TABLE attempts (id TEXT NOT NULL, subject TEXT NOT NULL, at DOUBLE PRECISION NOT NULL);
INSERT INTO "attempts" VALUES('b942afc13f50bf543cd5bd2bab1981f3','d5eb43d88931bc9647a87b2436cb19d3e939709cb3d2c0d89fbe879c632a7de4',1.79578285208639407155e+09);
CREATE TABLE images (
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
        );
CREATE TABLE leftovers (folder TEXT PRIMARY KEY, due_at BIGINT NOT NULL);
CREATE TABLE sessions (
            id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            token_hash TEXT NOT NULL UNIQUE,
            ticket_hash TEXT,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        );
INSERT INTO "sessions" VALUES('5c2310af4645fc0b27bec130a615a688','5d02333968dc7909525c7c4746a10642','98816a0b75fbb6d17c2cb738a6e4f9b749132b52eeb29afc25712a79e10d3dfb','082bf90b7cc826842a9e465de697dfc585caf85c72cd20acd56fb928d467ecb2',1795782852,1798374852);
CREATE TABLE users (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            name_key TEXT UNIQUE,
            password_hash TEXT,
            issuer TEXT,
            subject TEXT,
            created_at BIGINT NOT NULL,
            UNIQUE (issuer, subject),
            CHECK ((name_key IS NOT NULL AND password_hash IS NOT NULL) <> (issuer IS NOT NULL AND subject IS NOT NULL))
        );
INSERT INTO "users" VALUES('5d02333968dc7909525c7c4746a10642','Anna','anna','$argon2id$v=19$m=19456,t=2,p=1$mC3vL17b2u+1d1zHx77F9A$aOQJC7wXIxbwQEhUl+kiZQbhJrIMXZPoWrgxF4y/rgM',NULL,NULL,1795782852);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX attempts_at_subject ON attempts (subject, at);
COMMIT;
