-- +goose Up

-- What an edge, a provider, an owner or an operator knows of a host at some time, see store.Claims. Each stands in the ledger.
CREATE TABLE claim_mark (
    entry    bigint PRIMARY KEY,
    host     text NOT NULL,
    seen     text NOT NULL,
    role     text NOT NULL,
    from_at  bigint NOT NULL,
    until_at bigint NOT NULL,
    at       bigint NOT NULL
);
CREATE INDEX claim_mark_host ON claim_mark (host);
