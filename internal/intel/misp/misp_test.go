package misp

import (
	"errors"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

var now = time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)

func sample(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/event.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestParse(t *testing.T) {
	got, err := Parse(strings.NewReader(sample(t)), now, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	hosts := []string{"www.party.example", "b.example.org"}
	order := func(path string) ddosia.Entry {
		return ddosia.Entry{
			HostRaw: "WWW.Party.example.,b.example.org", Hosts: hosts, IP: netip.MustParseAddr("192.0.2.7"), TypeRaw: "http2", Type: ddosia.HTTP2,
			Method: "GET", Port: 443, UseTLS: true, Path: path, Headers: []ddosia.Header{{Name: "X-Requested-With", Value: "XMLHttpRequest"}},
		}
	}
	const id = "8a3f1c52-0b57-4a6d-9a7e-3f0a5e4b1c0"
	want := &File{
		Events: []Event{{
			UUID: id + "1", Info: "Lists of the week", Source: "Response Team of Examples", Time: time.Unix(1763370000, 0).UTC(), TLP: "TLP:AMBER",
			Grade: Grade{Reliability: "b"}, Orders: []ddosia.Entry{order("/search?q=$_1"), order("/login")},
			Claims: []Claim{{
				UUID: id + "3", Target: "hxxps://www[.]party[.]example/", Hosts: hosts[:1], Proof: []string{"+ it is down"},
				Links: []string{"https://check.example.net/r/1"}, Validity: "Valid", Time: time.Unix(1763373600, 0).UTC(), TLP: "TLP:AMBER",
				Grade: Grade{"b", "3"},
			}},
			Seen: []Attack{{
				UUID: id + "4", Hosts: hosts[1:], Sources: []netip.Addr{netip.MustParseAddr("198.51.100.9")},
				First: time.Date(2025, 11, 17, 6, 0, 0, 0, time.UTC), Types: []string{"post-attack"},
			}},
		}},
		Skipped: map[Reason]int{Duplicate: 2, BadHost: 1, NoHost: 1, BadValue: 1, Future: 1, NotEvent: 1},
		Unknown: map[string]int{"person": 1},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
}

func TestTags(t *testing.T) {
	tests := []struct {
		tags  []string
		label string
		grade Grade
		bad   int
	}{
		{nil, "", Grade{}, 0},
		{[]string{"TLP:WHITE"}, "TLP:CLEAR", Grade{}, 0},
		{[]string{"tlp:clear", "tlp:amber+strict", "tlp:green"}, "TLP:AMBER+STRICT", Grade{}, 0},
		{[]string{"tlp:ex:chr"}, "TLP:AMBER", Grade{}, 0},
		{[]string{"tlp:purple"}, "TLP:RED", Grade{}, 1},
		{[]string{`admiralty-scale:source-reliability="g"`, `admiralty-scale:information-credibility="6"`}, "", Grade{"e", "6"}, 0},
		{[]string{`admiralty-scale:source-reliability="z"`, "admiralty-scale:"}, "", Grade{}, 2},
	}
	for _, tt := range tests {
		p := parser{file: &File{Skipped: map[Reason]int{}}}
		label, grade := p.tags(tt.tags)
		if bad := p.file.Skipped[BadTLP] + p.file.Skipped[BadGrade]; label != tt.label || grade != tt.grade || bad != tt.bad {
			t.Errorf("%q: %s, %v, %d bad", tt.tags, label, grade, bad)
		}
	}
}

func TestFrames(t *testing.T) {
	const event = `{"info":"x","Object":[{"name":"ddos-claim","Attribute":[{"object_relation":"target","value":"a.example.org"}]}]}`
	for _, in := range []string{event, `{"Event":` + event + `}`, `[` + event + `]`, `[{"Event":` + event + `}]`, `{"response":[{"Event":` + event + `}]}`} {
		f, err := Parse(strings.NewReader(in), now, Limits{})
		if err != nil || len(f.Events) != 1 || len(f.Events[0].Claims) != 1 {
			t.Errorf("%s: %+v, %v", in, f, err)
		}
	}
	for _, in := range []string{"", "x", "7", `{"targets":[]}`, `["a"]`, `{"type":"bundle","objects":[]}`} {
		if _, err := Parse(strings.NewReader(in), now, Limits{}); !errors.Is(err, ErrNotMISP) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestLimits(t *testing.T) {
	in := sample(t)
	for name, l := range map[string]Limits{"bytes": {Bytes: 100}, "depth": {Depth: 5}} {
		if _, err := Parse(strings.NewReader(in), now, l); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse(strings.NewReader(strings.Repeat("[", 1<<20)), now, Limits{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a million brackets: %v", err)
	}
	for name, l := range map[string]Limits{"objects": {Objects: 1}, "orders": {Orders: 1}} {
		f, err := Parse(strings.NewReader(in), now, l)
		if err != nil || f.Skipped[TooMany] == 0 {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample(f))
	f.Add(`[{"Event":{"Object":[{"name":"ddos","Attribute":[{"object_relation":"ip-dst","value":1e9}]}]}}]`)
	f.Add(`{"response":null}`)
	f.Add(`{"Event":{"Tag":{},"Object":[null,{"Attribute":7}]}}`)
	f.Fuzz(func(t *testing.T, in string) {
		file, err := Parse(strings.NewReader(in), now, Limits{Bytes: 1 << 20, Orders: 100})
		if err != nil {
			return
		}
		for _, e := range file.Events {
			if e.Time.After(now) {
				t.Fatalf("a time in the future: %v", e.Time)
			}
			for _, o := range e.Orders {
				for _, h := range o.Hosts {
					if again, ok := ddosia.NormalHost(h); !ok || again != h {
						t.Fatalf("%q is kept as a host", h)
					}
				}
			}
		}
	})
}

func TestPortsOutOfRange(t *testing.T) {
	p := &parser{file: &File{Skipped: map[Reason]int{}}}
	if got := p.port("70000"); got != 0 {
		t.Errorf("70000 is kept as %d", got)
	}
}

// TestBomb: a file of very many small values is refused before it takes memory.
func TestBomb(t *testing.T) {
	in := `{"Event":{"info":"x","Object":[` + strings.Repeat("{},", 1<<20) + `{}]}}`
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Parse(strings.NewReader(in), now, Limits{})
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20 {
		t.Errorf("it took %d MiB", took>>20)
	}
}
