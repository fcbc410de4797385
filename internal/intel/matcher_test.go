package intel

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/net/idna"

	"github.com/seawall-project/seawall"
)

// TestMatcherFindsAll: whatever site a listing concerns, the matcher finds it among others.
func TestMatcherFindsAll(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sites, mates := manySites(r, 300)
	m := NewMatcher(sites, mates)
	whys := make(map[string]int)
	for range 2000 {
		l := Listed{Listing: &seawall.Listing{Host: variant(r, sites[r.IntN(len(sites))].Host)}}
		if r.IntN(3) == 0 {
			l.Addresses = []netip.Addr{someAddr(r)}
		}
		if r.IntN(20) == 0 {
			l.Provider = fmt.Sprintf("AS%d", 64496+r.IntN(8))
		}
		var want []string
		for i := range sites {
			if grade, why := sites[i].concerns(&l, mates); grade != "" {
				want = append(want, fmt.Sprint(sites[i].Site, grade, why))
				whys[why]++
			}
		}
		var got []string
		for _, w := range m.Match(l) {
			got = append(got, fmt.Sprint(w.Site, w.Grade, w.Why))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s: found %v, want %v", l.Listing.Host, got, want)
		}
	}
	for _, why := range []string{"host", "alias", "domain", "address", "provider", "look_alike", "batch"} {
		if whys[why] < 10 {
			t.Errorf("%s was tried %d times", why, whys[why])
		}
	}
}

// manySites returns n sites, of which some share domains, addresses and providers, and their mates.
func manySites(r *rand.Rand, n int) ([]Watched, Mates) {
	sites, mates := make([]Watched, n), make(Mates)
	for i := range sites {
		host := fmt.Sprintf("%spary%04d.example", [...]string{"", "www.", "mail."}[r.IntN(3)], i)
		sites[i] = Watched{
			Site: fmt.Sprint(i), Host: host, Aliases: []string{fmt.Sprintf("kommune%04d.example.net", i)},
			Addresses: []netip.Addr{someAddr(r)}, Provider: fmt.Sprintf("AS%d", 64496+r.IntN(8)),
		}
		mates[host] = map[string]bool{fmt.Sprintf("mate%d.example.org", r.IntN(9)): true}
	}
	return sites, mates
}

func someAddr(r *rand.Rand) netip.Addr {
	return netip.AddrFrom4([4]byte{192, 0, 2, byte(r.IntN(200))})
}

// variant returns a name that has to do with host in one of many ways, or in none.
func variant(r *rand.Rand, host string) string {
	at := r.IntN(len(host) - len(".example"))
	switch r.IntN(9) {
	case 0:
		return host
	case 1:
		return host[:at] + host[at+1:]
	case 2:
		return host[:at] + "z" + host[at:]
	case 3:
		return host[:at] + "z" + host[at+1:]
	case 4:
		return "sub." + host
	case 5:
		name, _ := idna.Punycode.ToASCII(host[:at] + "а" + host[at+1:]) // a Cyrillic letter
		return name
	case 6:
		return fmt.Sprintf("mate%d.example.org", r.IntN(9))
	case 7:
		return fmt.Sprintf("kommune%04d.example.net", r.IntN(400))
	default:
		return "other.example.com"
	}
}

// BenchmarkMatch is a listing, of a host that is like none, against 10,000 sites.
func BenchmarkMatch(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	sites, mates := manySites(r, 10_000)
	l := Listed{Listing: &seawall.Listing{Host: "www.elsewhere.example.com"}}
	b.Run("matcher", func(b *testing.B) {
		m := NewMatcher(sites, mates)
		for b.Loop() {
			m.Match(l)
		}
	})
	b.Run("one_by_one", func(b *testing.B) {
		for b.Loop() {
			for i := range sites {
				sites[i].concerns(&l, mates)
			}
		}
	})
	b.Run("new_matcher", func(b *testing.B) {
		for b.Loop() {
			NewMatcher(sites, mates)
		}
	})
}
