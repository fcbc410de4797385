package status

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

var update = flag.Bool("update", false, "rewrite the folders in testdata")

var copenhagen = time.FixedZone("CET", 3600)

// night is when the pages below are rendered.
var night = time.Date(2025, 11, 17, 20, 7, 30, 0, time.UTC)

func owner(change func(*Owner)) Owner {
	o := Owner{
		Frame: Frame{
			Title: "Eksempelkureren", URL: "https://status.example.net/", Zone: copenhagen,
			Words: map[seawall.Language][]string{
				seawall.Danish:  {"Vi ved, at forsiden driller i aften.\nVores podcast er ikke ramt.", "Ring på 33 12 00 00, hvis du har et tip."},
				seawall.English: {"We know that the front page is in trouble tonight."},
			},
		},
		Every: 5 * time.Minute,
		Sites: []Site{
			{Name: "Eksempelkureren", URL: "https://www.example.org/", State: Disturbed},
			{Name: "Eksempelkurerens <arkiv>", URL: "https://arkiv.example.org/", State: Working},
			{Name: "Abonnement", URL: "https://abonnement.example.org/", State: Maintenance},
			{Name: "Kryds & tværs", URL: "https://xn--kryds-og-tvrs-pgb.example/", State: Unstated},
		},
	}
	if change != nil {
		change(&o)
	}
	return o
}

func authority(change func(*Authority)) Authority {
	a := Authority{
		Frame: Frame{
			Title: "Styrelsen for Eksempler", Zone: copenhagen, Languages: []seawall.Language{seawall.English, seawall.Danish},
			Words: map[seawall.Language][]string{seawall.Danish: {"Valget går sin gang."}},
		},
		Counts: []Count{
			{"Municipalities", 98, 11}, {"Parties", 12, 9}, {"Newspapers", 41, 6}, {"Ministries", 3, 3}, {"", 4, 0},
		},
		AsOf: AsOf(night, DefaultDelay, 15*time.Minute), Delay: DefaultDelay, Every: 15 * time.Minute,
		Hosts: []string{"www.party.example", "kryds-og-tværs.example"},
	}
	if change != nil {
		change(&a)
	}
	return a
}

func mustRender(t *testing.T, r interface {
	Render(now time.Time) (Page, error)
}, now time.Time,
) Page {
	t.Helper()
	p, err := r.Render(now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestGolden holds whole folders against those in testdata.
func TestGolden(t *testing.T) {
	folders := map[string]Page{
		"owner": mustRender(t, owner(nil), night),
		"owner_well": mustRender(t, owner(func(o *Owner) {
			o.Words = map[seawall.Language][]string{seawall.Danish: {"Alt er, som det skal være."}}
			o.Sites = o.Sites[1:2]
			o.URL = ""
		}), night),
		"owner_frozen": mustRender(t, owner(func(o *Owner) {
			o.Frozen = &Freeze{Since: night.Add(-2 * time.Hour), Words: map[seawall.Language][]string{seawall.English: {"We write here when there is news."}}}
			o.Shown = &Shown{At: night.Add(-2 * time.Hour), Changed: night.Add(-3 * time.Hour), States: map[string]State{"Eksempelkureren": Working}}
		}), night),
		"authority": mustRender(t, authority(nil), night),
		"authority_little": mustRender(t, authority(func(a *Authority) {
			a.Counts = []Count{{"Parties", 2, 1}, {"Ministries", 2, 2}}
		}), night),
	}
	for name, p := range folders {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", name)
			if *update {
				if err := p.Files.Write(dir); err != nil {
					t.Fatal(err)
				}
			}
			for _, file := range Names() {
				want, err := os.ReadFile(filepath.Join(dir, file))
				got, ok := p.Files[file]
				if (err == nil) != ok {
					t.Errorf("%s: rendered %v, golden: %v", file, ok, err)
					continue
				}
				if diff := cmp.Diff(lines(want), lines(got)); diff != "" {
					t.Errorf("%s (-want +got, -update rewrites):\n%s", file, diff)
				}
			}
		})
	}
}

// lines parts a file, with the style left out: it changes often, and has tests of its own.
func lines(data []byte) []string {
	all := strings.Split(string(data), "\n")
	for i, l := range all {
		if strings.HasPrefix(l, "<style>") || strings.Contains(l, "Content-Security-Policy") {
			all[i] = ""
		}
	}
	return all
}

// TestDeterministic: the same input is the same folder.
func TestDeterministic(t *testing.T) {
	for range 20 {
		if diff := cmp.Diff(mustRender(t, owner(nil), night), mustRender(t, owner(nil), night)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(mustRender(t, authority(nil), night), mustRender(t, authority(nil), night.Add(7*time.Minute))); diff != "" {
			t.Fatal(diff)
		}
	}
}
