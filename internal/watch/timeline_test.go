package watch_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/watch/replay"
)

var update = flag.Bool("update", false, "rewrite the nights in testdata and what has to come of them")

// TestNights plays every scripted night: what has to come of it is said beside the script, and the whole timeline is kept as text.
func TestNights(t *testing.T) {
	for _, s := range nights {
		t.Run(s.name, func(t *testing.T) {
			lines := s.lines()
			got, err := replay.Run(strings.NewReader(lines))
			if err != nil {
				t.Fatal(err)
			}
			s.check(t, got)
			var text bytes.Buffer
			if err := got.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", s.name+".jsonl"), lines)
			golden(t, filepath.Join("testdata", s.name+".txt"), s.about+"\n\n"+text.String())
		})
	}
}

// golden holds a file against what it has to be.
func golden(t *testing.T, name, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(have), "\n"), strings.Split(want, "\n")); diff != "" {
		t.Errorf("%s: kept is -, now is +; -update rewrites it\n%s", name, diff)
	}
}

// check holds a timeline against what the script says has to come of the night.
func (s script) check(t *testing.T, got *replay.Timeline) {
	t.Helper()
	for _, x := range got.Transitions {
		if slices.Contains(s.never, x.To.String()) {
			t.Errorf("%s: %s became %s, which must not happen", x.T, x.Site, x.To)
		}
		if s.quiet && x.From.String() != "unknown" {
			t.Errorf("%s: %s went from %s to %s, want a quiet night", x.T, x.Site, x.From, x.To)
		}
		if len(x.Because) == 0 && x.Note == "" {
			t.Errorf("%s: %s became %s for no reason", x.T, x.Site, x.To)
		}
	}
	if len(got.Incidents) != len(s.want) {
		t.Fatalf("got %d incidents, want %d: %+v", len(got.Incidents), len(s.want), got.Incidents)
	}
	slices.SortStableFunc(got.Incidents, func(a, b replay.Incident) int {
		if c := a.Start.Latest.Compare(*b.Start.Latest); c != 0 {
			return c
		}
		return slices.Compare(a.Sites, b.Sites)
	})
	for i, want := range s.want {
		want.check(t, got.Incidents[i])
	}
}

func (a affair) check(t *testing.T, got replay.Incident) {
	t.Helper()
	if diff := cmp.Diff(a.sites, got.Sites); diff != "" {
		t.Errorf("sites: want is -, got is +\n%s", diff)
	}
	if got.Words.EN != a.en || got.Words.DA != a.da {
		t.Errorf("%v: got words %q and %q, want %q and %q", got.Sites, got.Words.EN, got.Words.DA, a.en, a.da)
	}
	if got.Flaps != a.flaps {
		t.Errorf("%v: got %d flaps, want %d", got.Sites, got.Flaps, a.flaps)
	}
	if state := got.State.String(); state != a.state && (a.state != "" || state != "closed") {
		t.Errorf("%v: got state %s, want %q", got.Sites, state, a.state)
	}
	if a.verdict != "" && got.Cause.Verdict.String() != a.verdict {
		t.Errorf("%v: got verdict %s, want %s", got.Sites, got.Cause.Verdict, a.verdict)
	}
	switch {
	case a.unbounded:
		if got.Start.Earliest != nil {
			t.Errorf("%v: got start after %s, want nothing known from before", got.Sites, got.Start.Earliest)
		}
	default:
		holds(t, "start", &got.Start, at(a.began))
	}
	if a.ended == 0 {
		if got.End != nil {
			t.Errorf("%v: got end %v, want none", got.Sites, got.End)
		}
		return
	}
	holds(t, "end", got.End, at(a.ended))
}

// holds checks that an interval holds the truth. A vantage that asks at the very second of a change may see it or not, so both ends count.
func holds(t *testing.T, what string, got *replay.Interval, truth time.Time) {
	t.Helper()
	if got == nil || got.Earliest == nil || got.Latest == nil || truth.Before(*got.Earliest) || truth.After(*got.Latest) {
		t.Errorf("%s: got %+v, want it to hold %s", what, show(got), truth.Format(time.TimeOnly))
	}
}

func show(i *replay.Interval) string {
	if i == nil || i.Latest == nil {
		return "none"
	}
	if i.Earliest == nil {
		return "until " + i.Latest.Format(time.TimeOnly)
	}
	return i.Earliest.Format(time.TimeOnly) + " to " + i.Latest.Format(time.TimeOnly)
}
