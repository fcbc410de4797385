package orders

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store"
)

// warned imports a list, in which each host has an address, and returns what the people of party.example are told.
func warned(t *testing.T, site string, at []netip.Addr, whose Whose, listed map[string]string) []notify.Message {
	t.Helper()
	d := newDesk(t)
	db, ok := d.Store.(lookout.Store)
	if !ok {
		t.Fatal("the desk's store is none of a lookout")
	}
	if _, err := db.PutSite(t.Context(), store.Site{Name: site, Host: site, URL: "https://" + site + "/", Source: store.SourceCLI, Added: d.Now()}); err != nil {
		t.Fatal(err)
	}
	var told []notify.Message
	w := newWarner(lookout.House{
		Store: db, State: t.TempDir(), Logger: slog.New(slog.DiscardHandler), Now: d.Now, Listed: func(time.Time, string) {},
		Post:      func(_ context.Context, m notify.Message) error { told = append(told, m); return nil },
		Addresses: func(string) []netip.Addr { return at }, Provider: whose,
	})
	type order map[string]any
	var targets []order
	for host, ip := range listed {
		targets = append(targets, order{"host": host, "ip": ip, "type": "tcp", "method": "syn", "port": 443})
	}
	text, err := json.Marshal(order{"targets": targets})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), d.Now().Add(-time.Hour).In(ddosia.Zone()).Format("2006-01-02_15-04-05")+".json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if sum, err := d.importLists(t.Context(), Importing{Paths: []string{path}}); err != nil || len(sum.Damaged) > 0 {
		t.Fatalf("import: %+v, %v", sum, err)
	}
	for range 2 { // the second look tells nothing again
		if err := w.look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range told {
		want := []string{"house", "owner"}
		if m.Staff {
			want = []string{"house"}
		}
		if m.Label != "TLP:AMBER+STRICT" || !slices.Equal(m.Routes, want) {
			t.Errorf("labelled %q, for %q, want %q, for nobody said how far it may go", m.Label, m.Routes, want)
		}
		for host := range listed {
			if text := fmt.Sprintf("%+v", m); host != site && strings.Contains(text, host) {
				t.Errorf("names another victim: %s", text)
			}
		}
	}
	return told
}

// TestWhoSharesAServer: a list that names another host at the site's address, or in its provider's network, is a notice by day; private addresses
// and those of nobody known are none.
func TestWhoSharesAServer(t *testing.T) {
	whose := func(a netip.Addr) string {
		if netip.MustParsePrefix("198.51.100.0/24").Contains(a) {
			return "AS64500"
		}
		return ""
	}
	for name, tt := range map[string]struct {
		ours, theirs, want string
	}{
		"same address":          {"192.0.2.7", "192.0.2.7", "A host with the same address"},
		"same address, written": {"192.0.2.7", "::ffff:192.0.2.7", "A host with the same address"},
		"same provider":         {"198.51.100.1", "198.51.100.2", "A host with the same provider"},
		"neither":               {"192.0.2.7", "192.0.2.8", ""},
		"provider unknown":      {"192.0.2.7", "198.51.100.2", ""},
		"a private address":     {"10.0.0.1", "10.0.0.1", ""},
		"this machine":          {"127.0.0.1", "127.0.0.1", ""},
	} {
		told := warned(t, "party.example", []netip.Addr{netip.MustParseAddr(tt.ours)}, whose, map[string]string{"elsewhere.example": tt.theirs})
		switch {
		case tt.want == "" && len(told) == 0:
		case len(told) != 1 || tt.want == "" || !told[0].Wait || !told[0].Staff || !strings.Contains(told[0].Answer.English, tt.want):
			t.Errorf("%s: told %+v, want %q", name, told, tt.want)
		}
	}
}

// TestNamedGoesFirst: who is named is woken, whatever else of the list is near, and is told once of all that is near.
func TestNamedGoesFirst(t *testing.T) {
	at := netip.MustParseAddr("192.0.2.7")
	told := warned(t, "party.example", []netip.Addr{at}, nil, map[string]string{
		"party.example": at.String(), "one.example": at.String(), "two.example": at.String(),
	})
	var woken, noticed int
	for _, m := range told {
		if m.Wait {
			noticed++
		} else {
			woken++
		}
	}
	if woken != 1 || noticed != 1 {
		t.Errorf("woken %d times, noticed %d times: %+v", woken, noticed, told)
	}
}

// TestNamesThatLookAlike: however a list writes a name that looks like a watched one, staff are told, and nobody is woken.
func TestNamesThatLookAlike(t *testing.T) {
	for listed, want := range map[string]bool{
		"p\u0430rty.example":                           true,  // a Cyrillic letter among Latin ones
		"xn--prty-53d.example":                         true,  // the same, encoded
		"XN--PRTY-53D.Example.":                        true,  // and written otherwise
		"\u0440\u0430rty.example":                      true,  // two of them
		"p\u0430rty\u3002example":                      true,  // with an ideographic full stop (RFC 3490, section 3.1)
		"ｐａｒｔｙ.example":                                false, // full width is the name itself: it is named, not near
		"partv.example":                                true,
		"parrty.example":                               true,
		"\u043f\u0440\u0438\u0432\u0435\u0442.example": false,
		"nobody.example":                               false,
	} {
		var near int
		for _, m := range warned(t, "party.example", nil, nil, map[string]string{listed: ""}) {
			if m.Wait && m.Staff {
				near++
			}
		}
		if (near == 1) != want || near > 1 {
			t.Errorf("%q: noticed %d times", listed, near)
		}
	}
	if told := warned(t, "party.example", nil, nil, map[string]string{"ｐａｒｔｙ.example": ""}); len(told) != 1 || told[0].Wait {
		t.Errorf("the name in full width: %+v", told)
	}
}
