-- +goose Up

-- What an edge, a provider, an owner or an operator knows of a host at some time, see store.Claims. Each stands in the ledger.
CREATE TABLE claim_mark (
    entry    INTEGER PRIMARY KEY,
    host     TEXT NOT NULL,
    seen     TEXT NOT NULL,
    role     TEXT NOT NULL,
    from_at  INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX claim_mark_host ON claim_mark (host);
