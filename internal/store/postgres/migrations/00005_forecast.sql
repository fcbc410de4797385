-- +goose Up

-- Forecasts, what became of them, and the calendar, see store.Forecasts. A forecast is never changed: nothing but its resolution is added.
CREATE TABLE forecast (
    id       text COLLATE "C" PRIMARY KEY,
    event    text NOT NULL,
    kind     text NOT NULL,
    name     text NOT NULL,
    from_at  bigint NOT NULL,
    until_at bigint NOT NULL,
    beside   text NOT NULL,
    sealed   bigint NOT NULL,
    entry    bigint NOT NULL,
    salt     bytea NOT NULL,
    seal     bytea NOT NULL,
    content  bytea NOT NULL
);
CREATE INDEX forecast_sealed ON forecast (sealed);
CREATE INDEX forecast_until ON forecast (until_at);

CREATE TABLE forecast_resolution (
    forecast text COLLATE "C" PRIMARY KEY,
    at       bigint NOT NULL,
    outcome  text NOT NULL,
    why      text NOT NULL
);

CREATE TABLE calendar_entry (
    uid      text COLLATE "C" NOT NULL,
    from_at  bigint NOT NULL,
    until_at bigint NOT NULL,
    election integer NOT NULL,
    country  text NOT NULL,
    title    text NOT NULL,
    source   text NOT NULL,
    added    bigint NOT NULL,
    PRIMARY KEY (uid, from_at)
);
CREATE INDEX calendar_entry_from ON calendar_entry (from_at);
