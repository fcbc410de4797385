package probe

import (
	"encoding/json"
	"math"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var whole = Result{
	URL: "https://www.example.org/", FinalURL: "https://www.example.org/da/", Class: OverloadPage, Assessment: []Assessment{Maintenance}, Phase: PhaseDone,
	Status: 503, Protocol: "HTTP/2.0", Family: IPv6, Address: netip.MustParseAddr("2001:db8::1"),
	Timings: Timings{
		DNS: 1500 * time.Microsecond, TCP: 2 * time.Millisecond, TLS: 3 * time.Millisecond, TTFB: 400 * time.Millisecond, Body: 0,
		Total: 450123 * time.Microsecond,
	},
	Evidence: Evidence{
		Title: "Maintenance", BodySHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Bytes: 1234, Simhash: 0xfedcba9876543210,
		Headers: map[string]string{"server": "nginx"}, TLS: "TLS 1.3", CNAME: "edge.example.net", Redirects: []string{"https://www.example.org/da/"}, Error: "status 503 Service Unavailable, 1234 bytes",
		Certificate: &Certificate{
			SHA256: "ab", Issuer: "CN=Example", NotBefore: noon.AddDate(0, -1, 0), NotAfter: noon.AddDate(0, 1, 0), Names: []string{"www.example.org"},
		},
	},
	At: noon, Vantage: "aarhus",
}

const wholeJSON = `{"url":"https://www.example.org/","final_url":"https://www.example.org/da/","class":"overload_page","assessment":["maintenance"],` +
	`"phase":"done","status":503,"protocol":"HTTP/2.0","family":6,"address":"2001:db8::1",` +
	`"timings":{"dns":1.5,"tcp":2,"tls":3,"ttfb":400,"body":0,"total":450.123},` +
	`"evidence":{"title":"Maintenance","body_sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","bytes":1234,` +
	`"simhash":"fedcba9876543210","headers":{"server":"nginx"},"certificate":{"sha256":"ab","issuer":"CN=Example",` +
	`"not_before":"2025-10-18T12:00:00Z","not_after":"2025-12-18T12:00:00Z","names":["www.example.org"]},` +
	`"tls":"TLS 1.3","cname":"edge.example.net","redirects":["https://www.example.org/da/"],"error":"status 503 Service Unavailable, 1234 bytes"},` +
	`"at":"2025-11-18T12:00:00Z","vantage":"aarhus"}`

var bare = Result{
	URL: "https://www.example.org/", FinalURL: "https://www.example.org/", Class: DNSNXDomain, Phase: PhaseDNS,
	Timings:  Timings{DNS: time.Millisecond, TCP: NotReached, TLS: NotReached, TTFB: NotReached, Body: NotReached, Total: time.Millisecond},
	Evidence: Evidence{Error: "no such name"}, At: noon,
}

const bareJSON = `{"url":"https://www.example.org/","final_url":"https://www.example.org/","class":"dns_nxdomain","assessment":[],` +
	`"phase":"dns","status":null,"protocol":null,"family":null,"address":null,` +
	`"timings":{"dns":1,"tcp":null,"tls":null,"ttfb":null,"body":null,"total":1},` +
	`"evidence":{"title":"","body_sha256":null,"bytes":0,"simhash":null,"headers":{},"certificate":null,"error":"no such name"},` +
	`"at":"2025-11-18T12:00:00Z","vantage":""}`

func TestJSON(t *testing.T) {
	for name, tt := range map[string]struct {
		r    Result
		want string
	}{"a whole answer": {whole, wholeJSON}, "no answer": {bare, bareJSON}} {
		t.Run(name, func(t *testing.T) {
			got, err := json.Marshal(tt.r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
			var back Result
			if err := json.Unmarshal(got, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.r, back, cmpopts.EquateComparable(netip.Addr{}), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestJSONRefuses(t *testing.T) {
	for _, bad := range []string{
		`{"class":"fine"}`, `{"class":"ok","assessment":["good"]}`, `{"class":"ok","phase":"later"}`, `{"class":"ok","phase":"done","evidence":{"simhash":"x"}}`,
	} {
		if err := json.Unmarshal([]byte(bad), new(Result)); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	if _, err := json.Marshal(Result{Phase: 200}); err == nil {
		t.Error("a phase that does not exist is written")
	}
	if _, err := json.Marshal(Result{Assessment: []Assessment{0}}); err == nil {
		t.Error("an assessment that does not exist is written")
	}
}

// TestTimingsRoundTrip holds for every timing, to the microsecond.
func TestTimingsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(-10, int64(time.Hour)).Draw(t, "duration"))
		want := d.Round(time.Microsecond)
		if d < 0 {
			want = NotReached
		}
		if got := duration(ms(d)); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	})
	huge := math.MaxFloat64
	if got := duration(&huge); got != math.MaxInt64 {
		t.Errorf("got %v", got)
	}
}

func TestNamesOfAssessments(t *testing.T) {
	for a := Slow; a <= Partial; a++ {
		text, err := a.MarshalText()
		var back Assessment
		if err != nil || back.UnmarshalText(text) != nil || back != a || a.String() != string(text) {
			t.Errorf("%d: got %q, %v, and back %d", a, text, err, back)
		}
	}
	set := Together(Partial, Slow, 0)
	if got := set.All(); !slices.Equal(got, []Assessment{Slow, Partial}) || set.Has(Maintenance) || set.Has(0) {
		t.Errorf("a set of slow and partial is %v", got)
	}
	if err := new(Assessment).UnmarshalText(nil); err == nil {
		t.Error("no name is an assessment")
	}
}

// TestFormatIsDocumented holds that the document names every key and class, and that its example reads.
func TestFormatIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/formats/probe.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(doc)
	for _, c := range Classes() {
		if !strings.Contains(text, "`"+c.String()+"`") {
			t.Errorf("the class %v is missing", c)
		}
	}
	_, example, _ := strings.Cut(text, "```json\n")
	example, _, _ = strings.Cut(example, "```")
	d := json.NewDecoder(strings.NewReader(example))
	d.DisallowUnknownFields()
	if err := d.Decode(new(wire)); err != nil {
		t.Error(err)
	}
	var keys func(v any)
	keys = func(v any) {
		object, _ := v.(map[string]any)
		for key, inner := range object {
			if !strings.Contains(example, `"`+key+`"`) {
				t.Errorf("the key %s is missing", key)
			}
			keys(inner)
		}
	}
	var all any
	if err := json.Unmarshal([]byte(wholeJSON), &all); err != nil {
		t.Fatal(err)
	}
	keys(all)
}
