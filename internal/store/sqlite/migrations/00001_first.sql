-- +goose Up

-- Times are milliseconds since 1970 in UTC, 0 for "not". Documents are JSON as text.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE site (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    url         TEXT NOT NULL,
    host        TEXT NOT NULL,
    page        TEXT NOT NULL,
    owner       TEXT NOT NULL,
    sector      TEXT NOT NULL,
    country     TEXT NOT NULL,
    group_names TEXT NOT NULL, -- JSON array
    contacts    TEXT NOT NULL, -- JSON array
    is_public   INTEGER NOT NULL,
    paused      INTEGER NOT NULL,
    source      TEXT NOT NULL,
    added       INTEGER NOT NULL,
    removed     INTEGER NOT NULL
) STRICT;

CREATE TABLE opt_out (
    host   TEXT PRIMARY KEY,
    at     INTEGER NOT NULL,
    who    TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE maintenance (
    id      INTEGER PRIMARY KEY,
    site    INTEGER NOT NULL,
    from_at INTEGER NOT NULL,
    to_at   INTEGER NOT NULL,
    who     TEXT NOT NULL,
    reason  TEXT NOT NULL
) STRICT;

-- A run of a vantage's program, and below it the sequence numbers that were kept, as spans: with them a result that is delivered again is
-- recognised, without an index over all results.
CREATE TABLE run (
    id      INTEGER PRIMARY KEY,
    vantage TEXT NOT NULL,
    name    TEXT NOT NULL,
    last_at INTEGER NOT NULL, -- of its latest result
    UNIQUE (vantage, name)
) STRICT;

CREATE TABLE run_span (
    run   INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    PRIMARY KEY (run, first)
) STRICT, WITHOUT ROWID;

-- One row for each probe, clustered by site, then time. Timings are microseconds, NULL where a phase was not reached.
CREATE TABLE result (
    site      INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    run       INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    class     INTEGER NOT NULL,
    phase     INTEGER NOT NULL,
    status    INTEGER NOT NULL,
    protocol  INTEGER NOT NULL,
    family    INTEGER NOT NULL,
    flags     INTEGER NOT NULL,
    dns       INTEGER,
    tcp       INTEGER,
    tls       INTEGER,
    ttfb      INTEGER,
    body      INTEGER,
    total     INTEGER,
    bytes     INTEGER NOT NULL,
    body_hash INTEGER NOT NULL,
    simhash   INTEGER NOT NULL,
    PRIMARY KEY (site, at, run, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE evidence (
    id      INTEGER PRIMARY KEY,
    site    INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    vantage TEXT NOT NULL,
    run     TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    class   INTEGER NOT NULL,
    doc     TEXT NOT NULL,
    body    BLOB NOT NULL,
    UNIQUE (vantage, run, seq)
) STRICT;
CREATE INDEX evidence_site ON evidence (site, at);
CREATE INDEX evidence_at ON evidence (at);

-- What is left of results: one row for each site and five minutes.
CREATE TABLE rollup (
    site      INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    results   INTEGER NOT NULL,
    no_vote   INTEGER NOT NULL,
    up        INTEGER NOT NULL,
    degraded  INTEGER NOT NULL,
    protected INTEGER NOT NULL,
    down      INTEGER NOT NULL,
    classes   TEXT NOT NULL, -- class:count, separated by blanks
    vantages  INTEGER NOT NULL,
    ttfb50    INTEGER, -- milliseconds
    ttfb95    INTEGER,
    PRIMARY KEY (site, at)
) STRICT, WITHOUT ROWID;

-- Times of a site, in whole buckets, that are to be summed up.
CREATE TABLE rollup_due (
    site    INTEGER NOT NULL,
    from_at INTEGER NOT NULL,
    to_at   INTEGER NOT NULL,
    PRIMARY KEY (site, from_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE state (
    site  INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    since INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    doc   TEXT NOT NULL
) STRICT;

CREATE TABLE snapshot (
    site    INTEGER PRIMARY KEY, -- 0 for everything
    version INTEGER NOT NULL,
    doc     TEXT NOT NULL
) STRICT;

CREATE TABLE transition (
    id         INTEGER PRIMARY KEY,
    site       INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    doc        TEXT NOT NULL
) STRICT;
CREATE INDEX transition_site ON transition (site, at);
CREATE INDEX transition_at ON transition (at);

CREATE TABLE incident (
    id       TEXT PRIMARY KEY,
    opened   INTEGER NOT NULL,
    closed   INTEGER NOT NULL,
    doc      TEXT NOT NULL,
    acked    INTEGER NOT NULL,
    acked_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_opened ON incident (opened);

CREATE TABLE incident_site (
    incident TEXT NOT NULL,
    site     INTEGER NOT NULL,
    PRIMARY KEY (incident, site)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_site_site ON incident_site (site);

CREATE TABLE incident_note (
    id       INTEGER PRIMARY KEY,
    incident TEXT NOT NULL,
    at       INTEGER NOT NULL,
    who      TEXT NOT NULL,
    note     TEXT NOT NULL
) STRICT;
CREATE INDEX incident_note_incident ON incident_note (incident, at);

CREATE TABLE vantage (
    name       TEXT PRIMARY KEY,
    network    TEXT NOT NULL,
    country    TEXT NOT NULL,
    public_key TEXT NOT NULL,
    added      INTEGER NOT NULL,
    removed    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE health (
    id      INTEGER PRIMARY KEY,
    vantage TEXT NOT NULL,
    at      INTEGER NOT NULL,
    health  TEXT NOT NULL,
    doc     TEXT NOT NULL
) STRICT;
CREATE INDEX health_vantage ON health (vantage, at);

CREATE TABLE budget (
    host TEXT PRIMARY KEY,
    at   INTEGER NOT NULL,
    doc  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
    id       TEXT PRIMARY KEY,
    created  INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    status   TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    settled  INTEGER NOT NULL,
    error    TEXT NOT NULL,
    doc      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX message_due ON message (due, id) WHERE status = 'pending';
CREATE INDEX message_created ON message (created);
