-- +goose Up

-- Messages on their way to one channel of one receiver each, see notify.Outbox.
CREATE TABLE notice (
    id       TEXT PRIMARY KEY,
    receiver TEXT NOT NULL,
    channel  TEXT NOT NULL,
    key      TEXT NOT NULL,
    at       INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    state    TEXT NOT NULL,
    doc      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_waiting ON notice (receiver, channel, id) WHERE state = 'waiting';
