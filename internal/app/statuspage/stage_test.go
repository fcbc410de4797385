package statuspage

import (
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/room/status"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// night is when the pages of these tests are made.
var night = time.Date(2025, 11, 17, 20, 7, 30, 0, time.UTC)

// stage is a store and a page that is made from it.
type stage struct {
	t     *testing.T
	db    *sqlite.Store
	state string
	now   time.Time
	seq   int64
	page  config.Status
}

func newStage(t *testing.T, kind config.StatusKind) *stage {
	t.Helper()
	s := &stage{t: t, state: filepath.Join(t.TempDir(), "state"), now: night}
	var err error
	if s.page, err = config.NewStatus(string(kind), "The Example Agency"); err != nil {
		t.Fatal(err)
	}
	s.page.Listen = ""
	s.db, err = sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(s.state, sqlite.FileName), Now: func() time.Time { return s.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.must(s.db.Close()) })
	return s
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// site adds a site that has been watched for a day, with changes.
func (s *stage) site(host string, change func(*store.Site)) store.SiteID {
	s.t.Helper()
	site := store.Site{
		Name: host, URL: "https://" + host + "/", Host: host, Sector: "Media", Public: true, Source: store.SourceCLI, Added: night.Add(-24 * time.Hour),
	}
	if change != nil {
		change(&site)
	}
	id, err := s.db.PutSite(s.t.Context(), site)
	s.must(err)
	return id
}

// stands notes how a site stands since then, as the lookout keeps it.
func (s *stage) stands(id store.SiteID, state watch.State, since time.Time, doc watch.Status) {
	s.t.Helper()
	doc.State, doc.Since = state, since
	data, err := json.Marshal(doc)
	s.must(err)
	s.must(s.db.Apply(s.t.Context(), store.Step{States: []store.State{{Site: id, State: state.String(), Since: since, At: since, Doc: data}}}))
}

// changed notes a change of state, and how the site stands after it.
func (s *stage) changed(id store.SiteID, at time.Time, from, to watch.State) {
	s.t.Helper()
	s.must(s.db.Apply(s.t.Context(), store.Step{Transitions: []store.Transition{{Site: id, At: at, From: from.String(), To: to.String(), Doc: []byte("{}")}}}))
	s.stands(id, to, at, watch.Status{})
}

// voted notes a result of that class.
func (s *stage) voted(id store.SiteID, at time.Time, vantage string, class probe.Class) {
	s.t.Helper()
	s.seq++
	fates, err := s.db.Append(s.t.Context(), []store.Result{{
		Key: store.Key{Vantage: vantage, Run: "r", Sequence: s.seq}, Site: id, At: at, Class: class, Phase: probe.PhaseDone,
		Timings: probe.Timings{DNS: -1, TCP: -1, TLS: -1, TTFB: -1, Body: -1, Total: -1},
	}})
	s.must(err)
	if fates[0] != store.Stored {
		s.t.Fatalf("the result was not stored: %v", fates)
	}
}

// claimed notes that a claim on a host came in.
func (s *stage) claimed(host string, at time.Time) {
	s.t.Helper()
	s.must(s.db.RecordClaims(s.t.Context(), func(ledger.Entry) (store.ClaimStep, error) {
		return store.ClaimStep{Claims: []store.KeptClaim{{Claim: seawall.Claim{
			ID: "claim-1", Kind: seawall.ClaimPost, Received: at, Targets: []seawall.ClaimTarget{{Host: host, Via: seawall.MatchHost}},
		}}}}, nil
	}))
}

// onList notes that a list names a host.
func (s *stage) onList(host string, at time.Time) {
	s.t.Helper()
	hash := strings.Repeat("ab", 32)
	s.must(s.db.PutLists(s.t.Context(), []store.OrderList{{
		Feed: "feed", At: at, Hash: hash, Place: "list", Hosts: 1,
		Sightings: []store.OrderSighting{{Feed: "feed", Host: host, At: at, List: hash[:32], Aim: "aim"}},
	}}, []store.Document{{ID: "aim", Doc: []byte("{}")}}, nil))
}

func (s *stage) options() Options {
	return Options{
		Page: s.page, Store: s.db, State: s.state, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return s.now },
	}
}

func (s *stage) make() (status.Page, error) {
	s.t.Helper()
	m, err := NewMaker(s.options())
	s.must(err)
	return m.Make(s.t.Context())
}

func (s *stage) made() status.Page {
	s.t.Helper()
	p, err := s.make()
	s.must(err)
	return p
}
