package watch

import (
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

func sec(n int) time.Time { return time.Date(2025, 11, 17, 20, 0, n, 0, time.UTC) }

func span(from, to int) Interval { return Interval{sec(from), sec(to)} }

// TestReadingOf: what a probe says beside the class counts as it does in a replay.
func TestReadingOf(t *testing.T) {
	for _, tt := range []struct {
		class         probe.Class
		said          probe.Assessment
		vote          probe.Vote
		changed, part bool
	}{
		{class: probe.HTTP503, vote: probe.Down},
		{class: probe.HTTP503, said: probe.Maintenance, vote: probe.Degraded},
		{class: probe.OK, vote: probe.Up},
		{class: probe.OK, said: probe.WrongContent, vote: probe.Up, changed: true},
		{class: probe.OK, said: probe.Partial, vote: probe.Degraded, part: true},
		{class: probe.HTTP503, said: probe.Partial, vote: probe.Down},
		{class: probe.RedirectForeign, vote: probe.Degraded, changed: true},
		{class: probe.Challenge, said: probe.WrongContent, vote: probe.Protected},
	} {
		r := probe.Result{Vantage: "here", At: sec(1), Class: tt.class}
		if tt.said != 0 {
			r.Assessment = []probe.Assessment{tt.said}
		}
		vote, changed, part := ReadingOf("www.example.org", r).Reading.vote()
		if vote != tt.vote || changed != tt.changed || part != tt.part {
			t.Errorf("%v with %v: got %v, other content %v, part %v", tt.class, tt.said, vote, changed, part)
		}
	}
}

// TestStatusAssesses: how a site stands names what goes on beside its state.
func TestStatusAssesses(t *testing.T) {
	places := []Vantage{{Name: "dk1", Network: "AS64501", Country: "DK"}, {Name: "de1", Network: "AS64502", Country: "DE"}, {Name: "us1", Network: "AS64503", Country: "US"}}
	for i := range places {
		places[i].Health = Healthy
	}
	for _, tt := range []struct {
		want   probe.Assessment
		class  probe.Class // abroad, and at home where said is not zero
		said   probe.Assessment
		ttfb   time.Duration
		window bool
	}{
		{want: probe.Slow, class: probe.OK, ttfb: 9 * time.Second},
		{want: probe.WrongContent, class: probe.OK, said: probe.WrongContent},
		{want: probe.Partial, class: probe.OK, said: probe.Partial},
		{want: probe.GeoBlocked, class: probe.TCPTimeout},
		{want: probe.GeoBlocked, class: probe.EdgeBlock},
		{want: probe.Maintenance, class: probe.OK, window: true},
		{class: probe.Challenge},
		{class: probe.OK},
	} {
		m, err := New(Config{Sites: []Site{{Name: "www.example.org", Home: "DK"}}, Vantages: places})
		if err != nil {
			t.Fatal(err)
		}
		at := sec(0)
		if tt.window {
			m.Observe(Fact{At: at, Maintenance: &Maintenance{Site: "www.example.org", From: at, Until: at.Add(time.Hour)}})
		}
		for minute := range 12 {
			for i, v := range places {
				r := probe.Result{Vantage: v.Name, At: at.Add(time.Duration(minute)*time.Minute + time.Duration(i)*time.Second), Class: tt.class}
				r.Timings.TTFB = max(tt.ttfb, 100*time.Millisecond)
				if tt.said != 0 {
					r.Assessment = []probe.Assessment{tt.said}
				}
				if v.Country == "DK" || minute < 4 {
					r.Class = probe.OK
				}
				m.Observe(ReadingOf("www.example.org", r))
			}
			m.Tick(at.Add(time.Duration(minute)*time.Minute + 10*time.Second))
		}
		var want []probe.Assessment
		if tt.want != 0 {
			want = append(want, tt.want)
		}
		if st, _ := m.Status("www.example.org"); !slices.Equal(st.Assessment, want) || st.Assessment == nil {
			t.Errorf("%v with %v: assessed %v, want %v", tt.class, tt.said, st.Assessment, want)
		}
	}
}

// TestAgree holds how the times of several vantages become one interval.
func TestAgree(t *testing.T) {
	tests := []struct {
		name string
		all  []Interval
		want Interval
		ok   bool
	}{
		{"nobody", nil, Interval{}, false},
		{"one", []Interval{span(0, 60)}, span(0, 60), true},
		{"the intersection of all", []Interval{span(0, 60), span(20, 80), span(-19, 41)}, span(20, 41), true},
		{"a clock that is off is outvoted", []Interval{span(0, 60), span(20, 80), span(-180, -120)}, span(20, 60), true},
		{"two that differ a little: all between", []Interval{span(0, 60), span(180, 240)}, span(0, 240), true},
		{"two that differ much: the later", []Interval{span(0, 60), span(1200, 1260)}, span(1200, 1260), true},
		{"nothing known from before", []Interval{{Latest: sec(60)}, span(20, 80)}, span(20, 60), true},
		{"nothing known by anybody", []Interval{{Latest: sec(60)}, {Latest: sec(80)}}, Interval{Latest: sec(60)}, true},
	}
	for _, tt := range tests {
		got, ok := agree(tt.all)
		if ok != tt.ok || ok && (!got.Earliest.Equal(tt.want.Earliest) || !got.Latest.Equal(tt.want.Latest)) {
			t.Errorf("%s: got %v %v, want %v %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

// TestOutcome holds the quorum: at least two, and more than half.
func TestOutcome(t *testing.T) {
	tests := []struct {
		down, served, guarded, missing int
		complete                       bool
		want                           outcome
	}{
		{1, 0, 0, 0, true, weakFail},
		{0, 1, 0, 0, true, weakGood},
		{2, 0, 0, 0, true, failing},
		{1, 1, 0, 0, true, disputed},
		{2, 0, 0, 1, false, failing}, // two of three are enough before the third votes
		{2, 0, 0, 2, false, pending}, // two of four are not more than half
		{2, 2, 0, 0, true, disputed},
		{2, 0, 0, 2, true, weakFail},
		{2, 1, 0, 0, true, failing},
		{1, 2, 0, 0, true, good},
		{5, 0, 0, 5, false, pending},
		{6, 0, 0, 4, false, failing},
		{5, 5, 0, 0, true, disputed},
		{0, 0, 2, 0, true, protected},
		{1, 0, 2, 0, true, protected},
		{0, 1, 2, 0, true, protected},
		{1, 1, 1, 0, true, good}, // two of three are not refused
		{2, 1, 1, 0, true, disputed},
		{1, 0, 1, 0, true, disputed},
		{0, 0, 1, 0, true, weakProtected},
		{0, 0, 0, 3, false, pending},
		{0, 0, 0, 0, true, pending},
	}
	for _, tt := range tests {
		c := tally{down: tt.down, served: tt.served, guarded: tt.guarded, all: tt.down + tt.served + tt.guarded + tt.missing}
		if got := c.outcome(tt.complete); got != tt.want {
			t.Errorf("%+v: got %s", tt, got)
		}
	}
}

// TestWordsOf holds the limits of the words.
func TestWordsOf(t *testing.T) {
	lasting := func(minutes int) Span {
		d := time.Duration(minutes) * time.Minute
		return Span{d - 30*time.Second, d + 30*time.Second}
	}
	sure := func(x Member) Member { x.Grade = Confirmed; return x }
	tests := []struct {
		name   string
		kind   Kind
		x      Member
		en, da string
	}{
		{"a minute", Outage, sure(Member{Phase: Over, Total: lasting(1)}), "briefly unavailable", "kortvarigt utilgængelig"},
		{"14 minutes", Outage, sure(Member{Phase: Over, Total: lasting(14), WasDown: true}), "briefly unavailable", "kortvarigt utilgængelig"},
		{"15 minutes", Outage, sure(Member{Phase: Over, Total: lasting(15)}), "unavailable for a period", "utilgængelig i en periode"},
		{"60 minutes", Outage, sure(Member{Phase: Ending, Total: lasting(60)}), "unavailable for a period", "utilgængelig i en periode"},
		{"61 minutes", Outage, sure(Member{Phase: Over, Total: lasting(61)}), "down", "nede"},
		{"15 minutes and not over", Outage, sure(Member{Phase: Ongoing, Total: lasting(15)}), "unavailable at the moment", "utilgængelig i øjeblikket"},
		{"16 minutes and not over", Outage, sure(Member{Phase: Ongoing, Total: lasting(16)}), "down", "nede"},
		{"wavering", Outage, sure(Member{Phase: Ongoing, Total: lasting(90), Wavering: true}), "intermittent", "ustabil"},
		{"slow", Slowness, sure(Member{Total: lasting(90)}), "slow", "langsom"},
		{"challenge", Protection, sure(Member{Total: lasting(90)}), "protected by a challenge", "beskyttet af en kontrolside"},
		{"one place", Outage, Member{Total: lasting(90), WasDown: true}, "suspected, seen from one place", "mistanke om fejl, set fra ét sted"},
		{"slow from one place", Slowness, Member{}, "slow (suspected, seen from one place)", "langsom (mistanke om fejl, set fra ét sted)"},
		{
			"blind at home", Outage, sure(Member{Phase: Ongoing, Total: lasting(16), HomeBlind: true}), "down; no vantage at home could see it",
			"nede; intet målested hjemme kunne se det",
		},
		{"abroad", Outage, sure(Member{Abroad: true, UnreachableFrom: []string{"DE", "SE", "XX"}}), "not reachable from abroad: reachable from Denmark; " +
			"unreachable from Germany, Sweden and XX", "ikke tilgængelig fra udlandet: tilgængelig fra Danmark; ikke tilgængelig fra Tyskland, Sverige og XX"},
	}
	for _, tt := range tests {
		if got := wordsOf(tt.kind, tt.x, "DK"); got.EN != tt.en || got.DA != tt.da {
			t.Errorf("%s: got %q and %q, want %q and %q", tt.name, got.EN, got.DA, tt.en, tt.da)
		}
	}
	for p, w := range phrases {
		if w.EN == "" || w.DA == "" || w.EN == w.DA {
			t.Errorf("phrase %d: got %q and %q, want one in each language", p, w.EN, w.DA)
		}
	}
	for s := range State(len(states)) {
		if w := s.Words(); w.EN == "" || s != Unknown && w == phrases[sayNothing] {
			t.Errorf("%s: got %q", s, w.EN)
		}
	}
}

func TestSpanWords(t *testing.T) {
	const m, h = time.Minute, time.Hour
	tests := []struct {
		span   Span
		en, da string
	}{
		{Span{0, 59 * time.Second}, "under 1 min", "under 1 min"},
		{Span{0, m}, "0–1 min", "0–1 min"},
		{Span{4 * m, 6 * m}, "4–6 min", "4–6 min"},
		{Span{4*m + 50*time.Second, 5*m + 10*time.Second}, "4–5 min", "4–5 min"},
		{Span{5 * m, 5 * m}, "5 min", "5 min"},
		{Span{h - m, h + m}, "59 min – 1 h 1 min", "59 min – 1 t 1 min"},
		{Span{2 * h, 2*h + 5*m}, "2 h – 2 h 5 min", "2 t – 2 t 5 min"},
		{Span{Least: 3 * m}, "3 min", "3 min"},
	}
	for _, tt := range tests {
		if got := tt.span.Words(); got.EN != tt.en || got.DA != tt.da {
			t.Errorf("%v: got %q and %q, want %q and %q", tt.span, got.EN, got.DA, tt.en, tt.da)
		}
	}
}

// TestPace: doubt lasts ten minutes at most, and there is none in the ten after it.
func TestPace(t *testing.T) {
	m, err := New(Config{Sites: []Site{{Name: "a.example"}}, Vantages: []Vantage{{Name: "v", Network: "AS64501", Health: Healthy}}})
	if err != nil {
		t.Fatal(err)
	}
	tell := func(s int, c probe.Class) {
		m.Observe(Fact{At: sec(s), Reading: &Reading{Vantage: "v", Site: "a.example", Class: c}})
		m.Tick(sec(s))
	}
	want := func(s int, every time.Duration) {
		t.Helper()
		if got := m.Pace("a.example", sec(s)); got.Every != every || got.Doubt != (every == doubtPace) {
			t.Errorf("at %d s: got %+v, want every %s", s, got, every)
		}
	}
	tell(0, probe.OK)
	want(0, peacePace)
	tell(60, probe.HTTP502)
	want(60, doubtPace)
	for s := 75; s < 660; s += 15 {
		tell(s, probe.HTTP502)
		want(s, doubtPace)
	}
	want(660, peacePace)
	for s := 660; s < 900; s += 60 {
		tell(s, probe.OK)
		want(s, peacePace)
	}
	tell(960, probe.HTTP502) // continues the incident, in the rest after the doubt
	want(960, peacePace)
	if got := m.Pace("b.example", sec(0)); got.Every != peacePace {
		t.Errorf("a site that is not watched: got %+v", got)
	}
}

// TestRestoreRefuses holds which snapshots are not taken up, and that the machine is unchanged then.
func TestRestoreRefuses(t *testing.T) {
	c := Config{Sites: []Site{{Name: "a.example"}}, Vantages: []Vantage{{Name: "v", Network: "AS64501", Health: Healthy}}}
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	m.Observe(Fact{At: sec(0), Reading: &Reading{Vantage: "v", Site: "a.example", Class: probe.OK}})
	m.Tick(sec(0))
	before, err := m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "{}", "[]", `{"version":2}`, string(before[:len(before)/2]), strings.Replace(string(before), `"up"`, `"gone"`, 1)} {
		if err := m.Restore([]byte(bad)); !errors.Is(err, ErrSnapshot) {
			t.Errorf("%.20q: got %v, want %v", bad, err, ErrSnapshot)
		}
	}
	after, err := m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("the machine changed: %s", diff)
	}
}

// TestRestoreAnotherConfig: sites that are no longer watched are forgotten with their incidents; new ones have seen nothing.
func TestRestoreAnotherConfig(t *testing.T) {
	vantages := []Vantage{{Name: "v", Network: "AS64501", Health: Healthy}, {Name: "w", Network: "AS64502", Health: Healthy}}
	m, err := New(Config{Sites: []Site{{Name: "a.example"}, {Name: "b.example"}}, Vantages: vantages})
	if err != nil {
		t.Fatal(err)
	}
	for s := 0; s < 300; s += 60 {
		for _, v := range vantages {
			for _, site := range []string{"a.example", "b.example"} {
				m.Observe(Fact{At: sec(s), Reading: &Reading{Vantage: v.Name, Site: site, Class: probe.HTTP502}})
			}
		}
		m.Tick(sec(s))
	}
	if n := len(m.Incidents()); n != 2 {
		t.Fatalf("got %d incidents, want 2", n)
	}
	kept, err := m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	next, err := New(Config{Sites: []Site{{Name: "b.example"}, {Name: "c.example"}}, Vantages: vantages[1:]})
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Restore(kept); err != nil {
		t.Fatal(err)
	}
	if got := next.Incidents(); len(got) != 1 || got[0].Members[0].Site != "b.example" {
		t.Errorf("got %+v, want the incident of b.example", got)
	}
	if st, _ := next.Status("c.example"); st.State != Unknown || st.Words.EN != "not measured yet" {
		t.Errorf("got %+v, want nothing known", st)
	}
	next.Tick(sec(3600)) // and time goes on
}

// TestRestoreWithoutOneOfSeveral: of an incident of several sites, the part of one that is no longer watched is closed without an end; the others go on, and
// when their votes are withdrawn the incident is over.
func TestRestoreWithoutOneOfSeveral(t *testing.T) {
	vantages := []Vantage{{Name: "v", Network: "AS64501", Health: Healthy}, {Name: "w", Network: "AS64502", Health: Healthy}}
	both := []Site{{Name: "a.example", Provider: "Example Hosting"}, {Name: "b.example", Provider: "Example Hosting"}}
	m, err := New(Config{Sites: both, Vantages: vantages})
	if err != nil {
		t.Fatal(err)
	}
	for s := 0; s < 300; s += 60 {
		for _, v := range vantages {
			for _, site := range both {
				m.Observe(Fact{At: sec(s), Reading: &Reading{Vantage: v.Name, Site: site.Name, Class: probe.HTTP502}})
			}
		}
		m.Tick(sec(s))
	}
	kept, err := m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	next, err := New(Config{Sites: both[1:], Vantages: vantages})
	if err == nil {
		err = next.Restore(kept)
	}
	if err != nil {
		t.Fatal(err)
	}
	all := next.Incidents()
	if len(all) != 1 || len(all[0].Members) != 2 {
		t.Fatalf("got %+v, want one incident of two", all)
	}
	if a := all[0].Members[0]; a.Phase != Over || !a.End.IsZero() || a.Total.Most != 0 || a.Total.Least != 4*time.Minute || a.Words.EN != "not measured to its end" {
		t.Errorf("got %+v, want a part without an end", a)
	}
	if b := all[0].Members[1]; b.Phase != Ongoing || all[0].Phase != Ongoing || all[0].Words != b.Words {
		t.Errorf("got %+v, want what goes on at the other", all[0])
	}
	b := next.sites["b.example"]
	next.revoke(b, b.Outage)
	next.tell()
	if got := next.out[len(next.out)-1].Incident; got.What != Finished || len(got.Incident.Members) != 1 || len(next.incidents) != 0 {
		t.Errorf("got %+v, and %d incidents, want it over", got, len(next.incidents))
	}
}

func TestConfigRefused(t *testing.T) {
	for name, c := range map[string]Config{
		"site without a name":    {Sites: []Site{{}}},
		"site twice":             {Sites: []Site{{Name: "a"}, {Name: "a"}}},
		"vantage without a name": {Vantages: []Vantage{{}}},
		"vantage twice":          {Vantages: []Vantage{{Name: "a"}, {Name: "a"}}},
		"too many vantages":      {Vantages: make([]Vantage, maxVantages+1)},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// TestCounts: what is not taken up is counted.
func TestCounts(t *testing.T) {
	m, err := New(Config{Sites: []Site{{Name: "a.example"}}, Vantages: []Vantage{{Name: "v", Network: "AS64501", Health: Healthy}}})
	if err != nil {
		t.Fatal(err)
	}
	say := func(s int, vantage, site string) {
		m.Observe(Fact{At: sec(s), Reading: &Reading{Vantage: vantage, Site: site, Class: probe.OK}})
	}
	say(0, "v", "a.example")
	say(0, "w", "a.example")
	say(0, "v", "b.example")
	say(3600, "v", "a.example")
	m.Tick(sec(60))
	say(0, "v", "a.example")
	m.Tick(sec(60))
	m.Tick(sec(0)) // time does not go back
	if got, want := m.Counts(), (Counts{Unknown: 2, Late: 1, Ahead: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestNames: every name that is written can be read.
func TestNames(t *testing.T) {
	check := func(v any, into func(text []byte) error) {
		t.Helper()
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := into([]byte(strings.Trim(string(text), `"`))); err != nil {
			t.Error(err)
		}
		if into([]byte("nothing of the kind")) == nil {
			t.Errorf("%T takes any name", v)
		}
	}
	for i := range uint8(3) {
		s, o, h, k, g, p, w := State(i), Overlay(i), Health(i), Kind(i), Grade(i), Phase(i), What(i)
		v, in, out := Verdict(i), Inside(i), outcome(i)
		check(s, s.UnmarshalText)
		check(o, o.UnmarshalText)
		check(h, h.UnmarshalText)
		check(k, k.UnmarshalText)
		check(g, g.UnmarshalText)
		check(p, p.UnmarshalText)
		check(w, w.UnmarshalText)
		check(v, v.UnmarshalText)
		check(in, in.UnmarshalText)
		check(out, out.UnmarshalText)
	}
	if got := State(99).String(); got != "no name for 99" {
		t.Errorf("got %q", got)
	}
}

// TestHistogram: the 95th percentile is at most a fifth too high, and old samples fade.
func TestHistogram(t *testing.T) {
	var h histogram
	for i := range 1000 {
		h.add(time.Duration(i) * time.Millisecond)
	}
	if got := h.p95(); got < 950*time.Millisecond || got > 1140*time.Millisecond {
		t.Errorf("got %s, want 950 ms and at most a fifth more", got)
	}
	for range 2 * histogramFull {
		h.add(10 * time.Millisecond)
	}
	if got := h.p95(); got > 12*time.Millisecond || h.Count > histogramFull {
		t.Errorf("got %s of %d samples, want that old ones faded", got, h.Count)
	}
	if got := (&histogram{}).p95(); got != 0 {
		t.Errorf("got %s of no samples", got)
	}
}

func TestTies(t *testing.T) {
	s := Site{
		Name: "a", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("::ffff:192.0.2.2")}, Provider: "Example", CNAME: "Edge",
		NameServers: []string{"b", "a"},
	}
	want := []tie{
		{what: tieAddress, value: "192.0.2.1"},
		{what: tieAddress, value: "192.0.2.2"},
		{what: tieCNAME, value: "edge"},
		{what: tieProvider, value: "example"},
		{tieNetwork, "192.0.2.0/24", "example"},
		{what: tieServers, value: "a b"},
	}
	if diff := cmp.Diff(want, s.ties(), cmp.AllowUnexported(tie{})); diff != "" {
		t.Errorf("want is -, got is +\n%s", diff)
	}
	if got := (Site{Name: "a"}).ties(); len(got) != 0 {
		t.Errorf("got %v of a site that shares nothing", got)
	}
}

// TestMaintenance: a window told again is one window, and one with the same beginning takes its place.
func TestMaintenance(t *testing.T) {
	m, err := New(Config{Sites: []Site{{Name: "a.example"}}, Vantages: []Vantage{{Name: "v", Network: "AS64501", Health: Healthy}}})
	if err != nil {
		t.Fatal(err)
	}
	say := func(now, from, until int) {
		m.Observe(Fact{At: sec(now), Maintenance: &Maintenance{Site: "a.example", From: sec(from), Until: sec(until)}})
		m.Tick(sec(now))
	}
	want := func(now int, on bool) {
		t.Helper()
		m.Tick(sec(now))
		if st, _ := m.Status("a.example"); (len(st.Overlays) > 0) != on || on != (st.Words.EN == "maintenance") {
			t.Errorf("at %d: got %+v, want maintenance %v", now, st, on)
		}
	}
	for range 2 * maxWindows {
		say(0, 100, 900)
	}
	say(0, 2000, 3000)
	want(99, false)
	want(100, true)
	say(200, 100, 300)
	want(299, true)
	want(300, false)
	want(2000, true)
	say(2100, 2000, 2000)
	want(2100, false)
	if n := len(m.sites["a.example"].Windows); n != 2 {
		t.Errorf("got %d windows, want 2", n)
	}
}
