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

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/claim/intake"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	noon   = time.Date(2025, 11, 17, 12, 0, 0, 0, time.UTC)
)

func watched() *intake.Watched {
	return intake.NewWatched([]intake.Site{
		{Name: "party", Host: "www.party.example"},
		{Name: "news", Host: "news.example.org", Aliases: []string{"paper.example.net"}},
	})
}

func take(t *testing.T, g *intake.Given) *intake.Taken {
	t.Helper()
	got, err := intake.Take(g, watched())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestGolden(t *testing.T) {
	posts, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(posts) < 4 {
		t.Fatal(posts, err)
	}
	for _, path := range posts {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got := take(t, &intake.Given{Text: string(text), Claimant: "Invented Group", Source: "a channel", Posted: noon, Received: noon.Add(time.Hour)})
		out, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden := strings.TrimSuffix(path, "txt") + "json"
		if *update {
			if err := os.WriteFile(golden, append(out, '\n'), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(out)+"\n"); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestNobodyIsKept(t *testing.T) {
	for _, s := range []string{
		"jo.invented@example.net", "jo [at] mail[.]example[.]org", "jo(at)mail(dot)example(dot)org", "+45 12 34 56 78", "0045-12345678",
		"12 34 56 78", "tel. 4711", "+7 (495) 123-45-67", "8 (495) 123-45-67", "тел: 123-45-67", "@invented", "t.me/invented", "hxxps://t[.]me/invented",
		"https://vk.com/invented", "https://www.facebook.com/invented", "wa.me/4512345678", "https://tiktok.com/@invented", "youtube.com/@invented",
		"https://www.linkedin.com/in/invented", "＠invented", "x/@invented", "33121212", "(33121212)", "21436587 33121212", "ring 98765432.",
	} {
		got := take(t, &intake.Given{Text: "before " + s + " after\n+ www.example.org"})
		if len(got.Claim.Targets) != 1 || strings.Contains(got.Claim.Text, "invented") || strings.ContainsAny(got.Claim.Text, "123456789") {
			t.Errorf("%q: kept as %q with targets %v", s, got.Claim.Text, got.Claim.Targets)
		}
		if !strings.Contains(got.Claim.Text, "after") {
			t.Errorf("%q: what follows was masked too: %q", s, got.Claim.Text)
		}
	}
}

// TestNotTelephones: dates, times, parts of links and of names are none.
func TestNotTelephones(t *testing.T) {
	for _, s := range []string{"20251118", "on 20251118.", "https://party.example/33121212", "33121212.example.org", "1763467200", "4711"} {
		got := take(t, &intake.Given{Text: "before " + s + " after\n+ www.example.org"})
		if !strings.Contains(got.Claim.Text, s) {
			t.Errorf("%q: kept as %q", s, got.Claim.Text)
		}
	}
}

func TestNamesAreMasked(t *testing.T) {
	got := take(t, &intake.Given{Text: "+ a.example", Claimant: "A Group jo@example.net", Source: "@group, 33121212"})
	if got.Claim.Claimant != "A Group <mail>" || got.Claim.Source != "@group, <telephone>" || got.Odd[intake.OddMaskedMail] != 1 {
		t.Errorf("got %q, %q, %v", got.Claim.Claimant, got.Claim.Source, got.Odd)
	}
}

func TestHash(t *testing.T) {
	words := take(t, &intake.Given{Text: "+ a.example"}).Claim.Hash
	file := take(t, &intake.Given{Hosts: []string{"a.example"}, Bytes: []byte("+ a.example")}).Claim.Hash
	none := take(t, &intake.Given{Hosts: []string{"a.example"}}).Claim.Hash
	if len(words) != 64 || words != file || none != "" {
		t.Errorf("got %q of words, %q of a file, %q of nothing", words, file, none)
	}
}

// TestMasksKeepToTheirLine: what is masked in one line takes nothing from the next.
func TestMasksKeepToTheirLine(t *testing.T) {
	for _, s := range []string{"Thanks to @invented.\nwww.example.org is down", "Targets @\nwww.example.org", "jo@example.net\n.www.example.org"} {
		got := take(t, &intake.Given{Text: s})
		if len(got.Claim.Targets) != 1 || got.Claim.Targets[0].Host != "www.example.org" {
			t.Errorf("%q: kept as %q with targets %v", s, got.Claim.Text, got.Claim.Targets)
		}
	}
}

func TestTimes(t *testing.T) {
	cases := map[string]struct {
		posted time.Time
		as     seawall.Precision
		want   time.Time
		wantAs seawall.Precision
		odd    intake.Odd
	}{
		"as said":      {noon, "minute", noon, "minute", ""},
		"unsaid":       {noon, "", noon, "minute", ""},
		"none":         {time.Time{}, "", time.Time{}, "unknown", ""},
		"clocks":       {noon.Add(time.Hour + 5*time.Minute), "minute", noon.Add(time.Hour + 5*time.Minute), "minute", ""},
		"future":       {noon.Add(time.Hour + 6*time.Minute), "minute", time.Time{}, "unknown", intake.OddFuture},
		"no time":      {time.Time{}, "hour", time.Time{}, "unknown", intake.OddNoTime},
		"no precision": {noon, "unknown", time.Time{}, "unknown", intake.OddUnknownTime},
		"hour":         {noon.Add(time.Minute), "hour", noon.Add(time.Minute), "hour", intake.OddCoarse},
		"day":          {noon, "day", noon, "day", intake.OddCoarse},
		"midnight":     {noon.Add(-12 * time.Hour), "day", noon.Add(-12 * time.Hour), "day", ""},
	}
	for name, c := range cases {
		got := take(t, &intake.Given{Text: "+ a.example", Posted: c.posted, Precision: c.as, Received: noon.Add(time.Hour)})
		if !got.Claim.Posted.Equal(c.want) || got.Claim.Precision != c.wantAs {
			t.Errorf("%s: got %v, %s", name, got.Claim.Posted, got.Claim.Precision)
		}
		want := map[intake.Odd]int{}
		if c.odd != "" {
			want[c.odd] = 1
		}
		if diff := cmp.Diff(want, got.Odd); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestMatch(t *testing.T) {
	w := intake.NewWatched([]intake.Site{
		{Name: "one", Host: "www.one.example", Aliases: []string{"uno.example"}},
		{Name: "a", Host: "a.two.example"},
		{Name: "b", Host: "b.two.example"},
		{Name: "address", Host: "192.0.2.1"},
	})
	for host, want := range map[string]string{
		"www.one.example": "one host", "one.example": "one host", "uno.example": "one alias", "www.uno.example": "one alias",
		"mail.one.example": "one domain", "a.two.example": "a host", "c.two.example": " unclear", "three.example": " not_watched",
		"192.0.2.1": "address host", "192.0.2.2": " not_watched", "example": " not_watched",
	} {
		if site, via := w.Match(host); site+" "+string(via) != want {
			t.Errorf("%s: got %s %s, want %s", host, site, via, want)
		}
	}
	if _, via := (*intake.Watched)(nil).Match("one.example"); via != seawall.NotWatched {
		t.Errorf("nothing is watched, got %s", via)
	}
}

func TestLimits(t *testing.T) {
	var b strings.Builder
	for i := range intake.MaxTargets + 3 {
		fmt.Fprintf(&b, "+ h%d.example\n", i)
	}
	for i := range intake.MaxProof + 2 {
		fmt.Fprintf(&b, "https://check-host.net/check-report/%dk\n", i)
	}
	got := take(t, &intake.Given{Text: b.String()})
	if len(got.Claim.Targets) != intake.MaxTargets || len(got.Claim.Proof) != intake.MaxProof ||
		got.Odd[intake.OddTooMany] != 3 || got.Odd[intake.OddProof] != 2 {
		t.Errorf("got %d targets, %d links, %v", len(got.Claim.Targets), len(got.Claim.Proof), got.Odd)
	}
	for want, g := range map[error]*intake.Given{
		intake.ErrTooLarge:  {Text: strings.Repeat("a", intake.MaxText+1)},
		intake.ErrNoTarget:  {Text: "nothing was done to anybody"},
		intake.ErrNotText:   {Text: "+ a.example \xff"},
		intake.ErrPrecision: {Text: "+ a.example", Precision: "week"},
		intake.ErrGrade:     {Text: "+ a.example", Reliability: "g"},
		intake.ErrTLP:       {Text: "+ a.example", TLP: "AMBER"},
		intake.ErrKind:      {Text: "+ a.example", Kind: "rumour"},
	} {
		if _, err := intake.Take(g, nil); !errors.Is(err, want) {
			t.Errorf("got error %v, want %v", err, want)
		}
	}
}

func TestHostsOfAReader(t *testing.T) {
	got := take(t, &intake.Given{Text: "other.example.org", Hosts: []string{"WWW.Party.Example.", "no host", "http://news.example.org/"}, Kind: "misp"})
	want := []seawall.ClaimTarget{{Host: "www.party.example", Site: "party", Via: "host"}, {Host: "news.example.org", Site: "news", Via: "host"}}
	if diff := cmp.Diff(want, got.Claim.Targets); diff != "" || got.Odd[intake.OddNoHost] != 1 {
		t.Errorf("%v %s", got.Odd, diff)
	}
}

func FuzzTake(f *testing.F) {
	posts, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range posts {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		g := &intake.Given{Text: text, Received: noon}
		got, err := intake.Take(g, watched())
		if err != nil {
			return
		}
		again, err := intake.Take(g, watched())
		if err != nil || again.Claim.ID != got.Claim.ID {
			t.Fatalf("the same taken twice is %v, %v", again, err)
		}
		seen := map[string]bool{}
		for _, c := range got.Claim.Targets {
			if seen[c.Host] || c.Host == "" || strings.ContainsAny(c.Host, " /@\n") || c.Host != strings.ToLower(c.Host) || c.Via == "" {
				t.Fatalf("a target %+v", c)
			}
			seen[c.Host] = true
			same, err := intake.Take(&intake.Given{Text: "x", Hosts: []string{c.Host}}, nil)
			if err != nil || same.Claim.Targets[0].Host != c.Host {
				t.Fatalf("%q is not written as it is read: %v", c.Host, err)
			}
		}
	})
}
