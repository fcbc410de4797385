-- +goose Up

-- Forecasts, what became of them, and the calendar, see store.Forecasts. A forecast is never changed: nothing but its resolution is added.
CREATE TABLE forecast (
    id       TEXT PRIMARY KEY,
    event    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    from_at  INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    beside   TEXT NOT NULL,
    sealed   INTEGER NOT NULL,
    entry    INTEGER NOT NULL,
    salt     BLOB NOT NULL,
    seal     BLOB NOT NULL,
    content  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX forecast_sealed ON forecast (sealed);
CREATE INDEX forecast_until ON forecast (until_at);

CREATE TABLE forecast_resolution (
    forecast TEXT PRIMARY KEY,
    at       INTEGER NOT NULL,
    outcome  TEXT NOT NULL,
    why      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE calendar_entry (
    uid      TEXT NOT NULL,
    from_at  INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    election INTEGER NOT NULL,
    country  TEXT NOT NULL,
    title    TEXT NOT NULL,
    source   TEXT NOT NULL,
    added    INTEGER NOT NULL,
    PRIMARY KEY (uid, from_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX calendar_entry_from ON calendar_entry (from_at);
