-- +goose Up

-- What is claimed, verdicts on it, and the ledger, see store.Claims. Contents of the ledger lie apart from its entries, so that they can go.
CREATE TABLE claim (
    id         text PRIMARY KEY,
    kind       text NOT NULL,
    received   bigint NOT NULL,
    posted     bigint NOT NULL,
    entry      bigint NOT NULL,
    text_entry bigint NOT NULL,
    forgot     bigint NOT NULL,
    erased     bigint NOT NULL,
    doc        text NOT NULL,
    words      text NOT NULL,
    results    bytea NOT NULL
);
CREATE INDEX claim_received ON claim (received);

CREATE TABLE claim_target (
    claim text NOT NULL,
    host  text NOT NULL,
    place integer NOT NULL,
    site  text NOT NULL,
    via   text NOT NULL,
    PRIMARY KEY (claim, host)
);
CREATE INDEX claim_target_host ON claim_target (host);

CREATE TABLE verdict (
    id      text NOT NULL,
    version integer NOT NULL,
    claim   text NOT NULL,
    target  text NOT NULL,
    at      bigint NOT NULL,
    entry   bigint NOT NULL,
    doc     text NOT NULL,
    PRIMARY KEY (id, version)
);
CREATE INDEX verdict_claim ON verdict (claim);
CREATE INDEX verdict_target ON verdict (target);

CREATE TABLE ledger_entry (
    number     bigint PRIMARY KEY,
    at         bigint NOT NULL,
    kind       text NOT NULL,
    content    bytea NOT NULL,
    previous   bytea NOT NULL,
    public_key bytea NOT NULL,
    signature  bytea NOT NULL
);

CREATE TABLE ledger_content (
    number  bigint PRIMARY KEY,
    salt    bytea NOT NULL,
    content bytea NOT NULL
);

CREATE TABLE ledger_head (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number bigint NOT NULL,
    at     bigint NOT NULL,
    way    text NOT NULL,
    line   text NOT NULL
);
