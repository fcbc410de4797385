package forecasts_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seawall-project/seawall/internal/app/forecasts"
	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/store"
)

// published reads what was published in a folder.
func published(t *testing.T, dir string) (p forecasts.Published) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, forecasts.PublishedJSON))
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// label says under which label the feed of the history gives its lists; "" for a feed of which nobody said one.
func (r *room) label(l string) {
	r.t.Helper()
	if err := r.db.PutFeed(r.t.Context(), store.Feed{Name: "lists", Format: "ddosia", TLP: l, Added: noon}); err != nil {
		r.t.Fatal(err)
	}
}

// watch puts sites on the list that are called so in .dk.
func (r *room) watch(n int, sector string) {
	r.t.Helper()
	for i := range n {
		host := fmt.Sprintf("%s%d.example.dk", sector, i)
		s := store.Site{Name: host, URL: "https://" + host + "/", Host: host, Sector: sector, Country: "DK", Source: store.SourceCLI, Added: noon.AddDate(0, 0, -30)}
		if _, err := r.db.PutSite(r.t.Context(), s); err != nil {
			r.t.Fatal(err)
		}
	}
}

// Everybody can check the seals of what is published with nothing but what is published.
func TestPublish(t *testing.T) {
	r := newRoom(t)
	r.history(60)
	r.label("TLP:CLEAR")
	ask(r, forecasts.Say, forecasts.Asking{})
	dir := filepath.Join(t.TempDir(), "public")
	sum := ask(r, forecasts.Publish, forecasts.Publishing{Dir: dir})
	if sum.Forecasts != 3 || sum.Withheld != 0 || !strings.HasPrefix(sum.Head, "seawall-head-1 1 ") {
		t.Errorf("got %+v", sum)
	}
	p := published(t, dir)
	if p.Head != sum.Head || !p.Made.Equal(noon) || len(p.Forecasts) != 3 || len(p.Standings) != 1 || p.Standings[0].Open != 3 {
		t.Errorf("got %+v", p)
	}
	page, err := os.ReadFile(filepath.Join(dir, forecasts.PublishedPage))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range p.Forecasts {
		salt, err := hex.DecodeString(f.Salt)
		if err != nil || forecast.SealOf([forecast.SaltSize]byte(salt), []byte(f.Content)).String() != f.Seal || !f.Sealed.Before(f.From) {
			t.Errorf("%s: its seal is not that of its content, error %v", f.ID, err)
		}
		if !strings.Contains(string(page), f.Seal) {
			t.Errorf("%s: its seal is not on the page", f.ID)
		}
	}
	if strings.Contains(string(page), "<script") {
		t.Error("the page has a script")
	}
	if info, err := os.Stat(filepath.Join(dir, forecasts.PublishedPage)); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the page is not for everybody: %v, error %v", info.Mode(), err)
	}
	refused(r, forecasts.Publish, forecasts.Publishing{Dir: "here"}, "no absolute path")
}

// What is published stops at country and sector, at five watched sites, and at what was told to us.
func TestPublishWithholds(t *testing.T) {
	r := newRoom(t)
	r.history(60)
	r.watch(4, "media")
	r.watch(1, "party")
	for _, in := range []forecasts.Asking{
		{}, {Of: "sector"}, {Event: "E2", Of: "country"}, {Event: "E2", Of: "sector"}, {Event: "E2", Of: "site"}, {Of: "site"},
	} {
		ask(r, forecasts.Say, in)
	}
	var kept map[string]string
	names := func() string {
		dir := t.TempDir()
		kept = ask(r, forecasts.Publish, forecasts.Publishing{Dir: dir}).Kept
		all := map[string]bool{}
		for _, f := range published(t, dir).Forecasts {
			all[string(f.Event)+" "+f.Population.String()] = true
		}
		return fmt.Sprint(all)
	}
	const ours = "E2 country dk:true"
	if got := names(); got != "map["+ours+"]" || kept["lists"] != "TLP:AMBER+STRICT" {
		t.Errorf("got %s, kept back by %v, want nothing of a feed that is not known", got, kept)
	}
	for label, want := range map[string]string{"": "TLP:AMBER+STRICT", "TLP:GREEN": "TLP:GREEN", "a word": "TLP:AMBER+STRICT"} {
		r.label(label)
		if got := names(); got != "map["+ours+"]" || len(kept) != 1 || kept["lists"] != want {
			t.Errorf("of a feed with the label %q: got %s, kept back by %v", label, got, kept)
		}
	}
	r.label("TLP:CLEAR")
	if got := names(); !strings.Contains(got, "E1 country aa") || !strings.Contains(got, "E1 sector ee/media") || !strings.Contains(got, ours) ||
		strings.Contains(got, "site") || strings.Contains(got, "E2 sector") || len(kept) != 0 {
		t.Errorf("got %s, kept back by %v", got, kept)
	}
}
