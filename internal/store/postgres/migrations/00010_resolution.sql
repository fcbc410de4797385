-- +goose Up

-- What became of a forecast is in the ledger from now on. What was noted without it is settled anew, by the same rule.
DELETE FROM forecast_resolution;
