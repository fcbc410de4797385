package statuspage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/idna"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/room/status"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestOwner: what is on the page, and what is said of it.
func TestOwner(t *testing.T) {
	s := newStage(t, config.StatusOwner)
	minute := night.Add(-time.Minute)
	want := map[string]status.State{}
	for host, tt := range map[string]struct {
		state watch.State
		over  []watch.Overlay
		vote  probe.Class
		by    string
		at    time.Time
		want  status.State
	}{
		"up.example":       {watch.Up, nil, probe.OK, "one", minute, status.Working},
		"down.example":     {watch.Down, nil, probe.TCPTimeout, "one", minute, status.Disturbed},
		"doubt.example":    {watch.Suspect, nil, probe.TCPTimeout, "one", minute, status.Working},
		"dark.example":     {watch.Down, []watch.Overlay{watch.Blind}, probe.TCPTimeout, "one", minute, status.Unstated},
		"planned.example":  {watch.Down, []watch.Overlay{watch.InMaintenance}, probe.TCPTimeout, "one", minute, status.Maintenance},
		"long-ago.example": {watch.Up, nil, probe.OK, "one", night.Add(-lately - time.Second), status.Unstated},
		"no-vote.example":  {watch.Up, nil, probe.MeasurementFailed, "one", minute, status.Unstated},
		"by-blind.example": {watch.Down, nil, probe.TCPTimeout, "blind", minute, status.Unstated},
		"strange.example":  {watch.State(99), nil, probe.OK, "one", minute, status.Unstated},
	} {
		id := s.site(host, nil)
		s.stands(id, tt.state, night.Add(-time.Hour), watch.Status{Overlays: tt.over})
		s.voted(id, tt.at, tt.by, tt.vote)
		want[host] = tt.want
	}
	s.must(s.db.Apply(t.Context(), store.Step{Health: []store.Health{
		{Vantage: "blind", At: night.Add(-2 * time.Hour), Health: watch.Healthy.String(), Doc: []byte("{}")},
		{Vantage: "blind", At: night.Add(-time.Hour), Health: watch.BlindHere.String(), Doc: []byte("{}")},
	}}))
	window := s.site("window.example", nil)
	_, err := s.db.AddMaintenance(t.Context(), store.Maintenance{Site: window, From: minute, To: night.Add(time.Hour)})
	s.must(err)
	want["window.example"] = status.Maintenance
	_, err = s.db.AddMaintenance(t.Context(), store.Maintenance{From: night.Add(time.Hour), To: night.Add(2 * time.Hour)}) // of all, later
	s.must(err)
	paused := s.site("paused.example", func(s *store.Site) { s.Paused = true })
	s.stands(paused, watch.Up, minute, watch.Status{})
	s.voted(paused, minute, "one", probe.OK)
	want["paused.example"] = status.Unstated
	s.site("private.example", func(s *store.Site) { s.Public = false })
	s.site("removed.example", func(s *store.Site) { s.Removed = minute })
	s.site("opted-out.example", nil)
	s.must(s.db.OptOut(t.Context(), store.OptOut{Host: "opted-out.example", At: minute}))

	if diff := cmp.Diff(want, s.made().Shown.States); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	s.page.Sites = []string{"private.example", "unwatched.example"}
	if diff := cmp.Diff(map[string]status.State{"private.example": 0, "unwatched.example": 0}, s.made().Shown.States); diff != "" {
		t.Errorf("named (-want +got):\n%s", diff)
	}
	s.page.Sites, s.page.Groups = nil, []string{"nobody"}
	if _, err := s.make(); err == nil || !strings.Contains(err.Error(), "no watched site belongs on it") {
		t.Errorf("got %v", err)
	}
}

// TestNamed: a site that a list or a claim names is on a page that changes slowly, also across makers, of which each has forgotten the one before.
func TestNamed(t *testing.T) {
	for name, by := range map[string]struct {
		listed time.Duration // before the night
		claim  time.Duration
		kept   time.Duration // a list that no lookout took note of
		slow   bool
	}{
		"list": {listed: time.Minute, slow: true}, "claim": {claim: time.Hour, slow: true}, "kept list": {kept: time.Hour, slow: true},
		"old list": {listed: named + time.Minute}, "old claim": {claim: named + time.Minute}, "old kept list": {kept: named + time.Minute}, "nobody": {},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, config.StatusOwner)
			if by.kept > 0 {
				s.onList("www.example.org", night.Add(-by.kept))
			}
			if by.claim > 0 {
				s.claimed("example.org", night.Add(-by.claim))
			}
			var doc watch.Status
			if by.listed > 0 {
				doc.Listed = night.Add(-by.listed)
			}
			id := s.site("www.example.org", nil)
			s.stands(id, watch.Up, night.Add(-time.Hour), doc)
			s.voted(id, night, "one", probe.OK)
			before := s.made()
			s.stands(id, watch.Down, night, doc)
			s.now = night.Add(10 * time.Minute)
			if after := s.made(); (after.Shown.States["www.example.org"] == status.Working) != by.slow {
				t.Errorf("after ten minutes: got %v", after.Shown.States)
			} else if by.slow {
				if diff := cmp.Diff(before.Files, after.Files); diff != "" {
					t.Errorf("the page changed:\n%s", diff)
				}
			}
			s.now = night.Add(15 * time.Minute)
			s.voted(id, s.now, "one", probe.TCPTimeout)
			if got := s.made().Shown.States["www.example.org"]; got != status.Disturbed {
				t.Errorf("after fifteen: got %v", got)
			}
		})
	}
}

