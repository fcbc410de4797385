-- +goose Up

-- What is asked for by its time, at every look at lists and whenever old contents of the ledger go.
CREATE INDEX intel_sighting_at ON intel_sighting (at);
CREATE INDEX ledger_entry_kind ON ledger_entry (kind, at);
