package status

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seawall-project/seawall"
)

func TestAsOf(t *testing.T) {
	if got, want := AsOf(night, time.Hour, 15*time.Minute), time.Date(2025, 11, 17, 19, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestTooYoung: what is younger than the delay is not rendered.
func TestTooYoung(t *testing.T) {
	a := authority(func(a *Authority) { a.AsOf = night.Add(-DefaultDelay + time.Second) })
	if _, err := a.Render(night); err == nil {
		t.Error("counts of 59:59 ago: got a page an hour late")
	}
	a.AsOf = night.Add(-DefaultDelay)
	if p := mustRender(t, a, night); !p.At.Equal(night) || !p.Due.Equal(night.Add(15*time.Minute)) {
		t.Errorf("got %s, due %s", p.At, p.Due)
	}
}

func TestAuthorityRefuses(t *testing.T) {
	for name, change := range map[string]func(*Authority){
		"more than all":   func(a *Authority) { a.Counts[0].Disturbed = 99 },
		"fewer than none": func(a *Authority) { a.Counts[0].Disturbed = -1 },
		"too many":        func(a *Authority) { a.Counts = make([]Count, MaxSectors+1) },
		"turned around":   func(a *Authority) { a.Counts[0].Sector = "a\u202eb" },
		"no title":        func(a *Authority) { a.Title = "" },
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := authority(change).Render(night); err == nil {
				t.Error("got a page, want an error")
			}
		})
	}
}

// TestLeak: a watched host that somebody wrote into the title, the words or a sector is found in every form, and no page comes of it.
func TestLeak(t *testing.T) {
	for _, tt := range []struct {
		host, written string
		leaks         bool
	}{
		{"www.party.example", "www.party.example", true},
		{"www.party.example", "see PARTY.example.", true},
		{"party.example", "https://www.party.example/login", true},
		{"party.example", "press@party.example", true},
		{"party.example", "ministry-party.example", false},
		{"party.example", "party.examples", false},
		{"party.example", "a party, for example", false},
		{"blåbær.example", "blåbær.example", true},
		{"blåbær.example", "xn--blbr-roah.example", true},
		{"xn--blbr-roah.example", "BLÅBÆR.EXAMPLE", true},
		{"xn--blbr-roah.example", "www.bla\u030abær.example", true}, // in two characters
		{"www.party.example.", "party.example", true},
	} {
		for _, change := range []func(*Authority){
			func(a *Authority) { a.Title = tt.written },
			func(a *Authority) { a.Counts[1].Sector = tt.written },
			func(a *Authority) { a.Words = map[seawall.Language][]string{seawall.English: {"a", tt.written}} },
		} {
			a := authority(change)
			a.Hosts = []string{"other.example", tt.host}
			p, err := a.Render(night)
			leak, is := errors.AsType[*LeakError](err)
			if is != tt.leaks {
				t.Errorf("%q written as %q: got %v", tt.host, tt.written, err)
			}
			if is && (len(p.Files) > 0 || strings.Contains(err.Error(), "party") || leak.File == "" || leak.Where == "") {
				t.Errorf("%q: got %d files, and %v", tt.host, len(p.Files), err)
			}
		}
	}
}

// TestOwnAddress: an authority that watches its own site too can say where its page is.
func TestOwnAddress(t *testing.T) {
	mustRender(t, authority(func(a *Authority) {
		a.URL = "https://status.authority.example/"
		a.Hosts = []string{"www.authority.example"}
	}), night)
	_, err := authority(func(a *Authority) {
		a.URL = "https://status.authority.example/"
		a.Title = "authority.example"
		a.Hosts = []string{"www.authority.example"}
	}).Render(night)
	if err == nil {
		t.Error("the title names it, and that passes")
	}
}

// TestOwnAddressLeads: what follows the page's own host in its address may name a watched one, and then no page comes of it.
func TestOwnAddressLeads(t *testing.T) {
	_, err := authority(func(a *Authority) {
		a.URL = "https://status.authority.example/www.party.example/"
		a.Hosts = []string{"www.authority.example", "party.example"}
	}).Render(night)
	if leak, is := errors.AsType[*LeakError](err); !is || leak.Where != "the page's own address" {
		t.Errorf("got %v", err)
	}
}

