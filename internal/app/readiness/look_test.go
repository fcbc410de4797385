package readiness_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/app/readiness"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/ready"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

var noon = time.Date(2025, time.November, 10, 12, 0, 0, 0, time.UTC)

// room is a desk on a store of its own.
type room struct {
	t     *testing.T
	db    *sqlite.Store
	state string
	way   readiness.Way
}

func newRoom(t *testing.T) *room {
	t.Helper()
	state := t.TempDir()
	now := func() time.Time { return noon }
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(state, "watch.db"), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	d, err := readiness.New(db, state, "", map[string][]string{"www.example.se": {"festival.example"}}, now)
	if err != nil {
		t.Fatal(err)
	}
	return &room{t, db, state, desk.Here(d)}
}

func (r *room) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// look asks what there is to do until the 18th.
func (r *room) look(in readiness.Asking) readiness.Report {
	r.t.Helper()
	in.Until = noon.AddDate(0, 0, 8)
	out, err := readiness.Look.Ask(r.t.Context(), r.way, in)
	r.check(err)
	return out
}

// about returns the findings about what begins so, as lines.
func about(r readiness.Report, prefix string) (all []string) {
	for _, f := range r.Findings {
		if strings.HasPrefix(f.About, prefix) {
			all = append(all, fmt.Sprintf("%s %s: %s", f.Level, f.About, f.Text))
		}
		if f.Level == ready.Act && f.Remedy == "" {
			all = append(all, f.About+" is to be acted on, and it is not said how")
		}
	}
	return all
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestNothingIsKnown(t *testing.T) {
	r := newRoom(t)
	out := r.look(readiness.Asking{})
	for _, f := range out.Findings {
		if f.Level == ready.Good {
			t.Errorf("%s is said to be well, of an empty store: %s", f.About, f.Text)
		}
	}
	if out.Outlook != nil || len(out.Hints) != 0 {
		t.Errorf("got %+v", out)
	}
	for _, until := range []time.Time{noon, noon.Add(-time.Hour), noon.AddDate(2, 0, 0)} {
		if _, err := readiness.Look.Ask(t.Context(), r.way, readiness.Asking{Until: until}); !errors.Is(err, control.ErrRefused) {
			t.Errorf("until %v: got error %v", until, err)
		}
	}
}

func (r *room) site(host string, contacts ...string) {
	r.t.Helper()
	_, err := r.db.PutSite(r.t.Context(), store.Site{Name: host, URL: "https://" + host + "/", Host: host, Contacts: contacts, Added: noon.AddDate(0, 0, -30)})
	r.check(err)
}

// TestHints: a site that was named before, in a country with an election, stands first; one in another country is left alone.
func TestHints(t *testing.T) {
	r := newRoom(t)
	r.site("www.example.dk", "it@example.org")
	r.site("www.other.example.dk", "it@example.org")
	r.site("www.example.fi", "it@example.org")
	for i := 60; i >= 0; i-- {
		at := noon.AddDate(0, 0, -i).Add(-4 * time.Hour)
		l := store.OrderList{Feed: "lists", At: at, Hash: fmt.Sprintf("%032x", at.Unix()), Hosts: 1, Sightings: []store.OrderSighting{{Host: "b.example.dk", Aim: "a"}}}
		if i == 20 {
			l.Sightings[0].Host = "example.dk"
		}
		r.check(r.db.PutLists(t.Context(), []store.OrderList{l}, []store.Document{{ID: "a", Doc: []byte(`{}`)}}, nil))
	}
	r.check(r.db.PutCalendar(t.Context(), []store.CalendarEntry{
		{UID: "1", From: noon.AddDate(0, 0, 7), Until: noon.AddDate(0, 0, 8), Election: true, Country: "dk", Title: "An invented election", Source: "https://example.org/"},
		{UID: "2", From: noon.AddDate(0, 0, 9), Until: noon.AddDate(0, 0, 10), Election: true, Country: "fi", Title: "Later", Source: "https://example.org/"},
	}))
	out := r.look(readiness.Asking{})
	var levels []string
	for _, h := range out.Hints {
		levels = append(levels, h.Site+" "+string(h.Level))
	}
	same(t, "hints", levels, "www.example.dk high", "www.other.example.dk high")
	if len(out.Calendar) != 1 || len(out.Named) != 1 || out.Named[0].Site != "www.example.dk" || out.Named[0].Times != 1 {
		t.Errorf("got calendar %+v, named %+v", out.Calendar, out.Named)
	}
	if !slices.ContainsFunc(out.Hints[0].Because, func(s string) bool { return strings.Contains(s, "within a year") }) || out.Hints[0].Level != forecast.High {
		t.Errorf("got %+v", out.Hints[0])
	}
	if out.Outlook == nil || len(out.Outlook.Forecasts) != 1 || out.Outlook.Forecasts[0].Population.Name != "dk" {
		t.Errorf("got %+v", out.Outlook)
	}
	if kept, err := r.db.Forecasts(t.Context(), store.ForecastFilter{}); err != nil || len(kept) != 0 {
		t.Errorf("asking has sealed %d forecasts, error %v", len(kept), err)
	}
}

// TestAliases: a list names a site by another of its hosts, as the table or the configuration knows it.
func TestAliases(t *testing.T) {
	r := newRoom(t)
	r.site("www.example.dk", "it@example.org")
	r.site("www.example.se", "it@example.org")
	r.check(os.WriteFile(filepath.Join(r.state, lookout.AliasesName), []byte("host,site\ngala.example,www.example.dk\n"), 0o600))
	l := store.OrderList{Feed: "lists", At: noon.AddDate(0, 0, -3), Hash: fmt.Sprintf("%032x", 1), Hosts: 3}
	for _, host := range []string{"gala.example", "festival.example", "other.example"} {
		l.Sightings = append(l.Sightings, store.OrderSighting{Host: host, Aim: "a"})
	}
	r.check(r.db.PutLists(t.Context(), []store.OrderList{l}, []store.Document{{ID: "a", Doc: []byte(`{}`)}}, nil))
	var named []string
	for _, n := range r.look(readiness.Asking{}).Named {
		named = append(named, n.Site)
	}
	same(t, "named", named, "www.example.dk", "www.example.se")
}

// TestCompany: a site is told when those it was listed with before are listed now, and no other victim is named to it.
func TestCompany(t *testing.T) {
	for ago, want := range map[time.Duration]int{36 * time.Hour: 1, 37 * time.Hour: 0} {
		r := newRoom(t)
		r.site("www.example.dk", "it@example.org")
		r.site("www.other.example.dk", "it@example.org")
		put := func(at time.Time, hosts ...string) {
			l := store.OrderList{Feed: "lists", At: at, Hash: fmt.Sprintf("%032x", at.Unix()), Hosts: len(hosts)}
			for _, h := range hosts {
				l.Sightings = append(l.Sightings, store.OrderSighting{Host: h, Aim: "a"})
			}
			r.check(r.db.PutLists(t.Context(), []store.OrderList{l}, []store.Document{{ID: "a", Doc: []byte(`{}`)}}, nil))
		}
		put(noon.AddDate(0, 0, -40), "www.example.dk", "a.invented.dk", "b.invented.dk", "victim.invented.dk")
		put(noon.Add(-ago), "victim.invented.dk")
		out := r.look(readiness.Asking{})
		got := 0
		for _, f := range out.Findings {
			if strings.Contains(f.Text, "listed together with it") && f.About == "www.example.dk" {
				got++
			}
			if strings.Contains(f.Text+f.About, "victim") || f.About == "www.other.example.dk" {
				t.Errorf("got %+v", f)
			}
		}
		if got != want {
			t.Errorf("%v ago: got %d, want %d: %+v", ago, got, want, out.Findings)
		}
	}
}

func TestMeans(t *testing.T) {
	r := newRoom(t)
	r.site("a.example.org")
	r.site("b.example.org", "it@example.org")
	for name, health := range map[string]string{"a": "healthy", "b": "blind", "c": "unchecked", "d": "", "gone": "blind"} {
		v := store.Vantage{Name: name, Added: noon.AddDate(0, 0, -9)}
		if name == "gone" {
			v.Removed = noon
		}
		r.check(r.db.PutVantage(t.Context(), v))
		if health != "" {
			r.check(r.db.Apply(t.Context(), store.Step{Health: []store.Health{{Vantage: name, At: noon.Add(-time.Hour), Health: health}}}))
		}
	}
	out := r.look(readiness.Asking{Channels: []readiness.Channel{{Receiver: "ops", Channel: "mail ops@example.org"}}})
	same(t, "vantages", about(out, "vantage"),
		"act vantage b: it is blind: its votes do not count",
		"act vantage c: it cannot check its own line, so nothing it sees goes beyond suspected",
		"unknown vantage d: it has not said yet how it fares",
		"act vantages: 1 of 4 can be trusted; it takes 2 to confirm anything")
	same(t, "contacts", about(out, "contacts"), "act contacts: 1 of 2 sites have nobody to tell: a.example.org")
	same(t, "channels", about(out, "ops"), "act ops by mail ops@example.org: no message that it took is known: it is untested")
	same(t, "backup", about(out, "backup"), `act backup: no backup by "seawall backup" is known`)

	r.check(r.db.Apply(t.Context(), store.Step{Health: []store.Health{{Vantage: "b", At: noon.Add(-time.Minute), Health: "healthy"}}}))
	r.check(ready.MarkBackup(r.state, noon.AddDate(0, 0, -7)))
	out = r.look(readiness.Asking{})
	same(t, "backup", about(out, "backup"), "good backup: the store was backed up on 2025-11-03")
	if got := about(out, "vantages"); len(got) != 1 || got[0] != "good vantages: 2 of 4 can be trusted" {
		t.Errorf("got %q", got)
	}
	r.check(ready.MarkBackup(r.state, noon.AddDate(0, 0, -8)))
	same(t, "backup", about(r.look(readiness.Asking{}), "backup"), "act backup: the store was last backed up on 2025-11-02, 8 days ago")
	same(t, "backup", about(r.look(readiness.Asking{Database: true}), "backup"), "unknown backup: the store is in PostgreSQL, and when that was backed up is not known here")
}

// TestChannels: a channel counts as tested for a month, and not while it fails.
func TestChannels(t *testing.T) {
	for name, tt := range map[string]struct {
		sent, failed time.Time
		want         string
	}{
		"lately":            {noon.AddDate(0, 0, -30), time.Time{}, "good ops by mail: it took a message on 2025-10-11"},
		"long ago":          {noon.AddDate(0, 0, -31), time.Time{}, "act ops by mail: it last took a message on 2025-10-10"},
		"failing since":     {noon.AddDate(0, 0, -3), noon.AddDate(0, 0, -1), "act ops by mail: messages do not arrive: no answer"},
		"failed and then":   {noon.AddDate(0, 0, -1), noon.AddDate(0, 0, -3), "good ops by mail: it took a message on 2025-11-09"},
		"failed from first": {time.Time{}, noon.AddDate(0, 0, -3), "act ops by mail: messages do not arrive: no answer"},
	} {
		r := newRoom(t)
		box := r.db.Notices()
		put := func(id string, state notify.State, at time.Time, doc string) {
			row := notify.Row{ID: id, Receiver: "ops", Channel: "mail", Key: id, State: state, At: at, Due: at, Attempts: 1, Doc: []byte(doc)}
			r.check(box.Put(t.Context(), []notify.Row{row}, nil))
		}
		if !tt.sent.IsZero() {
			put("1", notify.Delivered, tt.sent, fmt.Sprintf(`{"sent":%q}`, tt.sent.Format(time.RFC3339)))
		}
		if !tt.failed.IsZero() {
			put("2", notify.Failed, tt.failed, `{"problem":"no answer"}`)
		}
		same(t, name, about(r.look(readiness.Asking{}), "ops"), tt.want)
	}
}

// TestNamedByAlias: a list that names another host of a site has named the site.
func TestNamedByAlias(t *testing.T) {
	r := newRoom(t)
	r.site("www.example.dk")
	r.check(os.WriteFile(filepath.Join(r.state, lookout.AliasesName), []byte("host,site\nalias.example.net,www.example.dk\n"), 0o600))
	l := store.OrderList{Feed: "lists", At: noon.AddDate(0, 0, -20), Hash: strings.Repeat("a", 64), Hosts: 1, Sightings: []store.OrderSighting{{Host: "alias.example.net", Aim: "a"}}}
	r.check(r.db.PutLists(t.Context(), []store.OrderList{l}, []store.Document{{ID: "a", Doc: []byte(`{}`)}}, nil))
	if out := r.look(readiness.Asking{}); len(out.Named) != 1 || out.Named[0].Site != "www.example.dk" || out.Named[0].Times != 1 {
		t.Errorf("named: %+v", out.Named)
	}
}
