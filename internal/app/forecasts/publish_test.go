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
	names := func() string {
		dir := t.TempDir()
		ask(r, forecasts.Publish, forecasts.Publishing{Dir: dir})
		all := map[string]bool{}
		for _, f := range published(t, dir).Forecasts {
			all[string(f.Event)+" "+f.Population.String()] = true
		}
		return fmt.Sprint(all)
	}
	const ours = "E2 country dk:true"
	if got := names(); !strings.Contains(got, "E1 country aa") || !strings.Contains(got, "E1 sector ee/media") || !strings.Contains(got, ours) ||
		strings.Contains(got, "site") || strings.Contains(got, "E2 sector") {
		t.Errorf("got %s", got)
	}
	feed := store.Feed{Name: "lists", Format: "ddosia", TLP: "TLP:GREEN", Added: noon}
	if err := r.db.PutFeed(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	if got := names(); got != "map["+ours+"]" {
		t.Errorf("got %s, want nothing of a feed that is not for the public", got)
	}
	feed.TLP = "TLP:CLEAR"
	if err := r.db.PutFeed(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	if got := names(); !strings.Contains(got, "E1 country aa") {
		t.Errorf("got %s", got)
	}
}
