package claims_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/claim"
)

var update = flag.Bool("update", false, "write golden verdicts")

// place is where somebody looks from.
type place struct{ name, network, country string }

var (
	cph = place{"cph", "AS64501", "DK"}
	ams = place{"ams", "AS64502", "NL"}
	fra = place{"fra", "AS64503", "DE"}
)

// finds says what a place finds at a site in a minute of the night; "" when it does not look. "slow" is a page that comes late.
type finds func(minute int, place, site string) string

// during finds a class in some minutes, and the page in all others.
func during(from, to int, class string, places ...string) finds {
	return func(minute int, place, _ string) string {
		if minute >= from && minute < to && (len(places) == 0 || strings.Contains(strings.Join(places, " "), place)) {
			return class
		}
		return "ok"
	}
}

var midnight = time.Date(2025, 11, 17, 0, 0, 0, 0, time.UTC)

// scene is a night: 24 hours from midnight UTC on.
type scene struct {
	places []place
	inside string // the place that stands in the network of party.example; "" for none
	sites  string // JSON, without it one
	lines  []string
	every  int            // minutes between two rounds
	after  map[string]int // seconds after the minute at which a place looks
	finds  finds
	start  time.Time
	length int // minutes
}

func (s scene) text() string {
	if s.places == nil {
		s.places = []place{cph, ams, fra}
	}
	if s.sites == "" {
		s.sites = `{"site":"party.example","home":"DK"}`
	}
	if s.every == 0 {
		s.every = 1
	}
	if s.start.IsZero() {
		s.start = midnight
	}
	if s.length == 0 {
		s.length = 1440
	}
	var head struct {
		Sites []struct{ Site string }
	}
	_ = json.Unmarshal([]byte(`{"sites":[`+s.sites+`]}`), &head)
	var b strings.Builder
	vantages := make([]string, len(s.places))
	for i, p := range s.places {
		inside := ""
		if p.name == s.inside {
			inside = `,"inside":["party.example"]`
		}
		vantages[i] = fmt.Sprintf(`{"name":%q,"network":%q,"country":%q%s}`, p.name, p.network, p.country, inside)
	}
	fmt.Fprintf(&b, `{"sites":[%s],"vantages":[%s]}`+"\n", s.sites, strings.Join(vantages, ","))
	for _, l := range s.lines {
		b.WriteString(l + "\n")
	}
	turns := slices.Clone(s.places)
	slices.SortStableFunc(turns, func(a, b place) int { return s.after[a.name] - s.after[b.name] })
	for minute := 0; minute < s.length; minute += s.every {
		for _, x := range head.Sites {
			for _, p := range turns {
				at := s.start.Add(time.Duration(60*minute+s.after[p.name]) * time.Second).Format(time.RFC3339)
				class, ttfb := s.finds(minute, p.name, x.Site), 80
				if class == "slow" {
					class, ttfb = "ok", 9000
				}
				if class != "" {
					fmt.Fprintf(&b, `{"t":%q,"vantage":%q,"site":%q,"class":%q,"ttfb_ms":%d}`+"\n", at, p.name, x.Site, class, ttfb)
				}
			}
		}
	}
	return b.String()
}

const (
	posted  = `{"t":"2025-11-17T12:00:00Z","claim":{"target":"party.example","posted_at":"2025-11-17T12:00:00Z","precision":"minute","kind":"post"}}`
	checked = `{"t":"2025-11-17T12:00:00Z","claim":{"target":"party.example","posted_at":"2025-11-17T12:00:00Z","precision":"exact","kind":"check-host"}}`
	onDay   = `{"t":"2025-11-17T12:00:00Z","claim":{"target":"party.example","posted_at":"2025-11-17","precision":"day","kind":"post"}}`
	listed  = `{"t":"2025-11-17T12:00:00Z","listing":{"host":"party.example","previous_list":"2025-11-17T11:40:00Z"}}`
)

