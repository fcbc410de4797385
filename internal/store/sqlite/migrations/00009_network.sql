-- +goose Up

-- Networks that attacked somebody, as lists of such say, see store.Orders. They mean nothing from until_at on.
CREATE TABLE intel_network (
    network   TEXT NOT NULL, -- masked, as 198.51.100.0/24
    feed      TEXT NOT NULL,
    as_number INTEGER NOT NULL,
    as_name   TEXT NOT NULL,
    country   TEXT NOT NULL,
    seen      INTEGER NOT NULL,
    until_at  INTEGER NOT NULL,
    PRIMARY KEY (network, feed)
) STRICT, WITHOUT ROWID;
CREATE INDEX intel_network_until ON intel_network (until_at);
