package ddosia

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var compare = cmp.Options{cmpopts.EquateComparable(netip.Addr{}), cmpopts.EquateEmpty()}

func mustParse(t *testing.T, s string) *List {
	t.Helper()
	list, err := Parse(strings.NewReader(s), Limits{})
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return list
}

func sample(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/list.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestParse(t *testing.T) {
	const id = "655d1f00a1b2c3d4e5f60718"
	got := mustParse(t, sample(t))
	want := &List{
		Entries: []Entry{
			{
				TargetID: id, RequestID: "655d1f00a1b2c3d4e5f60719", HostRaw: "WWW.Example.org.", Hosts: []string{"www.example.org"},
				IP: netip.MustParseAddr("192.0.2.10"), Type: HTTP, TypeRaw: "http", Method: "GET", Port: 443, UseTLS: true, Path: "/search?q=$_1",
			},
			{
				TargetID: id, RequestID: "655d1f00a1b2c3d4e5f6071a", HostRaw: "a.example.org/b.example.org", Hosts: []string{"a.example.org", "b.example.org"},
				IP: netip.MustParseAddr("2001:db8::10"), Type: HTTP2, TypeRaw: "http2", Method: "POST", Port: 443, UseTLS: true, Path: "/login",
				Body: Body{"str", `{"user":"$_1","target_id":"{"}`}, Headers: []Header{{"X-Requested-With", "XMLHttpRequest"}},
			},
			{
				TargetID: id, RequestID: "655d1f00a1b2c3d4e5f6071b", HostRaw: "www.example.org", Hosts: []string{"www.example.org"},
				IP: netip.MustParseAddr("192.0.2.10"), Type: Loris, TypeRaw: "nginx_loris", Method: "udp_flood", Port: 443, UseTLS: true, Body: Body{Type: "str"},
			},
			{
				TargetID: id, RequestID: "655d1f00a1b2c3d4e5f6071c", HostRaw: "www.example.org", Hosts: []string{"www.example.org"},
				IP: netip.MustParseAddr("192.0.2.10"), Type: TCP, TypeRaw: "tcp", Method: "syn_ack", Port: 53,
			},
		},
		Randoms: []Random{
			{ID: "655d1f00a1b2c3d4e5f60720", Name: "Number 11", Digit: true, Min: 11, Max: 11},
			{ID: "655d1f00a1b2c3d4e5f60721", Name: "Word", Digit: true, Upper: true, Lower: true, Min: 6, Max: 12},
		},
	}
	if diff := cmp.Diff(want, got, compare); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

func TestParseOddFields(t *testing.T) {
	tests := []struct {
		name, row string
		want      Entry
	}{
		{"numbers as strings", `{"host":"example.org","port":"8443","use_ssl":"1"}`, Entry{Port: 8443, UseTLS: true}},
		{"strings as numbers", `{"target_id":7,"host":"example.org","method":5,"path":12}`, Entry{TargetID: "7", Method: "5", Path: "12"}},
		{"nulls", `{"host":"example.org","ip":null,"type":null,"port":null,"use_ssl":null,"path":null,"body":null,"headers":null}`, Entry{}},
		{"wrong kinds", `{"host":"example.org","ip":[],"type":{},"port":true,"use_ssl":{},"path":[1],"body":[2],"headers":"x"}`, Entry{}},
		{"port out of range", `{"host":"example.org","port":70000}`, Entry{}},
		{"huge number", `{"host":"example.org","port":1e400}`, Entry{}},
		{"bare body", `{"host":"example.org","body":"a=$_1"}`, Entry{Body: Body{Value: "a=$_1"}}},
		{"headers as an object", `{"host":"example.org","headers":{"B":"2","A":1}}`, Entry{Headers: []Header{{"B", "2"}, {"A", "1"}}}},
		{"some headers unreadable", `{"host":"example.org","headers":[null,{"name":"A","value":null},{"value":"x"},7]}`, Entry{Headers: []Header{{"A", ""}}}},
		{"unknown type", `{"host":"example.org","type":"icmp"}`, Entry{TypeRaw: "icmp"}},
		{"shouted type", `{"host":"example.org","type":" HTTP2 "}`, Entry{Type: HTTP2, TypeRaw: " HTTP2 "}},
		{"unknown and repeated fields", `{"host":"192.0.2.1","host":"example.org","new":{"a":[{}]}}`, Entry{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.HostRaw, tt.want.Hosts = "example.org", []string{"example.org"}
			got := mustParse(t, `{"targets":[`+tt.row+`]}`)
			want := &List{Entries: []Entry{tt.want}}
			if diff := cmp.Diff(want, got, compare); diff != "" {
				t.Errorf("list (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseDamage(t *testing.T) {
	const (
		one = `{"target_id":"1","host":"a.example.org"}`
		two = `{"target_id":"2","host":"b.example.org"}`
		rnd = `{"name":"w","id":"0","digit":true,"min":1,"max":2}`
	)
	type skips = map[Reason]int
	tests := []struct {
		name, in string
		entries  int
		randoms  int
		skipped  skips
		empty    bool
	}{
		{"no targets", `{"targets": null, "randoms": [` + rnd + `]}`, 0, 1, nil, true},
		{"no orders", `{"targets": [], "randoms": []}`, 0, 0, nil, true},
		{"randoms first", `{"randoms":[` + rnd + `],"targets":[` + one + `]}`, 1, 1, nil, false},
		{"no frame", `[` + one + `,` + two + `]`, 2, 0, nil, false},
		{"cut between rows", `{"targets":[` + one + `,`, 1, 0, skips{Truncated: 1}, false},
		{"cut in a row", `{"targets":[` + one + `,` + two[:20], 1, 0, skips{Truncated: 1}, false},
		{"cut before the first row", `{"targets":[`, 0, 0, skips{Truncated: 1}, false},
		{"cut in a header", `{"targets":[` + one + `,{"target_id":"3","host":"c.example.org","headers":[{"name":"a","value":"b"},{"na`, 1, 0, skips{Truncated: 1}, false},
		{"brace lost", `{"targets":[` + strings.TrimSuffix(one, "}") + `,` + two + `],"randoms":[` + rnd + `]}`, 1, 1, skips{Damaged: 1}, false},
		{"last brace lost", `{"targets":[` + one + `,` + strings.TrimSuffix(two, "}") + `],"randoms":[` + rnd + `]}`, 1, 1, skips{Damaged: 1}, false},
		{"quote lost", `{"targets":[{"target_id":"1,"host":"a.example.org"},` + two + `]}`, 1, 0, skips{Damaged: 1}, false},
		{"comma lost", `{"targets":[` + one + two + `]}`, 2, 0, nil, false},
		{"not orders", `{"targets":[null,` + one + `,7,"x",{},` + two + `,true],"randoms":[null]}`, 2, 0, skips{NotOrder: 6}, false},
		{"no host", `{"targets":[{"target_id":"1"},{"target_id":"1","host":null},` + one + `]}`, 1, 0, skips{NoHost: 2}, false},
		{"bad host", `{"targets":[{"host":"localhost"},{"host":"a b"},{"host":"-"},` + one + `]}`, 1, 0, skips{BadHost: 3}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := mustParse(t, tt.in)
			if len(got.Entries) != tt.entries || len(got.Randoms) != tt.randoms || got.Empty != tt.empty {
				t.Errorf("got %d entries, %d randoms, empty %t, want %d, %d, %t",
					len(got.Entries), len(got.Randoms), got.Empty, tt.entries, tt.randoms, tt.empty)
			}
			if diff := cmp.Diff(tt.skipped, got.Skipped, compare); diff != "" {
				t.Errorf("skipped (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseEveryCut(t *testing.T) {
	whole := strings.TrimSpace(sample(t))
	for n := strings.Index(whole, `"targets"`) + len(`"targets"`); n < len(whole)-1; n++ {
		got := mustParse(t, whole[:n])
		if got.SkippedTotal() > 1 {
			t.Errorf("cut at %d: got skipped %v, want one at most", n, got.Skipped)
		}
		if want := strings.Count(whole[:n], `"headers": null}`) + strings.Count(whole[:n], `}]}`); len(got.Entries) < min(want, 4) {
			t.Errorf("cut at %d: got %d entries, want %d", n, len(got.Entries), want)
		}
	}
}

func TestParseLimits(t *testing.T) {
	list := `{"targets":[{"host":"a.example.org","path":"` + strings.Repeat("x", 500) + `"},{"host":"a.example.org"},{"host":"b.example.org"},{"host":"c.example.org"}]}`
	got, err := Parse(strings.NewReader(list), Limits{RowBytes: 400, Rows: 2})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[Reason]int{TooLarge: 1, TooMany: 1}, got.Skipped); diff != "" || len(got.Entries) != 2 {
		t.Errorf("got %d entries, want 2; skipped (-want +got):\n%s", len(got.Entries), diff)
	}
	if _, err := Parse(strings.NewReader(list), Limits{Bytes: 100}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got error %v, want %v", err, ErrTooLarge)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{"", "null", "{}", "[]", "<html>{}</html>", "\x00\x01"} {
		if _, err := Parse(strings.NewReader(in), Limits{}); !errors.Is(err, ErrNotList) {
			t.Errorf("%q: got error %v, want %v", in, err, ErrNotList)
		}
	}
	broken := errors.New("broken")
	if _, err := Parse(iotest.ErrReader(broken), Limits{}); !errors.Is(err, broken) {
		t.Errorf("got error %v, want %v", err, broken)
	}
}

// Lists made to be slow cost no more than a fixed number of passes.
func TestParseHostileIsLinear(t *testing.T) {
	const n = 100_000
	for _, in := range []string{
		strings.Repeat(`{"id":`, n),
		strings.Repeat(`{"host":`, n) + strings.Repeat(`}`, n),
		strings.Repeat(`{"id":"`, n),
		strings.Repeat(`{"target_id":`, n),
		strings.Repeat(`{"id" `, n) + strings.Repeat(`}`, n),
		`"targets"` + strings.Repeat(`{`, n),
	} {
		s := newScanner([]byte(in), 1<<20)
		s.row = func(kind, []byte) bool { return false }
		s.skipped = func(Reason, int) {}
		s.run()
		if floor := -2 * len(in); s.budget < floor {
			t.Errorf("%.20q...: got a budget of %d bytes overspent to %d, want at most one search beyond", in, 5*len(in), s.budget)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample(f)))
	f.Add([]byte(`{"targets":null,"randoms":[{"name":"w","min":"3"}]}`))
	f.Add([]byte(`{"targets":[{"target_id":1,"host":"a.example.org/b.example.org","body":"x","headers":{"a":1}},7,{"host":`))
	f.Add([]byte(`{"targets":[{"host":"é.example.org:80","port":"1e9"}{"path":"}{"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := Parse(strings.NewReader(string(data)), Limits{Bytes: 1 << 20, RowBytes: 1 << 12, Rows: 100})
		if err != nil {
			return
		}
		if list.Empty && (len(list.Entries) > 0 || list.SkippedTotal() > 0) {
			t.Errorf("empty with %d entries and %d skipped", len(list.Entries), list.SkippedTotal())
		}
		for why, n := range list.Skipped {
			if why >= reasons || n <= 0 {
				t.Errorf("got %d skipped for %v", n, why)
			}
		}
		for _, e := range list.Entries {
			checkEntry(t, e)
		}
	})
}

func checkEntry(t *testing.T, e Entry) {
	t.Helper()
	if len(e.Hosts) == 0 || len(e.Hosts) > maxHosts || len(e.Headers) > MaxHeaders || e.Port < 0 || e.Port > 65535 || e.Type >= types {
		t.Errorf("entry out of bounds: %+v", e)
	}
	for _, h := range e.Hosts {
		if again, ok := NormalHost(h); !ok || again != h {
			t.Errorf("host %q became %q, %t, want itself", h, again, ok)
		}
	}
}

func TestNames(t *testing.T) {
	got := fmt.Sprint(Types(), Reasons(), types, reasons)
	want := "[other http http2 http3 tcp udp nginx_loris] [not_order damaged truncated no_host bad_host too_large too_many] unknown unknown"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