// counted returns the rows of an authority's page: sector, measured, disturbed.
func counted(t *testing.T, p status.Page) map[string][2]int {
	t.Helper()
	var v struct {
		Sectors []struct {
			Sector    string
			Measured  int
			Disturbed *int
		}
	}
	if err := json.Unmarshal(p.Files[status.JSON], &v); err != nil {
		t.Fatal(err)
	}
	all := map[string][2]int{}
	for _, r := range v.Sectors {
		all[r.Sector] = [2]int{r.Measured, -1}
		if r.Disturbed != nil {
			all[r.Sector] = [2]int{r.Measured, *r.Disturbed}
		}
	}
	return all
}

// TestAuthority: the page tells of how things were an hour ago, of those that were watched, measured and not taken back.
func TestAuthority(t *testing.T) {
	s := newStage(t, config.StatusAuthority)
	asOf := status.AsOf(night, time.Hour, 15*time.Minute)
	before, after := asOf.Add(-time.Minute), asOf.Add(time.Minute)
	add := func(kind string, n int, do func(id store.SiteID), change func(*store.Site)) {
		for i := range n {
			id := s.site(fmt.Sprintf("%s-%d.example", kind, i), change)
			s.voted(id, before, "one", probe.OK)
			do(id)
		}
	}
	stays := func(state watch.State) func(store.SiteID) {
		return func(id store.SiteID) { s.stands(id, state, asOf.Add(-time.Hour), watch.Status{}) }
	}
	add("up", 20, stays(watch.Up), nil)
	add("down", 3, stays(watch.Down), nil)
	add("was-down", 2, func(id store.SiteID) {
		s.changed(id, after, watch.Down, watch.Recovering)
		s.changed(id, after.Add(15*time.Minute), watch.Recovering, watch.Closed)
	}, nil)
	add("at-once", 2, func(id store.SiteID) { s.changed(id, asOf, watch.Suspect, watch.Disrupted) }, nil)
	add("down-since", 9, func(id store.SiteID) {
		s.changed(id, after, watch.Up, watch.Suspect)
		s.changed(id, after.Add(time.Minute), watch.Suspect, watch.Disrupted)
	}, nil)
	add("taken-back", 6, func(id store.SiteID) {
		s.changed(id, after, watch.Disrupted, watch.Up)
		s.must(s.db.Apply(t.Context(), store.Step{Incidents: []store.Incident{{
			ID: fmt.Sprint(id), Opened: before, Closed: after, Sites: []store.SiteID{id}, Doc: []byte(`{"phase":"withdrawn"}`),
		}}}))
	}, nil)
	add("new", 6, stays(watch.Down), func(s *store.Site) { s.Added = after })
	add("elsewhere", 7, stays(watch.Down), func(s *store.Site) { s.Sector = "Parties" })
	for i := range 6 {
		s.stands(s.site(fmt.Sprintf("unmeasured-%d.example", i), nil), watch.Down, before, watch.Status{})
	}
	planned := s.site("planned.example", nil)
	s.voted(planned, before, "one", probe.TCPTimeout)
	s.stands(planned, watch.Down, before, watch.Status{})
	_, err := s.db.AddMaintenance(t.Context(), store.Maintenance{Site: planned, From: before, To: after})
	s.must(err)

	p := s.made()
	want := map[string][2]int{"Media": {20 + 3 + 2 + 2 + 9, 3 + 2 + 2}, "Parties": {7, -1}}
	if diff := cmp.Diff(want, counted(t, p)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if !p.At.Equal(asOf.Add(time.Hour)) {
		t.Errorf("got a page of %s", p.At)
	}
}

// TestNoHostIsThere writes the authority's folder and searches it for every host that is or was watched, in both scripts, without "www.", and for
// names, owners and URLs.
func TestNoHostIsThere(t *testing.T) {
	s := newStage(t, config.StatusAuthority)
	var secret []string
	for i, host := range []string{
		"www.conserve.example", "xn--rdgrd-vuad" + ".example.org", "arkiv.kureren.example.net", "www.xn--kbenhavn-54a.example", "198.51.100.7", "byen.example", "parti.example",
	} {
		id := s.site(host, func(site *store.Site) {
			site.Name, site.Owner = fmt.Sprintf("Navn %d <b>", i), fmt.Sprintf("Ejer %d", i)
			site.URL, site.Page = "https://"+host+"/hemmelig", "/side"
			if i == 3 {
				site.Removed = night.Add(-48 * time.Hour)
			}
		})
		s.stands(id, watch.Down, night.Add(-2*time.Hour), watch.Status{})
		s.voted(id, status.AsOf(night, time.Hour, 15*time.Minute), "vantage-x", probe.TCPTimeout)
		bare := strings.TrimPrefix(host, "www.")
		unicode, err := idna.ToUnicode(bare)
		s.must(err)
		secret = append(secret, host, bare, unicode, fmt.Sprintf("Navn %d", i), fmt.Sprintf("Ejer %d", i))
	}
	secret = append(secret, "hemmelig", "/side", "vantage-x")
	dir := t.TempDir()
	s.must(s.made().Files.Write(dir))
	all, err := os.ReadDir(dir)
	s.must(err)
	if len(all) != 5 {
		t.Errorf("got %d files", len(all))
	}
	for _, e := range all {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		s.must(err)
		for _, name := range secret {
			if bytes.Contains(bytes.ToLower(data), bytes.ToLower([]byte(name))) || strings.Contains(e.Name(), name) {
				t.Errorf("%s names %q", e.Name(), name)
			}
		}
	}
	s.page.Title = "The agency that watches København.example"
	if _, err := s.make(); err == nil {
		t.Error("a title that names a host is shown")
	} else if _, ok := errors.AsType[*status.LeakError](err); !ok {
		t.Errorf("got %v", err)
	}
}

func TestWords(t *testing.T) {
	s := newStage(t, config.StatusOwner)
	s.site("www.example.org", nil)
	path := filepath.Join(t.TempDir(), "words.txt")
	s.page.Words = map[seawall.Language]string{seawall.English: path}
	if html := string(s.made().Files["en.html"]); strings.Contains(html, `class="words"`) {
		t.Error("words without a file")
	}
	s.must(os.WriteFile(path, []byte("Kind\n\nregards <3"), 0o600))
	if html := string(s.made().Files["en.html"]); !strings.Contains(html, "<p>regards &lt;3</p>") {
		t.Error("the words are not there")
	}
	s.must(os.WriteFile(path, []byte("\xff"), 0o600))
	if _, err := s.make(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("words that are no text: got %v", err)
	}
}

func TestFreeze(t *testing.T) {
	s := newStage(t, config.StatusOwner)
	id := s.site("www.example.org", nil)
	s.stands(id, watch.Up, night.Add(-time.Hour), watch.Status{})
	s.voted(id, night, "one", probe.OK)
	s.made()
	if f, err := Frozen(s.state); f != nil || err != nil {
		t.Fatalf("got %v, %v", f, err)
	}
	if err := Freeze(s.state, "ops", map[seawall.Language]string{seawall.English: "a\u202e"}, night); err == nil {
		t.Error("words that turn the page around are taken")
	}
	s.must(Freeze(s.state, "ops", nil, night))
	s.must(Freeze(s.state, "ops", map[seawall.Language]string{seawall.English: "We are on it."}, night.Add(time.Hour)))
	if f, err := Frozen(s.state); err != nil || !f.Since.Equal(night) {
		t.Errorf("frozen twice: got %v, %v", f, err)
	}
	s.stands(id, watch.Down, night, watch.Status{})
	s.now = night.Add(2 * time.Hour)
	p := s.made()
	if html := string(p.Files["en.html"]); p.Shown.States["www.example.org"] != status.Working || !strings.Contains(html, "We are on it.") {
		t.Errorf("got %v\n%s", p.Shown, html)
	}
	s.must(os.WriteFile(filepath.Join(s.state, frozenFile), []byte("{"), 0o600))
	if _, err := s.make(); err == nil || !strings.Contains(err.Error(), "freeze the page again") {
		t.Errorf("a damaged freeze: got %v", err)
	}
	for _, want := range []bool{true, false} {
		if was, err := Thaw(s.state); was != want || err != nil {
			t.Errorf("thaw: got %v, %v", was, err)
		}
	}
	s.voted(id, s.now, "one", probe.TCPTimeout)
	if got := s.made().Shown.States["www.example.org"]; got != status.Disturbed {
		t.Errorf("after the thaw: got %v", got)
	}
	s.must(os.WriteFile(filepath.Join(s.state, shownFile), []byte("nonsense"), 0o600))
	s.made()
}

func TestNewMakerRefuses(t *testing.T) {
	s := newStage(t, config.StatusOwner)
	for name, change := range map[string]func(*Options){
		"off": func(o *Options) { o.Page = config.Status{} }, "no store": func(o *Options) { o.Store = nil },
		"no state": func(o *Options) { o.State = "" }, "no logger": func(o *Options) { o.Logger = nil },
	} {
		o := s.options()
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: got a page", name)
		}
	}
}
