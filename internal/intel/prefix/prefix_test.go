package prefix

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/seawall-project/seawall/internal/testkit/require"
)

var now = time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)

func mustList(t testing.TB, in string, l Limits) *List {
	t.Helper()
	list, err := Parse(strings.NewReader(in), Origin{Source: "test"}, now, l)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestParse(t *testing.T) {
	in := "\ufeffip_address,first_seen_utc,last_seen_utc,counter,as_number,as_name,geolocation\n" +
		"192.0.2.7,2025-11-17 06:17:37,2025-11-17 10:44:28,20707,64496,EXAMPLE-NET,dk\n" +
		"192.0.2.7,,,,,,\n" +
		"2001:db8::9,2999-01-01 00:00:00,,x,AS64497,,Denmark\n" +
		"10.1.2.3,,,,,,\nnonsense,,,,,,\n"
	got := mustList(t, in, Limits{})
	want := &List{
		Origin: Origin{Source: "test", Made: now}, Until: now.Add(48 * time.Hour),
		Rows: []Row{
			{
				Prefix: netip.MustParsePrefix("192.0.2.7/32"), AS: 64496, ASName: "EXAMPLE-NET", Country: "DK", Count: 20707,
				First: time.Date(2025, 11, 17, 6, 17, 37, 0, time.UTC), Last: time.Date(2025, 11, 17, 10, 44, 28, 0, time.UTC),
			},
			{Prefix: netip.MustParsePrefix("2001:db8::9/128"), AS: 64497},
		},
		Skipped: map[Reason]int{Duplicate: 1, Future: 1, BadValue: 2, Special: 1, NotPrefix: 1},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

func TestWhatIsNeverKept(t *testing.T) {
	l := Limits{Own: []netip.Prefix{netip.MustParsePrefix("198.51.100.128/25")}}
	for in, want := range map[string]Reason{
		"0.0.0.0/0": Special, "10.0.0.0/8": Special, "192.168.1.1": Special, "127.0.0.1": Special, "::1": Special, "fe80::/64": Special, "::ffff:10.0.0.1": Special,
		"100.64.3.0/24": Special, "224.0.0.1": Special, "198.51.100.0/24": Own, "198.51.100.200": Own, "203.0.0.0/15": TooWide, "2001:d00::/31": TooWide,
	} {
		list := mustList(t, in, l)
		if len(list.Rows) != 0 || list.Skipped[want] != 1 {
			t.Errorf("%s: %v, %v; want %s", in, list.Rows, list.Skipped, want)
		}
	}
}

func TestPlainLists(t *testing.T) {
	list := mustList(t, "# merged\n\n192.0.2.0/25\n192.0.2.128/25\n198.51.100.4\n192.0.2.9/24\n", Limits{})
	if list.Skipped[Duplicate] != 0 || len(list.Rows) != 4 {
		t.Errorf("%v, %v", list.Rows, list.Skipped)
	}
	want := mustParse("192.0.2.0/24", "198.51.100.4/32")
	if got := list.Merged(now); !slices.Equal(got, want) {
		t.Errorf("merged %v, want %v", got, want)
	}
	if got := list.Merged(list.Until); got != nil {
		t.Errorf("when it has no meaning any more: %v", got)
	}
}

func TestLimits(t *testing.T) {
	if _, err := Parse(strings.NewReader("192.0.2.1\n192.0.2.2\n"), Origin{}, now, Limits{Bytes: 15}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("bytes: %v", err)
	}
	if _, err := Parse(strings.NewReader(`{"targets":[]}`), Origin{}, now, Limits{}); !errors.Is(err, ErrNotPrefixes) {
		t.Errorf("something else: %v", err)
	}
	if list := mustList(t, "192.0.2.1\n192.0.2.2\n", Limits{Rows: 1}); len(list.Rows) != 1 || list.Skipped[TooMany] != 1 {
		t.Errorf("rows: %v", list)
	}
}

func TestPublishedLists(t *testing.T) {
	dir := filepath.Join(require.Data(t), "bots")
	for name, rows := range map[string]int{"20240117-attacking-addresses.csv": 948, "20250120-attacking-prefixes.csv": 301} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		list := mustList(t, string(data), Limits{})
		if len(list.Rows) != rows || len(list.Skipped) != 0 {
			t.Errorf("%s: %d rows, skipped %v", name, len(list.Rows), list.Skipped)
		}
		for _, r := range list.Rows {
			if r.AS == 0 || r.Country == "" || strings.Contains(name, "addresses") && (r.First.IsZero() || r.Count == 0) {
				t.Fatalf("%s: a row lacks something", name)
			}
		}
	}
}

// The merged networks hold what the list holds and nothing else, and no two of them are one.
func TestMergeKeepsAddresses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []netip.Prefix
		for range rapid.IntRange(0, 20).Draw(t, "n") {
			addr := netip.AddrFrom4([4]byte{192, 0, 2, byte(rapid.IntRange(0, 255).Draw(t, "addr"))})
			all = append(all, netip.PrefixFrom(addr, rapid.IntRange(24, 32).Draw(t, "bits")).Masked())
		}
		got := merge(all)
		holds := func(in []netip.Prefix, a netip.Addr) bool {
			return slices.ContainsFunc(in, func(p netip.Prefix) bool { return p.Contains(a) })
		}
		for i := range 256 {
			a := netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})
			if holds(all, a) != holds(got, a) {
				t.Fatalf("%s: %v became %v", a, all, got)
			}
		}
		if again := merge(got); !slices.Equal(again, got) {
			t.Fatalf("%v could be %v", got, again)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("cidr,as_number,as_name,geolocation\n192.0.2.0/24,AS64496,EXAMPLE,DK\n")
	f.Add("192.0.2.1\n\"\n2001:db8::/32\n")
	f.Add("a,\"b\nc")
	f.Fuzz(func(t *testing.T, in string) {
		list, err := Parse(strings.NewReader(in), Origin{}, now, Limits{Bytes: 1 << 16})
		if err != nil {
			return
		}
		for _, p := range list.Merged(now) {
			if slices.ContainsFunc(special, p.Overlaps) {
				t.Fatalf("%v was kept", p)
			}
		}
	})
}