func judged(t rapid.TB, text string) claims.Verdict {
	t.Helper()
	out, err := claims.Replay(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range out.Verdicts {
		if v.Target == "party.example" {
			return v
		}
	}
	t.Fatalf("no verdict on party.example in %+v", out)
	return claims.Verdict{}
}

// pairs are nights that differ in one minute, vote or vantage.
var pairs = []struct {
	name string
	a, b scene
}{
	{"coverage", scene{lines: []string{posted}, finds: until(540+324, 600, 640)}, scene{lines: []string{posted}, finds: until(540+323, 600, 640)}},
	{"fifteen-minutes", scene{lines: []string{posted}, finds: during(600, 616, "http_502")}, scene{lines: []string{posted}, finds: during(600, 615, "http_502")}},
	{"five-on-end", scene{lines: []string{posted}, finds: often(6, 18)}, scene{lines: []string{posted}, finds: often(5, 15)}},
	{"began-in-the-window", scene{lines: []string{posted}, finds: during(540, 600, "http_502")}, scene{lines: []string{posted}, finds: during(539, 600, "http_502")}},
	{"any-bad-round", scene{lines: []string{posted}, finds: during(600, 601, "http_502", "cph", "ams")}, scene{lines: []string{posted}, finds: during(600, 601, "http_502", "cph")}},
	{"slow", scene{lines: []string{posted}, finds: during(600, 606, "slow")}, scene{lines: []string{posted}, finds: during(600, 605, "slow")}},
	{"slow-by-quorum", scene{lines: []string{posted}, finds: during(600, 660, "slow", "cph", "ams")}, scene{lines: []string{posted}, finds: during(600, 660, "slow", "cph")}},
	{"protected", scene{lines: []string{posted}, finds: during(600, 660, "challenge", "cph", "ams")}, scene{lines: []string{posted}, finds: during(600, 660, "challenge", "cph")}},
	{"home-decides", scene{lines: []string{posted}, finds: during(600, 660, "tcp_timeout", "ams", "fra")}, scene{lines: []string{posted}, finds: during(600, 660, "tcp_timeout", "cph", "fra")}},
	{"no-effect", scene{lines: []string{posted}, finds: until(540+486, 0, 0)}, scene{lines: []string{posted}, finds: until(540+485, 0, 0)}},
	{"list-before", scene{lines: []string{listed}, finds: during(701, 730, "http_502")}, scene{lines: []string{listed}, finds: during(699, 730, "http_502")}},
	{"list-after", scene{lines: []string{listed}, finds: during(750, 780, "http_502")}, scene{lines: []string{listed}, finds: during(751, 780, "http_502")}},
	{"post-after", scene{lines: []string{posted}, finds: during(1080, 1110, "http_502")}, scene{lines: []string{posted}, finds: during(1081, 1110, "http_502")}},
	{"check-host", scene{lines: []string{checked}, finds: during(735, 765, "http_502")}, scene{lines: []string{checked}, finds: during(736, 765, "http_502")}},
	{"local-day", scene{lines: []string{onDay}, finds: during(1379, 1400, "http_502")}, scene{lines: []string{onDay}, finds: during(1380, 1400, "http_502")}},
	{"one-vantage", scene{lines: []string{posted}, finds: during(600, 640, "http_502"), places: []place{cph}}, scene{lines: []string{posted}, finds: during(600, 640, "http_502", "cph"), places: []place{cph, ams}}},
	{"one-network", scene{lines: []string{posted}, finds: during(600, 640, "http_502", "cph", "ams")}, scene{
		lines: []string{posted}, finds: during(600, 640, "http_502", "cph", "ams"), places: []place{cph, {"ams", "AS64501", "NL"}, fra},
	}},
	{"feed", scene{lines: []string{posted, `{"t":"2025-11-16T07:00:00Z","listing":{"host":"other.example"}}`}, finds: during(0, 0, "")}, scene{
		lines: []string{posted, `{"t":"2025-11-16T06:59:00Z","listing":{"host":"other.example"}}`}, finds: during(0, 0, ""),
	}},
	{"onset", scene{lines: []string{listed}, finds: during(730, 760, "http_502")}, scene{lines: []string{listed}, finds: during(731, 760, "http_502")}},
	{"five-minute-rounds", scene{lines: []string{posted}, every: 5, finds: during(600, 620, "http_502")}, scene{lines: []string{posted}, every: 5, finds: during(600, 615, "http_502")}},
}

// until looks until a minute, and finds a failure in some minutes before.
func until(end, from, to int) finds {
	return func(minute int, _, _ string) string {
		switch {
		case minute >= end:
			return ""
		case minute >= from && minute < to:
			return "http_502"
		}
		return "ok"
	}
}

// often finds a failure in some of every so many minutes, for three hours.
func often(bad, of int) finds {
	return func(minute int, _, _ string) string {
		if minute >= 600 && minute < 780 && (minute-600)%of < bad {
			return "http_502"
		}
		return "ok"
	}
}

// TestPairs holds each rule to the minute, the vote and the vantage.
func TestPairs(t *testing.T) {
	for _, p := range pairs {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			a, b := judged(t, p.a.text()), judged(t, p.b.text())
			got, err := json.MarshalIndent([]claims.Verdict{a, b}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if a.Verdict == b.Verdict && fmt.Sprint(a.Findings, a.For, a.OnePlace) == fmt.Sprint(b.Findings, b.For, b.OnePlace) {
				t.Errorf("both nights came out as %s", a.Verdict)
			}
			golden(t, p.name, append(got, '\n'))
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestFlaky holds that a site which often fails lowers the confidence and never the verdict, and that what began in windows of other claims does not
// count.
func TestFlaky(t *testing.T) {
	post := func(day int) string {
		at := midnight.AddDate(0, 0, day).Add(12 * time.Hour).Format(time.RFC3339)
		return fmt.Sprintf(`{"t":%q,"claim":{"target":"party.example","posted_at":%q,"precision":"minute","kind":"post"}}`, at, at)
	}
	last := 3
	night := func(history finds, lines ...string) claims.Verdict {
		s := scene{lines: append(lines, post(last)), length: 4 * 1440, finds: func(minute int, place, site string) string {
			if minute >= last*1440 {
				return during(600, 640, "http_502")(minute-last*1440, place, site)
			}
			return history(minute, place, site)
		}}
		out, err := claims.Replay(strings.NewReader(s.text()))
		if err != nil {
			t.Fatal(err)
		}
		return out.Verdicts[len(out.Verdicts)-1]
	}
	calm := night(during(0, 0, ""))
	flaky := night(func(minute int, _, _ string) string {
		if minute%10 == 0 {
			return "http_503"
		}
		return "ok"
	})
	named := night(during(1440+700, 2*1440+900, "http_502"), post(1))
	if calm.Verdict != claim.Confirmed || flaky.Verdict != claim.Confirmed || named.Verdict != claim.Confirmed {
		t.Errorf("got %s, %s and %s, want all confirmed", calm.Verdict, flaky.Verdict, named.Verdict)
	}
	if calm.Confidence != claim.High || flaky.Confidence != claim.Low || named.Confidence != claim.High {
		t.Errorf("got confidence %s in calm, %s when it is often so, %s when another claim names that; want high, low, high", calm.Confidence, flaky.Confidence, named.Confidence)
	}
}

// TestShared holds that a shared failure speaks against a connection, and one of several that share nothing for it.
func TestShared(t *testing.T) {
	lines := []string{posted, strings.ReplaceAll(posted, "party", "paper")}
	apart := `{"site":"party.example","home":"DK","address":"192.0.2.1"},{"site":"paper.example","home":"DK","address":"198.51.100.1"}`
	together := strings.ReplaceAll(apart, "198.51.100.1", "192.0.2.1")
	a := judged(t, scene{lines: lines, sites: apart, finds: during(600, 640, "http_502")}.text())
	b := judged(t, scene{lines: lines, sites: together, finds: during(600, 640, "http_502")}.text())
	if fmt.Sprint(a.For) != "[several_hosts]" || fmt.Sprint(a.Against) != "[]" || fmt.Sprint(b.For) != "[]" || fmt.Sprint(b.Against) != "[shared_provider]" {
		t.Errorf("got for %v, against %v apart; for %v, against %v together", a.For, a.Against, b.For, b.Against)
	}
}

// TestWritten holds what others may write of a claim.
func TestWritten(t *testing.T) {
	night := func(claim string) claims.Verdict {
		return judged(t, scene{lines: []string{`{"t":"2025-11-17T12:00:00Z","claim":{"target":"https://www.PARTY.example./front",` + claim + `}}`}, finds: during(0, 0, "")}.text())
	}
	const sharp, day = "2025-11-17T09:00:00Z 2025-11-17T18:00:00Z", "2025-11-16T23:00:00Z 2025-11-17T23:00:00Z"
	for text, want := range map[string]string{
		`"posted_at":"2025-11-17T12:00:00Z","precision":"exact","kind":"post"`:        sharp,
		`"posted_at":"2025-11-17T13:00+01:00","precision":"hour","kind":"misp"`:       sharp,
		`"posted_at":"2025-11-17T12:00:00Z","kind":"stix"`:                            sharp,
		`"posted_at":"2025-11-17T12:00:00Z","precision":"PT30M","kind":"something"`:   sharp,
		`"posted_at":"2025-11-17T12:00:00Z","precision":900`:                          sharp,
		`"posted_at":"2025-11-17T12:00:00Z","precision":"2h"`:                         "2025-11-17T07:00:00Z 2025-11-17T20:00:00Z",
		`"posted_at":"2025-11-17T12:00:00Z","precision":"minute","kind":"listing"`:    "2025-11-17T11:00:00Z 2025-11-17T12:30:00Z",
		`"posted_at":"2025-11-17T12:00:00Z","precision":"minute","kind":"check_host"`: "2025-11-17T11:45:00Z 2025-11-17T12:15:00Z",
		`"posted_at":"2025-11-17T12:00:00Z","precision":"day","kind":"post"`:          day,
		`"posted_at":"2025-11-17T00:00:00Z","precision":"day"`:                        day,
		`"posted_at":"2025-11-17T00:00:00+02:00","precision":"day"`:                   day,
		`"posted_at":"2025-11-16T23:00:00Z","precision":"day"`:                        day,
		`"posted_at":"2025-11-17","precision":"minute"`:                               day,
		`"posted_at":"2025-11-17T12:00:00Z","precision":"unknown"`:                    day,
		`"posted_at":"2025-11-17T12:00:00Z","precision":"roughly"`:                    day,
		`"posted_at":"on Monday","kind":"post"`:                                       day,
		`"kind":"post"`:                                                               day,
	} {
		v := night(text)
		if got := v.Window.From.Format(time.RFC3339) + " " + v.Window.To.Format(time.RFC3339); got != want {
			t.Errorf("%s: got the window %s, want %s", text, got, want)
		}
		if v.Windows != nil && strings.HasPrefix(want, "2025-11-16") && v.Confidence != claim.Low {
			t.Errorf("%s: got confidence %s, want low", text, v.Confidence)
		}
	}
}

// TestTooMany holds that a claim of more than 10,000 targets is refused by name, and that many claims are counted.
func TestTooMany(t *testing.T) {
	names := make([]string, 10_001)
	for i := range names {
		names[i] = fmt.Sprintf(`"t%d.example"`, i)
	}
	text := func(names []string) string {
		return scene{lines: []string{`{"t":"2025-11-17T12:00:00Z","claim":{"target":[` + strings.Join(names, ",") + `],"precision":"day"}}`}, finds: during(0, 0, ""), length: 1}.text()
	}
	if _, err := claims.Replay(strings.NewReader(text(names))); err == nil || !strings.Contains(err.Error(), "line 2: a claim of 10001 targets, at most 10000") {
		t.Errorf("got error %v", err)
	}
	out, err := claims.Replay(strings.NewReader(text(names[:10_000]) + strings.ReplaceAll(posted, "party", "late") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Verdicts) != 10_000 || out.Counts.Refused != 1 || len(out.Notes) == 0 {
		t.Errorf("got %d verdicts, %+v, notes %q; want 10000 and one refused by name", len(out.Verdicts), out.Counts, out.Notes)
	}
	many := make([]string, 100)
	for i := range many {
		many[i] = strings.ReplaceAll(posted, "12:00", fmt.Sprintf("12:%02d", i%60))
	}
	out, err = claims.Replay(strings.NewReader(scene{lines: many, finds: during(0, 0, "")}.text()))
	if err != nil || len(out.Verdicts) != 1 || out.Counts.Refused != 36 || len(out.Verdicts[0].Sources) != 64 {
		t.Errorf("got %+v, error %v; want 64 sources and 36 refused", out.Counts, err)
	}
}

// TestFalseClaimsDisplaceNone holds that many claims of an earlier time do not keep out the one of the outage, whichever is told first.
func TestFalseClaimsDisplaceNone(t *testing.T) {
	for _, late := range []bool{true, false} {
		lines := []string{posted}
		for i := range 100 {
			at := fmt.Sprintf("00:%02d:%02dZ", i/60, i%60)
			lines = append(lines, strings.ReplaceAll(posted, "12:00:00Z", at))
		}
		if late {
			lines = append(lines[1:], lines[0])
		}
		out := replayed(t, scene{lines: lines, finds: during(730, 760, "http_502")}.text())
		last := out.Verdicts[len(out.Verdicts)-1]
		if last.Verdict != claim.Confirmed || out.Counts.Refused != 37 {
			t.Errorf("told last %v: got %v of %d verdicts, %+v", late, last.Verdict, len(out.Verdicts), out.Counts)
		}
	}
}

// TestFuture holds that a claimed time far after the claim is named.
func TestFuture(t *testing.T) {
	v := judged(t, scene{lines: []string{strings.Replace(posted, `"2025-11-17T12:00:00Z","precision"`, `"2026-11-17T12:00:00Z","precision"`, 1)}, finds: during(0, 0, "")}.text())
	if v.Verdict != claim.Unknown || fmt.Sprint(v.Against) != "[time_after_claiming]" {
		t.Errorf("got %s, against %v", v.Verdict, v.Against)
	}
}

// TestLaws holds what is so of every night: moved in time it comes out the same, and where a failing round had been good the verdict is no worse.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.SliceOfN(rapid.SampledFrom([]string{"ok", "ok", "ok", "http_502", "challenge", "slow"}), 24, 24).Draw(t, "half hours")
		mended := rapid.IntRange(0, 23).Draw(t, "mended")
		night := func(mend bool) finds {
			return func(minute int, _, _ string) string {
				i := (minute - 540) / 25
				if minute < 540 || i >= len(seed) || mend && i == mended {
					return "ok"
				}
				return seed[i]
			}
		}
		plain := judged(t, scene{lines: []string{posted}, finds: night(false), length: 1140}.text())
		better := judged(t, scene{lines: []string{posted}, finds: night(true), length: 1140}.text())
		if better.Verdict > plain.Verdict {
			t.Errorf("got %s with a better half hour, %s without", better.Verdict, plain.Verdict)
		}
		moved := judged(t, scene{lines: []string{strings.ReplaceAll(posted, "2025-11-17", "2025-06-17")}, finds: night(false), length: 1140, start: midnight.AddDate(0, -5, 0)}.text())
		if moved.Verdict != plain.Verdict || moved.Bad != plain.Bad || moved.Coverage != plain.Coverage {
			t.Errorf("got %s five months earlier, %s", moved.Verdict, plain.Verdict)
		}
	})
}

// FuzzReplay looks for a night that cannot be judged without an error that names a line.
func FuzzReplay(f *testing.F) {
	head := `{"sites":[{"site":"party.example","home":"DK"}],"vantages":[{"name":"cph","network":"AS64501","country":"DK"}]}` + "\n"
	for _, l := range []string{posted, checked, onDay, listed, `{"t":"2025-11-17T12:00:00Z","feed":{"name":"x","dark":true}}`, `{"t":"2025-11-17T12:00:00Z","edge":{"site":"party.example","seen":"deploy","until":"2025-11-17T13:00:00Z"}}`} {
		f.Add(head + l + "\n" + `{"t":"2025-11-17T12:00:00Z","vantage":"cph","site":"party.example","class":"http_502"}`)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out, err := claims.Replay(strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("got %v, want the number of a line", err)
			}
			return
		}
		if _, err := json.Marshal(out); err != nil {
			t.Error(err)
		}
		var b strings.Builder
		if err := out.WriteText(&b); err != nil {
			t.Error(err)
		}
	})
}

// TestWiderOutage holds that many unnamed failures at once speak against a connection, and that those behind one address are one.
func TestWiderOutage(t *testing.T) {
	night := func(address func(i int) string) claims.Verdict {
		sites := `{"site":"party.example","home":"DK","address":"192.0.2.1"}`
		for i := range 4 {
			sites += fmt.Sprintf(`,{"site":"s%d.example","home":"DK","address":%q}`, i, address(i))
		}
		return judged(t, scene{lines: []string{posted}, sites: sites, finds: during(600, 640, "http_502")}.text())
	}
	apart := night(func(i int) string { return fmt.Sprintf("198.51.100.%d", i+1) }) // one network
	wide := night(func(i int) string { return fmt.Sprintf("2001:db8:%d::1", i+1) })
	if fmt.Sprint(apart.Against) != "[]" || fmt.Sprint(wide.Against) != "[wider_outage]" || wide.Verdict != claim.Confirmed {
		t.Errorf("got %v behind one network, %v apart, %s", apart.Against, wide.Against, wide.Verdict)
	}
}
