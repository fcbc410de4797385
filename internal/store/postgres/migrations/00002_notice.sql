-- +goose Up

-- Messages on their way to one channel of one receiver each, see notify.Outbox. They go out in the order of their numbers, byte by byte,
-- whatever the database's language.
CREATE TABLE notice (
    id       text COLLATE "C" PRIMARY KEY,
    receiver text NOT NULL,
    channel  text NOT NULL,
    key      text NOT NULL,
    at       bigint NOT NULL,
    due      bigint NOT NULL,
    attempts integer NOT NULL,
    state    text NOT NULL,
    doc      text NOT NULL
);
CREATE INDEX notice_waiting ON notice (receiver, channel, id) WHERE state = 'waiting';
