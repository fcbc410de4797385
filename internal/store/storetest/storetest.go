// Package storetest is the suite that every store has to pass: it holds them to the contracts in package store.
//
//	func TestStore(t *testing.T) { storetest.Run(t, newPlace) }
package storetest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Place is where a store lies. It opens that store, whose clock is now; the caller closes it. It may be called again, at once or after the
// store was closed.
type Place func(t *testing.T, now func() time.Time) store.Store

// Run runs the suite. newPlace returns a place where nothing was stored yet.
func Run(t *testing.T, newPlace func(t *testing.T) Place) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, place Place)
	}{
		{"Sites", testSites},
		{"OptOuts", testOptOuts},
		{"Maintenance", testMaintenance},
		{"ResultComesBackWhole", testResultComesBackWhole},
		{"AppendTwice", testAppendTwice},
		{"AppendKeyOnce", testAppendKeyOnce},
		{"AppendLate", testAppendLate},
		{"AppendRefuses", testAppendRefuses},
		{"AppendAgainstTwin", testAppendAgainstTwin},
		{"ClockGoesBack", testClockGoesBack},
		{"Range", testRange},
		{"Evidence", testEvidence},
		{"EvidenceIsBounded", testEvidenceIsBounded},
		{"RollAgainstTwin", testRollAgainstTwin},
		{"RollLate", testRollLate},
		{"RetainResults", testRetainResults},
		{"RetainWaitsForRoll", testRetainWaitsForRoll},
		{"RetainTheRest", testRetainTheRest},
		{"ApplyAndRestart", testApplyAndRestart},
		{"ApplyAllOrNothing", testApplyAllOrNothing},
		{"Transitions", testTransitions},
		{"Incidents", testIncidents},
		{"Vantages", testVantages},
		{"Budgets", testBudgets},
		{"ChangeBudget", testChangeBudget},
		{"Claims", testClaims},
		{"ClaimErased", testClaimErased},
		{"Marks", testMarks},
		{"Ledger", testLedger},
		{"Forecasts", testForecasts},
		{"ForecastsAreSealed", testForecastsAreSealed},
		{"Resolutions", testResolutions},
		{"Calendar", testCalendar},
		{"Feeds", testFeeds},
		{"OrderLists", testOrderLists},
		{"OrderListsInAnyOrder", testOrderListsInAnyOrder},
		{"Networks", testNetworks},
		{"ForeignText", testForeignText},
		{"ReadersBesideAWriter", testReadersBesideAWriter},
		{"WritersAtOnce", testWritersAtOnce},
		{"TwoStores", testTwoStores},
		{"ContextEnds", testContextEnds},
		{"CloseTwice", testCloseTwice},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, newPlace(t)) })
	}
}

// noon is the time at which most tests play. It lies in no bucket's and no day's beginning.
var noon = time.Date(2025, time.November, 17, 12, 1, 2, 3e6, time.UTC)

// open opens a store at noon and closes it when the test ends.
func open(t *testing.T, place Place) store.Store {
	t.Helper()
	return openAt(t, place, noon)
}

func openAt(t *testing.T, place Place, now time.Time) store.Store {
	t.Helper()
	s := place(t, func() time.Time { return now })
	t.Cleanup(func() { check(t, s.Close()) })
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must returns what a call returned, when it succeeded: must(call())(t).
func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		check(t, err)
		return v
	}
}

// same holds that got is want. Documents are the same when they mean the same.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	asText := cmp.Transformer("json", func(d json.RawMessage) string { return strings.Join(strings.Fields(string(d)), "") })
	if diff := cmp.Diff(want, got, asText); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// addSites puts n sites on the list and returns their numbers.
func addSites(t *testing.T, s store.Store, n int) []store.SiteID {
	t.Helper()
	ids := make([]store.SiteID, n)
	for i := range ids {
		name := "site" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		ids[i] = must(s.PutSite(t.Context(), store.Site{Name: name, URL: "https://" + name + ".example/", Host: name + ".example", Added: noon}))(t)
	}
	return ids
}

// result returns a plain result.
func result(site store.SiteID, vantage string, seq int64, at time.Time) store.Result {
	return store.Result{
		Key: store.Key{Vantage: vantage, Run: "r1", Sequence: seq}, Site: site, At: at, Class: probe.OK, Phase: probe.PhaseDone, Status: 200,
		Protocol: "HTTP/2.0", Family: probe.IPv4, Bytes: 51200,
		Timings: probe.Timings{DNS: 2 * time.Millisecond, TCP: 9 * time.Millisecond, TLS: 21 * time.Millisecond, TTFB: 80 * time.Millisecond, Body: 4 * time.Millisecond, Total: 116 * time.Millisecond},
	}
}

// all is the whole of a site's history.
func all(site store.SiteID) store.Range { return store.Range{Site: site} }
