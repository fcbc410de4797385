-- +goose Up

-- What lists of attack orders say, see store.Orders. Aims and templates have identifiers made of what they say, so that the same store comes of
-- the same lists in whatever order they are read.
CREATE TABLE intel_feed (
    name text COLLATE "C" PRIMARY KEY,
    doc text NOT NULL
);

CREATE TABLE intel_list (
    feed  text COLLATE "C" NOT NULL,
    at    bigint NOT NULL,
    hash  text COLLATE "C" NOT NULL,
    place text COLLATE "C" NOT NULL,
    hosts bigint NOT NULL,
    PRIMARY KEY (feed, at, hash)
);

CREATE TABLE intel_sighting (
    feed text COLLATE "C" NOT NULL,
    host text COLLATE "C" NOT NULL,
    at   bigint NOT NULL,
    list text COLLATE "C" NOT NULL, -- the first half of its hash
    aim  text COLLATE "C" NOT NULL,
    PRIMARY KEY (feed, host, at, list)
);
CREATE INDEX intel_sighting_host ON intel_sighting (host);

CREATE TABLE intel_aim (
    id  text COLLATE "C" PRIMARY KEY,
    doc text NOT NULL
);

CREATE TABLE intel_template (
    id  text COLLATE "C" PRIMARY KEY,
    doc text NOT NULL
);
