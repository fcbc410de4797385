-- +goose Up

-- Times are milliseconds since 1970 in UTC, 0 for "not". Documents are JSON as text.

CREATE TABLE meta (
    name  text PRIMARY KEY,
    value bigint NOT NULL
);

CREATE TABLE site (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    url         text NOT NULL,
    host        text NOT NULL,
    page        text NOT NULL,
    owner       text NOT NULL,
    sector      text NOT NULL,
    country     text NOT NULL,
    group_names text NOT NULL, -- JSON array
    contacts    text NOT NULL, -- JSON array
    is_public   smallint NOT NULL,
    paused      smallint NOT NULL,
    source      text NOT NULL,
    added       bigint NOT NULL,
    removed     bigint NOT NULL
);

CREATE TABLE opt_out (
    host   text PRIMARY KEY,
    at     bigint NOT NULL,
    who    text NOT NULL,
    reason text NOT NULL
);

CREATE TABLE maintenance (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site    integer NOT NULL,
    from_at bigint NOT NULL,
    to_at   bigint NOT NULL,
    who     text NOT NULL,
    reason  text NOT NULL
);

-- A run of a vantage's program, and below it the sequence numbers that were kept, as spans: with them a result that is delivered again is
-- recognised, without an index over all results.
CREATE TABLE run (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vantage text NOT NULL,
    name    text NOT NULL,
    last_at bigint NOT NULL, -- of its latest result
    UNIQUE (vantage, name)
);

CREATE TABLE run_span (
    run   integer NOT NULL,
    first bigint NOT NULL,
    last  bigint NOT NULL,
    PRIMARY KEY (run, first)
);

-- One row for each probe, in a partition for each day in UTC, which is made when the day's first result comes. Timings are microseconds, NULL
-- where a phase was not reached.
CREATE TABLE result (
    site      integer NOT NULL,
    at        bigint NOT NULL,
    run       integer NOT NULL,
    seq       bigint NOT NULL,
    class     smallint NOT NULL,
    phase     smallint NOT NULL,
    status    smallint NOT NULL,
    protocol  smallint NOT NULL,
    family    smallint NOT NULL,
    flags     smallint NOT NULL,
    dns       integer,
    tcp       integer,
    tls       integer,
    ttfb      integer,
    body      integer,
    total     integer,
    bytes     bigint NOT NULL,
    body_hash bigint NOT NULL,
    simhash   bigint NOT NULL,
    PRIMARY KEY (site, at, run, seq)
) PARTITION BY RANGE (at);

CREATE TABLE evidence (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site    integer NOT NULL,
    at      bigint NOT NULL,
    vantage text NOT NULL,
    run     text NOT NULL,
    seq     bigint NOT NULL,
    class   smallint NOT NULL,
    doc     text NOT NULL,
    body    bytea NOT NULL,
    UNIQUE (vantage, run, seq)
);
CREATE INDEX evidence_site ON evidence (site, at);
CREATE INDEX evidence_at ON evidence (at);

-- What is left of results: one row for each site and five minutes.
CREATE TABLE rollup (
    site      integer NOT NULL,
    at        bigint NOT NULL,
    results   integer NOT NULL,
    no_vote   integer NOT NULL,
    up        integer NOT NULL,
    degraded  integer NOT NULL,
    protected integer NOT NULL,
    down      integer NOT NULL,
    classes   text NOT NULL, -- class:count, separated by blanks
    vantages  integer NOT NULL,
    ttfb50    integer, -- milliseconds
    ttfb95    integer,
    PRIMARY KEY (site, at)
);

-- Times of a site, in whole buckets, that are to be summed up.
CREATE TABLE rollup_due (
    site    integer NOT NULL,
    from_at bigint NOT NULL,
    to_at   bigint NOT NULL,
    PRIMARY KEY (site, from_at)
);

CREATE TABLE state (
    site  integer PRIMARY KEY,
    state text NOT NULL,
    since bigint NOT NULL,
    at    bigint NOT NULL,
    doc   text NOT NULL
);

CREATE TABLE snapshot (
    site    integer PRIMARY KEY, -- 0 for everything
    version integer NOT NULL,
    doc     text NOT NULL
);

CREATE TABLE transition (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site       integer NOT NULL,
    at         bigint NOT NULL,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    doc        text NOT NULL
);
CREATE INDEX transition_site ON transition (site, at);
CREATE INDEX transition_at ON transition (at);

CREATE TABLE incident (
    id       text PRIMARY KEY,
    opened   bigint NOT NULL,
    closed   bigint NOT NULL,
    doc      text NOT NULL,
    acked    bigint NOT NULL,
    acked_by text NOT NULL
);
CREATE INDEX incident_opened ON incident (opened);

CREATE TABLE incident_site (
    incident text NOT NULL,
    site     integer NOT NULL,
    PRIMARY KEY (incident, site)
);
CREATE INDEX incident_site_site ON incident_site (site);

CREATE TABLE incident_note (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident text NOT NULL,
    at       bigint NOT NULL,
    who      text NOT NULL,
    note     text NOT NULL
);
CREATE INDEX incident_note_incident ON incident_note (incident, at);

CREATE TABLE vantage (
    name       text PRIMARY KEY,
    network    text NOT NULL,
    country    text NOT NULL,
    public_key text NOT NULL,
    added      bigint NOT NULL,
    removed    bigint NOT NULL
);

CREATE TABLE health (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vantage text NOT NULL,
    at      bigint NOT NULL,
    health  text NOT NULL,
    doc     text NOT NULL
);
CREATE INDEX health_vantage ON health (vantage, at);

CREATE TABLE budget (
    host text PRIMARY KEY,
    at   bigint NOT NULL,
    doc  text NOT NULL
);

CREATE TABLE message (
    id       text PRIMARY KEY,
    created  bigint NOT NULL,
    due      bigint NOT NULL,
    attempts integer NOT NULL,
    status   text NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    settled  bigint NOT NULL,
    error    text NOT NULL,
    doc      text NOT NULL
);
CREATE INDEX message_due ON message (due, id) WHERE status = 'pending';
CREATE INDEX message_created ON message (created);
