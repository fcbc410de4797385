package forecasts

import (
	"context"

	"github.com/seawall-project/seawall/internal/forecast"
)

// Models returns the names of the models, the default first.
func Models() []string { return forecast.Models() }

// Question is a back-test: what is read, and what is scored. Dates are written as 2024-05-31 and inclusive.
type Question struct {
	Lists                []string // files, folders and archives
	TrainUntil, From, To string
	Horizon, Step        int
	Model                string
	Seed                 uint64
}

// Backtest reads lists and scores a model on them.
func Backtest(ctx context.Context, q Question) (*forecast.Result, error) {
	o := forecast.Options{Horizon: q.Horizon, Step: q.Step, Model: q.Model, Seed: q.Seed}
	for _, d := range []struct {
		text string
		day  *forecast.Day
	}{{q.TrainUntil, &o.TrainUntil}, {q.From, &o.From}, {q.To, &o.To}} {
		day, err := forecast.ParseDay(d.text)
		if err != nil {
			return nil, err
		}
		*d.day = day
	}
	h, _, err := Read(ctx, q.Lists)
	if err != nil {
		return nil, err
	}
	return forecast.Backtest(h, o)
}

// Result is what came of a back-test.
type Result = forecast.Result
