package obs

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

var night = time.Date(2025, 11, 17, 20, 0, 0, 0, time.UTC)

// lines samples outcomes at rateHz and returns what was logged.
func lines(t *testing.T, rateHz int, outcomes ...seawall.Outcome) []map[string]any {
	t.Helper()
	var log bytes.Buffer
	s := NewSampler(slog.New(slog.NewJSONHandler(&log, nil)), rateHz)
	for i := range outcomes {
		s.Observe(&outcomes[i])
	}
	var all []map[string]any
	for line := range strings.Lines(log.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

func TestSamplerRate(t *testing.T) {
	at := func(ms int) seawall.Outcome {
		return seawall.Outcome{Time: night.Add(time.Duration(ms) * time.Millisecond)}
	}
	slow := at(0)
	slow.Took = 2 * time.Second
	type line struct {
		ms      int // when it was over
		omitted int
	}
	for _, tt := range []struct {
		name     string
		outcomes []seawall.Outcome
		want     []line
	}{
		{"nothing", nil, nil},
		{"the first at once", []seawall.Outcome{at(0)}, []line{{0, 0}}},
		{"ten a second", []seawall.Outcome{at(0), at(1), at(99), at(100), at(199), at(350)}, []line{{0, 0}, {100, 2}, {350, 1}}},
		{"by when it was over", []seawall.Outcome{at(0), at(1000), slow, at(2010)}, []line{{0, 0}, {1000, 0}, {2000, 0}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []line
			for _, m := range lines(t, 10, tt.outcomes...) {
				when, err := time.Parse(time.RFC3339Nano, m["time"].(string))
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, line{int(when.Sub(night).Milliseconds()), int(m[AttrOmitted].(float64))})
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(line{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSamplerFacts pins what a line says, and with it what it does not: no address, path, query or field of a request.
func TestSamplerFacts(t *testing.T) {
	client := seawall.ClientAt(netip.MustParseAddr("192.0.2.77"))
	got := lines(t, 1, seawall.Outcome{
		ID: 7, Time: night, Site: "www.example.org", Client: client.Prefix(), Proto: seawall.HTTP2,
		Action: seawall.ActionServe, Answer: seawall.AnswerStale, Reason: seawall.ReasonOriginDown,
		Cache: seawall.CacheStale, Lane: seawall.LanePage, Status: 200, Bytes: 512, Wait: time.Second, Took: 2 * time.Second,
	})
	want := []map[string]any{{
		"time": "2025-11-17T20:00:02Z", "level": "INFO", "msg": "outcome",
		AttrRequest: seawall.RequestID(7).String(), AttrSite: "www.example.org", AttrClient: "192.0.2.0/24",
		AttrAction: "serve", AttrAnswer: "stale", AttrReason: "origin_down", AttrCache: "stale", AttrLane: "page",
		AttrStatus: 200.0, AttrBytes: 512.0, AttrWait: 1e9, AttrTook: 2e9, AttrOmitted: 0.0,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\nnames: %v", diff, slices.Sorted(maps.Keys(got[0])))
	}
}

// TestSamplerQuiet: a log that wants no outcomes gets none.
func TestSamplerQuiet(t *testing.T) {
	var log bytes.Buffer
	s := NewSampler(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})), 1)
	s.Observe(&seawall.Outcome{Time: night})
	if log.Len() > 0 {
		t.Errorf("got %q, want nothing", log.String())
	}
}
