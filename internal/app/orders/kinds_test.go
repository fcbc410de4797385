package orders

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/intel/misp"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

const (
	someMISP     = "../../intel/misp/testdata/event.json"
	someSTIX     = "../../intel/stix/testdata/bundle.json"
	somePrefixes = "cidr,as_number,as_name\n198.51.100.0/24,64500,EXAMPLE\n10.0.0.0/8,64501,PRIVATE\n"
)

func TestFormatOf(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "{": "", "[1]": "", "[]": "", "nothing": "",
		`{"targets":[],"randoms":[]}`:                           FormatDDoSia,
		`[{"type":"http","host":"a.example"}]`:                  FormatDDoSia,
		`{"randoms":[{"id":"objects"}],"targets":[`:             FormatDDoSia,
		"host,path\na.example,/\n":                              FormatDDoSia,
		`{"response":[]}`:                                       FormatMISP,
		"\xef\xbb\xbf [{\"Event\":{}}]":                         FormatMISP,
		`{"uuid":"x","info":"targets","Object":[]}`:             FormatMISP,
		`{"id":"bundle--1","type":"bundle","objects":[]}`:       FormatSTIX,
		`{"objects":[],"type":"bundle"}`:                        FormatSTIX,
		`{"type":"bundles","x":1}`:                              "",
		"cidr,as_number\n":                                      FormatPrefixes,
		"\"ip_address\",\"as_number\"\r\n":                      FormatPrefixes,
		"198.51.100.0/24\n2001:db8::/32\n":                      FormatPrefixes,
		"2001:db8::1\n":                                         FormatPrefixes,
		`{"a":` + string(bytes.Repeat([]byte("["), 1000)) + `}`: "",
	} {
		if got := FormatOf([]byte(text)); got != want {
			t.Errorf("%.60q: got %q, want %q", text, got, want)
		}
	}
}

// taker counts what it is handed.
type taker struct {
	known map[string]bool
	tlp   string
	err   error
}

func (k *taker) take(_ context.Context, c Claiming) (Claimed, error) {
	k.tlp = c.TLP
	if k.err != nil {
		return Claimed{}, k.err
	}
	if k.known[string(c.Raw)] {
		return Claimed{Claims: 1}, nil
	}
	k.known[string(c.Raw)] = true
	return Claimed{Claims: 1, New: 1}, nil
}

// TestOtherFormats: what events order becomes listings at their own times, what others claim goes to the desk of claims, and nothing is there twice.
func TestOtherFormats(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	prefixes := filepath.Join(t.TempDir(), "prefixes.csv")
	if err := os.WriteFile(prefixes, []byte(somePrefixes), 0o600); err != nil {
		t.Fatal(err)
	}
	k := &taker{known: map[string]bool{}}
	d := &Desk{Store: db, Now: func() time.Time { return time.Date(2025, 11, 18, 8, 0, 0, 0, time.UTC) }, Claim: k.take}
	in := Importing{Paths: []string{someMISP, someSTIX, prefixes}, Feed: "partner", TLP: "TLP:AMBER"}
	got, err := d.importLists(t.Context(), in)
	if err != nil || len(got.Damaged) != 0 || got.Files != 3 || got.Hosts != 2 || got.New != 2 || got.Claims != 2 || got.NewClaims != 2 || got.Prefixes != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if got.Skipped[string(misp.BadHost)] == 0 || got.Skipped["special"] != 1 || got.Skipped["attacks_seen"] == 0 {
		t.Errorf("left out: %v", got.Skipped)
	}
	l, err := Load(t.Context(), db, store.SightingFilter{Host: "www.party.example"}, WithTemplates)
	at := time.Unix(1763370000, 0)
	if err != nil || len(l) != 1 || l[0].Feed != "partner" || !l[0].First.Equal(at) || len(l[0].Templates) != 2 {
		t.Errorf("listed %+v, %v", l, err)
	}
	again, err := d.importLists(t.Context(), in)
	if err != nil || again.New != 0 || again.NewClaims != 0 || again.Claims != 2 {
		t.Errorf("again: %+v, %v", again, err)
	}

	lists, err := db.OrderLists(t.Context(), "")
	if err != nil || len(lists) != 1 {
		t.Errorf("lists are %+v, %v; want the one with orders", lists, err)
	}
	if mixed, err := d.importLists(t.Context(), Importing{Paths: []string{someMISP}, TLP: "TLP:AMBER"}); err != nil || mixed.Damaged["event.json"] != errMixed.Error() {
		t.Errorf("among lists of another tool: %+v, %v", mixed, err)
	}
	if strict, err := d.importLists(t.Context(), Importing{Paths: []string{someMISP}, Feed: "public", TLP: "TLP:GREEN"}); err != nil || strict.Hosts != 0 || strict.Skipped["stricter_label"] == 0 {
		t.Errorf("under a laxer label: %+v, %v", strict, err)
	}

	k.err = errors.New("the ledger takes nothing")
	if bad, err := d.importLists(t.Context(), in); err != nil || len(bad.Damaged) != 2 {
		t.Errorf("when claims are not taken: %+v, %v", bad, err)
	}
	d.Claim = nil
	if bad, err := d.importLists(t.Context(), in); err != nil || bad.Damaged["bundle.json"] != errNoDesk.Error() {
		t.Errorf("without a desk of claims: %+v, %v", bad, err)
	}
}

