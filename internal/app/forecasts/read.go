// Package forecasts joins lists of attack orders with forecasts.
package forecasts

import (
	"context"
	"fmt"

	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

// Read reads every list in paths, files, folders or .tar.xz archives, into a history by the date that the name of its file says, whatever its
// orders say of when they were made. Files whose names say no time, and those that are no lists, are passed over and counted.
func Read(ctx context.Context, paths []string) (h *forecast.History, passed int, err error) {
	var log forecast.Log
	err = ddosia.Walk(ctx, paths, ddosia.Limits{}, func(f ddosia.File) error {
		if f.Err != nil || f.Named.IsZero() {
			passed++
			return nil //nolint:nilerr // what is no list is counted, not an error of the reading
		}
		entries := make([]string, len(f.List.Entries))
		for i, e := range f.List.Entries {
			entries[i] = e.HostRaw
		}
		return log.List(forecast.DayOf(f.Named.In(ddosia.Zone())), entries)
	})
	if err != nil {
		return nil, passed, fmt.Errorf("read lists: %w", err)
	}
	h, err = log.History()
	return h, passed, err
}
