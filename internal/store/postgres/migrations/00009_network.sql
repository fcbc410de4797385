-- +goose Up

-- Networks that attacked somebody, as lists of such say, see store.Orders. They mean nothing from until_at on.
CREATE TABLE intel_network (
    network   text COLLATE "C" NOT NULL, -- masked, as 198.51.100.0/24
    feed      text COLLATE "C" NOT NULL,
    as_number bigint NOT NULL,
    as_name   text NOT NULL,
    country   text NOT NULL,
    seen      bigint NOT NULL,
    until_at  bigint NOT NULL,
    PRIMARY KEY (network, feed)
);
CREATE INDEX intel_network_until ON intel_network (until_at);
