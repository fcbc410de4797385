package intake_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/claim/intake"
)

var update = flag.Bool("update", false, "rewrite what has to come of the posts in testdata")

var noon = time.Date(2025, time.November, 17, 12, 0, 0, 0, time.UTC)

// sites is a watch list.
var sites = []intake.Site{
	{Name: "The Party", Host: "party.example"},
	{Name: "The Paper", Host: "news.example", Aliases: []string{"avisen.example"}},
	{Name: "Østerby", Host: "www.østerby-kommune.example"},
	{Name: "Main", Host: "www.example.org"},
	{Name: "Shop", Host: "shop.example.net"},
	{Name: "Blog", Host: "blog.example.net"},
}

func TestPosts(t *testing.T) {
	posts, err := filepath.Glob("testdata/posts/*.txt")
	if err != nil || len(posts) == 0 {
		t.Fatal("no posts", err)
	}
	for _, path := range posts {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c, r, err := intake.Read(intake.Told{
				Text: string(text), Kind: seawall.ClaimPost, Source: "a channel", Claimant: "The Example Group", Posted: noon.Add(-time.Hour),
			}, noon)
			intake.NewMatcher(sites).All(&c)
			got := marshal(t, map[string]any{"claim": c, "report": r, "error": fmt.Sprint(err)})
			golden := strings.TrimSuffix(path, ".txt") + ".json"
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return []byte(b.String())
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"write to jane.doe@mail.example.org now":         "write to [e-mail] now",
		"jane [at] example [dot] org":                    "[e-mail]",
		"jane(at)example(dot)org":                        "[e-mail]",
		"call +45 20 12 34 56, or 0045 20123456.":        "call [telephone], or [telephone].",
		"tel. (020) 7946-0123":                           "tel. [telephone]",
		"tlf. 20123456":                                  "tlf. [telephone]",
		"by @jane_doe and @Иван":                         "by [handle] and [handle]",
		"https://t.me/janedoe/12 and wa.me/4520":         "https://t.me/[handle] and wa.me/[handle]",
		"on 2025-11-17 20:00, 17.11.2025":                "on 2025-11-17 20:00, 17.11.2025",
		"from 192.0.2.10 and 198.51.100.200":             "from 192.0.2.10 and 198.51.100.200",
		"https://check-host.net/check-report/12345678ab": "https://check-host.net/check-report/12345678ab",
		"324000 requests, 1,234 bots":                    "324000 requests, 1,234 bots",
	} {
		got, _ := intake.Mask(in)
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	for name, tt := range map[string]struct {
		posted    time.Time
		precision seawall.Precision
		want      time.Time
		wantP     seawall.Precision
		note      intake.Note
	}{
		"to the minute":       {noon.Add(-time.Minute), "", noon.Add(-time.Minute), seawall.PreciseMinute, ""},
		"in the future":       {noon.Add(6 * time.Minute), "", time.Time{}, seawall.PreciseUnknown, intake.PostedAhead},
		"a clock that is off": {noon.Add(5 * time.Minute), "", noon.Add(5 * time.Minute), seawall.PreciseMinute, ""},
		"today, elsewhere":    {noon.Add(12 * time.Hour), seawall.PreciseDay, noon.Add(12 * time.Hour), seawall.PreciseDay, ""},
		"no time":             {time.Time{}, seawall.PreciseMinute, time.Time{}, seawall.PreciseUnknown, intake.PrecisionNoTime},
		"finer than its hour": {noon.Add(-90 * time.Minute), seawall.PreciseHour, noon.Add(-90 * time.Minute), seawall.PreciseHour, intake.PrecisionTooFine},
		"finer than its day":  {noon.Add(-90 * time.Minute), seawall.PreciseDay, noon.Add(-90 * time.Minute), seawall.PreciseDay, intake.PrecisionTooFine},
		"a time not known":    {noon.Add(-12 * time.Hour), seawall.PreciseUnknown, noon.Add(-12 * time.Hour), seawall.PreciseDay, ""},
		"years ago":           {noon.AddDate(-3, 0, 0), "", noon.AddDate(-3, 0, 0), seawall.PreciseMinute, intake.PostedLongAgo},
	} {
		c, r, err := intake.Read(intake.Told{Text: "+ a.example", Kind: seawall.ClaimPost, Posted: tt.posted, Precision: tt.precision}, noon)
		if err != nil {
			t.Fatal(name, err)
		}
		if !c.Posted.Equal(tt.want) || c.Precision != tt.wantP {
			t.Errorf("%s: got %v, %s, want %v, %s", name, c.Posted, c.Precision, tt.want, tt.wantP)
		}
		if got, want := fmt.Sprint(r.Notes), "["+string(tt.note)+"]"; got != want {
			t.Errorf("%s: got notes %s, want %s", name, got, want)
		}
	}
}

func TestParseTime(t *testing.T) {
	for in, want := range map[string]string{
		"2025-11-17T20:00:00Z": "2025-11-17T20:00:00Z minute", "2025-11-17 20:30+01:00": "2025-11-17T19:30:00Z minute",
		"2025-11-17T20Z": "2025-11-17T20:00:00Z hour", "2025-11-17": "2025-11-17T00:00:00Z day", "": "0001-01-01T00:00:00Z unknown",
		"17 November": "none", "0001-01-01": "none",
	} {
		at, p, err := intake.ParseTime(in)
		got := at.Format(time.RFC3339) + " " + string(p)
		if err != nil {
			got = "none"
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// A claim with more targets than are kept keeps the first, and says how many it left out.
func TestManyTargets(t *testing.T) {
	var b strings.Builder
	for i := range intake.MaxTargets + 25 {
		fmt.Fprintf(&b, "+ h%d.example\n", i)
	}
	b.WriteString("+ h0.example\n")
	c, r, err := intake.Read(intake.Told{Text: b.String(), Kind: seawall.ClaimPost}, noon)
	if err != nil || len(c.Targets) != intake.MaxTargets || r.Dropped != 25 || r.Repeats != 1 || len(c.Text) > intake.MaxText {
		t.Errorf("got %d targets, %d dropped, %d repeats, %d bytes of text, error %v", len(c.Targets), r.Dropped, r.Repeats, len(c.Text), err)
	}
	if got, want := fmt.Sprint(r.Notes), "[targets_named_more_than_once too_many_targets text_cut]"; got != want {
		t.Errorf("got notes %s, want %s", got, want)
	}
}

func TestRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		told intake.Told
		want error
	}{
		"too long":             {intake.Told{Text: strings.Repeat("a", intake.MaxBytes+1), Kind: seawall.ClaimPost}, intake.ErrTooLarge},
		"results too long":     {intake.Told{Results: make([]byte, intake.MaxResults+1), Kind: seawall.ClaimCheckHost}, intake.ErrTooLarge},
		"no target":            {intake.Told{Text: "nothing", Kind: seawall.ClaimPost}, intake.ErrNothing},
		"a person's handle":    {intake.Told{Text: "+ a.example", Kind: seawall.ClaimPost, Claimant: "@jane_doe"}, intake.ErrPerson},
		"a person's address":   {intake.Told{Text: "+ a.example", Kind: seawall.ClaimPost, Claimant: "jane@example.org"}, intake.ErrPerson},
		"no kind":              {intake.Told{Text: "+ a.example"}, nil},
		"no such reliability":  {intake.Told{Text: "+ a.example", Kind: seawall.ClaimPost, Reliability: "g"}, nil},
		"no such credibility":  {intake.Told{Text: "+ a.example", Kind: seawall.ClaimPost, Credibility: "7"}, nil},
		"a claimant in lines":  {intake.Told{Text: "+ a.example", Kind: seawall.ClaimPost, Claimant: "a\nb"}, nil},
		"a source that is not": {intake.Told{Text: "+ a.example", Kind: seawall.ClaimPost, Source: strings.Repeat("s", 101)}, nil},
	} {
		_, _, err := intake.Read(tt.told, noon)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: got error %v, want %v", name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "jane") {
			t.Errorf("%s: the error names somebody: %v", name, err)
		}
	}
}

func TestMatch(t *testing.T) {
	m := intake.NewMatcher(sites)
	for host, want := range map[string]string{
		"party.example": "The Party host", "www.party.example": "The Party host", "example.org": "Main host", "avisen.example": "The Paper alias",
		"www.avisen.example": "The Paper alias", "mail.example.org": "Main domain", "example.net": " unclear", "other.example": " not_watched",
		"xn--sterby-kommune-pqb.example": "Østerby host", "192.0.2.1": " not_watched", "example": " not_watched",
	} {
		site, via := m.Match(host)
		if got := site + " " + string(via); got != want {
			t.Errorf("%s: got %q, want %q", host, got, want)
		}
	}
}

// The same claim has the same identifier, and masking twice is masking once.
func TestLaws(t *testing.T) {
	words := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"+ a.example", "jane@example.org", "+45 20 12 34 56", "@x", " ", "\n", "t.me/a", "hxxp://b[.]example"}))
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(words, 0, 12).Draw(t, "words"), "")
		once, _ := intake.Mask(text)
		if twice, _ := intake.Mask(once); once != twice {
			t.Fatalf("%q became %q and then %q", text, once, twice)
		}
		told := intake.Told{Text: text, Kind: seawall.ClaimPost, Hosts: []string{"c.example"}}
		a, _, err := intake.Read(told, noon)
		if err != nil {
			t.Fatal(err)
		}
		b, _, _ := intake.Read(told, noon.Add(time.Hour))
		if a.ID != b.ID {
			t.Fatal("the same claim has two identifiers")
		}
	})
}

func FuzzRead(f *testing.F) {
	posts, _ := filepath.Glob("testdata/posts/*.txt")
	for _, path := range posts {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, r, err := intake.Read(intake.Told{Text: text, Kind: seawall.ClaimPost}, noon)
		if err != nil && !errors.Is(err, intake.ErrNothing) && !errors.Is(err, intake.ErrTooLarge) {
			t.Fatal(err)
		}
		if len(c.Text) > intake.MaxText || len(c.Targets) > intake.MaxTargets || len(c.Proof) > intake.MaxProof || r.Targets != len(c.Targets) {
			t.Fatal("more than is kept")
		}
		seen := map[string]bool{}
		for _, x := range c.Targets {
			if seen[x.Host] || x.Host == "" || x.Host != strings.ToLower(x.Host) || strings.ContainsAny(x.Host, "/@ \n") {
				t.Fatalf("target %q", x.Host)
			}
			seen[x.Host] = true
		}
	})
}