// TestNamesLeak: a watched site's name in the title, the words or a sector that is shown is found as a whole word, and no page comes of it.
func TestNamesLeak(t *testing.T) {
	for _, tt := range []struct {
		name, written string
		leaks         bool
	}{
		{"The Example Courier", "About the EXAMPLE courier.", true},
		{"Byen", "Byen, og andre", true},
		{"Blåbær", "blåbær", true}, // in two characters
		{"Byen", "Omegnsbyen", false},
		{"Byen", "Byens blad", false},
		{"DR", "DR", false}, // too short to be told from a word
		{" B-2 4 ", "about B-2 4", false},
		{"", "anything", false},
	} {
		for where, change := range map[string]func(*Authority){
			"the title":                func(a *Authority) { a.Title = "On " + tt.written },
			"the names of the sectors": func(a *Authority) { a.Counts[1].Sector = tt.written },
			"the words in English":     func(a *Authority) { a.Words = map[seawall.Language][]string{seawall.English: {"a", tt.written}} },
		} {
			a := authority(change)
			a.Names = []string{"Another Site", tt.name}
			_, err := a.Render(night)
			leak, is := errors.AsType[*LeakError](err)
			if is != tt.leaks || is && (leak.Where != where || leak.File == "" || strings.Contains(err.Error(), tt.name)) {
				t.Errorf("%q written as %q in %s: got %v", tt.name, tt.written, where, err)
			}
		}
	}
	mustRender(t, authority(func(a *Authority) {
		a.Title, a.Names = "The Example Agency", []string{"The Example Agency"} // its own site
	}), night)
	mustRender(t, authority(func(a *Authority) {
		a.Counts = append(a.Counts, Count{"Byen", 1, 1}) // counted with others, and not named
		a.Names = []string{"Byen"}
	}), night)
}

// hosts are watched in the property tests: names that no page has by chance.
func hosts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		name := rapid.StringMatching(`(www\.)?q[a-zæøå0-9]{3,12}x(\.[a-z]{3,8})?`).Draw(t, "name")
		return name + "." + rapid.SampledFrom([]string{"example", "example.org", "xn--rdgrd-vuad.example"}).Draw(t, "end")
	})
}

// foreign are texts that strangers may have written: names of sites and owners, with markup in them.
func foreign() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.StringMatching(`.{0,20}(<script>alert\(1\)</script>|"><img src=x onerror=y>|\{\{\.\}\}|]]>|&lt;|</title>|javascript:a).{0,20}`))
}

// TestNobodyIsNamed: whatever is watched, the authority's folder is one of counts alone: it is the same when others are watched, and when
// what is watched is searched for in it, in any form, it is not there.
func TestNobodyIsNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var counts []Count
		for i := range rapid.IntRange(0, 6).Draw(t, "sectors") {
			n := rapid.IntRange(0, 60).Draw(t, "measured")
			counts = append(counts, Count{fmt.Sprint("Sector ", i), n, rapid.IntRange(0, n).Draw(t, "disturbed")})
		}
		watched := rapid.SliceOfN(hosts(), 1, 20).Draw(t, "hosts")
		change := func(hosts []string) func(*Authority) {
			return func(a *Authority) { a.Counts, a.Hosts = counts, hosts }
		}
		p, err := authority(change(watched)).Render(night)
		if err != nil {
			t.Fatal(err)
		}
		other, err := authority(change(nil)).Render(night)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(other.Files, p.Files); diff != "" {
			t.Fatalf("the page depends on who is watched:\n%s", diff)
		}
		for name, data := range p.Files {
			for _, form := range forms(watched) {
				if bytes.Contains(bytes.ToLower(data), []byte(form)) || strings.Contains(name, form) {
					t.Fatalf("%s names %q", name, form)
				}
			}
		}
	})
}

// FuzzOwner: whatever somebody calls a site and writes of it, the page is well formed, made of our elements alone, and says what was written.
func FuzzOwner(f *testing.F) {
	f.Add("<b>name</b>", "https://www.example.org/?a=1&b=2", "Words with <i>markup</i> & more\n\nand a second paragraph", "T")
	f.Add("name\"><script>alert(1)</script>", "javascript:alert(1)", "{{.}} ]]> --> </style>", "</title>")
	f.Add("é", "https://user:pass@www.example.org/", "\ufeffa\r\n\r\nb", "&#x3c;")
	f.Fuzz(func(t *testing.T, name, link, words, title string) { holdForeign(t, name, link, words, title) })
}

// TestForeign is the same with what people are most likely to try.
func TestForeign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		holdForeign(t, foreign().Draw(t, "name"), foreign().Draw(t, "link"), foreign().Draw(t, "words"), foreign().Draw(t, "title"))
	})
}

func holdForeign(t tester, name, link, words, title string) {
	paragraphs, err := ParseWords([]byte(words))
	if err != nil {
		paragraphs = []string{words} // as a caller that does not check would have it
	}
	o := owner(func(o *Owner) {
		o.Title = title
		o.Sites = []Site{{Name: name, URL: link, State: Working}}
		o.Words = map[seawall.Language][]string{seawall.Danish: paragraphs}
	})
	p, err := o.Render(night)
	if err != nil {
		return
	}
	var links []string
	if webURL(link) != "" {
		for _, tok := range tags(t, p.Files[Index]) { // html/template writes URLs in its own way
			if href, _ := attr(tok, "href"); strings.HasPrefix(strings.ToLower(href), "http") {
				links = append(links, href)
			}
		}
	}
	holdFolder(t, p, links...)
}
