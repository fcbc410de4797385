package stix

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

var now = time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)

func sample(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/bundle.json")
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
	want := &Bundle{
		ID: "bundle--1b0c7f10-6a52-4c2e-8d0a-5d0f6a1b2c01",
		Claims: []Claim{{
			ID: "report--1", Kind: "report", Hosts: []string{"www.party.example", "b.example.org", "192.0.2.7"}, Victims: []string{"The Example Party"},
			Claimant: "Example Group 16", Source: "Response Team of Examples", Text: "Claimed tonight", Links: []string{"https://check.example.net/r/1"},
			Lang: "en", Time: time.Date(2025, 11, 17, 12, 0, 0, 0, time.UTC), TLP: "TLP:AMBER+STRICT",
		}},
		Skipped: map[Reason]int{Attackers: 1, Person: 1, Duplicate: 1, Indicator: 1, NotObject: 1, NoTarget: 1, Future: 1, Unreferred: 1},
		Unknown: map[string]int{"malware": 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bundle (-want +got):\n%s", diff)
	}
}

func TestLimits(t *testing.T) {
	in := sample(t)
	for name, l := range map[string]Limits{"bytes": {Bytes: 99}, "depth": {Depth: 3}} {
		if _, err := Parse(strings.NewReader(in), now, l); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, l := range map[string]Limits{"objects": {Objects: 3}, "refs": {Refs: 2}} {
		if b, err := Parse(strings.NewReader(in), now, l); err != nil || b.Skipped[TooMany] == 0 {
			t.Errorf("%s: %v, %v", name, b, err)
		}
	}
	for _, in := range []string{"", "[]", `{"Event":{}}`, `{"type":"report"}`} {
		if _, err := Parse(strings.NewReader(in), now, Limits{}); !errors.Is(err, ErrNotSTIX) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestAMarkThatIsNotThereIsTheRed(t *testing.T) {
	const in = `{"type":"bundle","objects":[{"type":"domain-name","id":"d","value":"a.example.org"},` +
		`{"type":"note","id":"n","object_refs":["d"],"object_marking_refs":["marking-definition--x"]}]}`
	b, err := Parse(strings.NewReader(in), now, Limits{})
	if err != nil || b.Claims[0].TLP != "TLP:RED" || b.Skipped[BadTLP] != 1 {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestALabelThatIsNotKnownIsTheRed, and so is one beside a label that is.
func TestALabelThatIsNotKnownIsTheRed(t *testing.T) {
	const in = `{"type":"bundle","objects":[{"type":"domain-name","id":"d","value":"a.example.org"},` +
		`{"type":"marking-definition","id":"marking-definition--x","definition_type":"tlp","definition":{"tlp":"amber-strict"}},` +
		`{"type":"note","id":"n","object_refs":["d"],"object_marking_refs":["marking-definition--x"]}]}`
	b, err := Parse(strings.NewReader(in), now, Limits{})
	if err != nil || b.Claims[0].TLP != "TLP:RED" || b.Skipped[BadTLP] != 1 {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestManyOrganisations: of those that a note names so many are kept.
func TestManyOrganisations(t *testing.T) {
	var objects, refs strings.Builder
	for i := range maxVictims + 10 {
		fmt.Fprintf(&objects, `{"type":"identity","id":"i%d","name":"n%d","identity_class":"organization"},`, i, i)
		fmt.Fprintf(&refs, `,"i%d"`, i)
	}
	in := `{"type":"bundle","objects":[` + objects.String() + `{"type":"domain-name","id":"d","value":"a.example.org"},{"type":"note","id":"n","object_refs":["d"` + refs.String() + `]}]}`
	b, err := Parse(strings.NewReader(in), now, Limits{})
	if err != nil || len(b.Claims[0].Victims) != maxVictims || b.Skipped[TooMany] != 10 {
		t.Errorf("%d kept, %v, %v", len(b.Claims[0].Victims), b.Skipped, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample(f))
	f.Add(`{"type":"bundle","objects":[null,{"type":"note","id":"a","object_refs":["a"]}]}`)
	f.Fuzz(func(t *testing.T, in string) {
		b, err := Parse(strings.NewReader(in), now, Limits{Bytes: 1 << 20})
		if err != nil {
			return
		}
		for _, c := range b.Claims {
			for _, h := range c.Hosts {
				if again, ok := ddosia.NormalHost(h); !ok || again != h {
					t.Fatalf("%q is kept as a host", h)
				}
			}
			if c.Time.After(now) {
				t.Fatal("a time in the future")
			}
		}
	})
}

// TestBomb: a file of very many small values is refused before it takes memory.
func TestBomb(t *testing.T) {
	in := `{"type":"bundle","id":"bundle--1","objects":[` + strings.Repeat("{},", 1<<20) + `{}]}`
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