// TestTermsOfAFeed: a person says them where the configuration does not, as terms are written.
func TestTermsOfAFeed(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	d := &Desk{Store: db, Now: time.Now, Claim: (&taker{known: map[string]bool{}}).take}
	if err := db.PutFeed(t.Context(), store.Feed{Name: "followed", URL: "https://tracker.example/", TLP: "TLP:RED"}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []Importing{
		{Feed: "followed", TLP: "clear"},
		{Feed: "followed", Licence: "MIT"},
		{Feed: "own", TLP: "mauve"},
		{Feed: "own", Licence: "two\nlines"},
		{Feed: "own", Licence: strings.Repeat("x", maxLicence+1)},
	} {
		bad.Paths = []string{someSTIX}
		if _, err := d.importGiven(t.Context(), bad); !errors.Is(err, control.ErrRefused) {
			t.Errorf("%+v: %v, want it refused", bad, err)
		}
	}
	for _, terms := range []Importing{{TLP: "green", Licence: "MIT"}, {Licence: "CC0-1.0"}, {}} {
		terms.Paths, terms.Feed = []string{someSTIX}, "own"
		if _, err := d.importGiven(t.Context(), terms); err != nil {
			t.Fatal(err)
		}
	}
	if f, err := d.feed(t.Context(), "own"); err != nil || f.TLP != "TLP:GREEN" || f.Licence != "CC0-1.0" {
		t.Errorf("got %+v, %v", f, err)
	}
}

// TestFeedOfBundles: a feed may give bundles; what it goes on giving is no news.
func TestFeedOfBundles(t *testing.T) {
	bundle, err := os.ReadFile(someSTIX)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bundle) }))
	t.Cleanup(server.Close)
	state := t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(state, sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	k := &taker{known: map[string]bool{}}
	f := &follower{
		feed:   config.Feed{Name: "partner", From: server.URL, Every: time.Minute, TLP: config.TLPGreen},
		desk:   &Desk{Store: db, Now: time.Now, Claim: k.take},
		client: server.Client(), logger: slog.New(slog.DiscardHandler), state: state,
	}
	for range 2 {
		if err := f.look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	feeds, err := db.Feeds(t.Context())
	if err != nil || len(feeds) != 1 || feeds[0].Error != "" || feeds[0].Format != FormatSTIX || len(k.known) != 1 || k.tlp != "TLP:GREEN" {
		t.Errorf("got %+v, %v, %d bundles, %s", feeds, err, len(k.known), k.tlp)
	}
}
