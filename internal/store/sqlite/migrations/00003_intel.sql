-- +goose Up

-- What lists of attack orders say, see store.Orders. Aims and templates have identifiers made of what they say, so that the same store comes of
-- the same lists in whatever order they are read.
CREATE TABLE intel_feed (
    name TEXT PRIMARY KEY,
    doc  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE intel_list (
    feed  TEXT NOT NULL,
    at    INTEGER NOT NULL,
    hash  TEXT NOT NULL,
    place TEXT NOT NULL,
    hosts INTEGER NOT NULL,
    PRIMARY KEY (feed, at, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE intel_sighting (
    feed TEXT NOT NULL,
    host TEXT NOT NULL,
    at   INTEGER NOT NULL,
    list TEXT NOT NULL, -- the first half of its hash
    aim  TEXT NOT NULL,
    PRIMARY KEY (feed, host, at, list)
) STRICT, WITHOUT ROWID;
CREATE INDEX intel_sighting_host ON intel_sighting (host);

CREATE TABLE intel_aim (
    id  TEXT PRIMARY KEY,
    doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE intel_template (
    id  TEXT PRIMARY KEY,
    doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
