-- +goose Up

-- What is claimed, verdicts on it, and the ledger, see store.Claims. Contents of the ledger lie apart from its entries, so that they can go.
CREATE TABLE claim (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    received   INTEGER NOT NULL,
    posted     INTEGER NOT NULL,
    entry      INTEGER NOT NULL,
    text_entry INTEGER NOT NULL,
    forgot     INTEGER NOT NULL,
    erased     INTEGER NOT NULL,
    doc        TEXT NOT NULL,
    words      TEXT NOT NULL,
    results    BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_received ON claim (received);

CREATE TABLE claim_target (
    claim TEXT NOT NULL,
    host  TEXT NOT NULL,
    place INTEGER NOT NULL,
    site  TEXT NOT NULL,
    via   TEXT NOT NULL,
    PRIMARY KEY (claim, host)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_target_host ON claim_target (host);

CREATE TABLE verdict (
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    claim   TEXT NOT NULL,
    target  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    entry   INTEGER NOT NULL,
    doc     TEXT NOT NULL,
    PRIMARY KEY (id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX verdict_claim ON verdict (claim);
CREATE INDEX verdict_target ON verdict (target);

CREATE TABLE ledger_entry (
    number     INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    content    BLOB NOT NULL,
    previous   BLOB NOT NULL,
    public_key BLOB NOT NULL,
    signature  BLOB NOT NULL
) STRICT;

CREATE TABLE ledger_content (
    number  INTEGER PRIMARY KEY,
    salt    BLOB NOT NULL,
    content BLOB NOT NULL
) STRICT;

CREATE TABLE ledger_head (
    id     INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    way    TEXT NOT NULL,
    line   TEXT NOT NULL
) STRICT;
