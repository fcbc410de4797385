package config

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// watching is testdata/good/watch.yaml.
func watching(c *Config) {
	c.Sites = nil
	c.Watch = Watch{
		Here: true, Contact: "it@example.org", Vantage: Vantage{"office", "AS64496", "DK"},
		Sentinels:    []Sentinel{{"https://one.example/", "AS64500"}, {"https://two.example/", "AS64501"}, {"https://three.example/", "AS64502"}},
		Resolvers:    []netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:53"), netip.MustParseAddrPort("[2001:db8::53]:5353")},
		AllowPrivate: []string{"intranet.example.org"}, Providers: "/etc/seawall/providers.csv", Admin: "127.0.0.1:9181",
		Sites: []WatchedSite{
			{
				URL: "https://www.example.org", Name: "The Example", Owner: "The Example Party", Sector: "party", Country: "DK",
				Groups: []string{"parties", "national"}, Contacts: []string{"anna@example.org"}, Public: true,
			},
			{URL: "http://intranet.example.org:8080/status"},
		},
	}
}

// TestWatchAlone: a file that only watches needs no more than somebody to reach.
func TestWatchAlone(t *testing.T) {
	c, err := Parse("seawall.yaml", []byte("version: 1\nwatch: {contact: \"https://example.org/lookout\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Watch{Here: true, Contact: "https://example.org/lookout", Vantage: Vantage{Name: DefaultVantage}}, c.Watch, values); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if c.Encrypted() {
		t.Error("no site is encrypted")
	}
}

// TestWatchOff: the section in one word is there for sites that are protected, and is no reason to have none.
func TestWatchOff(t *testing.T) {
	c, err := Parse("seawall.yaml", []byte("version: 1\nwatch: off\nsites: [{name: www.example.org, origin: \"http://127.0.0.1:8080\"}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if !c.Watch.Off || c.Watch.Here {
		t.Errorf("got %+v", c.Watch)
	}
	for text, want := range map[string]string{
		"version: 1\nwatch: off\n":                                      "sites: is missing",
		"version: 1\nwatch: never\n":                                    `watch: "never" is not off`,
		"version: 1\nwatch: {contact: a@example.org, process: other}\n": `watch.process: "other" is neither edge nor own`,
	} {
		if _, err := Parse("seawall.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// renderWatch writes out everything that w says.
func renderWatch(b *strings.Builder, w *Watch) {
	switch {
	case w.Off:
		b.WriteString("watch: off\n")
		return
	case !w.Here:
		return
	}
	b.WriteString("watch:\n")
	if w.Apart {
		b.WriteString("  process: own\n")
	}
	fmt.Fprintf(b, "  contact: %q\n  admin: %q\n  allow_private: %s\n  vantage: {name: %q", w.Contact, orOff(w.Admin), flow(w.AllowPrivate), w.Vantage.Name)
	optional(b, "network", w.Vantage.Network)
	optional(b, "country", w.Vantage.Country)
	b.WriteString("}\n")
	if w.Providers != "" {
		fmt.Fprintf(b, "  providers: %q\n", w.Providers)
	}
	b.WriteString("  sentinels:")
	if len(w.Sentinels) == 0 {
		b.WriteString(" []")
	}
	b.WriteString("\n")
	for _, s := range w.Sentinels {
		fmt.Fprintf(b, "    - {url: %q, network: %q}\n", s.URL, s.Network)
	}
	fmt.Fprintf(b, "  resolvers: %s\n  sites:", flow(w.Resolvers))
	if len(w.Sites) == 0 {
		b.WriteString(" []")
	}
	b.WriteString("\n")
	for _, s := range w.Sites {
		fmt.Fprintf(b, "    - {url: %q", s.URL)
		optional(b, "name", s.Name)
		optional(b, "owner", s.Owner)
		optional(b, "sector", s.Sector)
		optional(b, "country", s.Country)
		fmt.Fprintf(b, ", groups: %s, contacts: %s", flow(s.Groups), flow(s.Contacts))
		if s.Public {
			b.WriteString(", public: on")
		}
		b.WriteString("}\n")
	}
}

func optional(b *strings.Builder, key, value string) {
	if value != "" {
		fmt.Fprintf(b, ", %s: %q", key, value)
	}
}
