package probe

import (
	"net/netip"
	"testing"

	"github.com/miekg/dns"
)

// TestResolves: resolvers fail when none of them finds any of several names, whatever else can be reached; of a name alone, when none answers at all.
// Where there is no name to ask for, they do not fail.
func TestResolves(t *testing.T) {
	one, two := Target{URL: "https://www.example.org/"}, Target{URL: "https://other.example.org/"}
	for _, tt := range []struct {
		name    string
		say     []word // of www.example.org, by resolver; of the other name they say the same, or that there is none
		targets []Target
		want    bool
	}{
		{"found", []word{exists}, []Target{one, two}, true},
		{"found by the second", []word{servfail, exists}, []Target{one, two}, true},
		{"not found", []word{servfail, nxdomain}, []Target{one, two}, false},
		{"silence", []word{silence}, []Target{one, two}, false},
		{"nobody there", []word{closed}, []Target{one, two}, false},
		{"a lone name has gone", []word{servfail}, []Target{one}, true},
		{"a lone name, nobody there", []word{closed}, []Target{one}, false},
		{"the same name twice is one", []word{servfail}, []Target{one, one}, true},
		{"addresses", []word{closed}, []Target{{URL: "https://192.0.2.1/"}, {URL: "https://[2001:db8::1]/"}}, true},
		{"a name of this machine", []word{closed}, []Target{{URL: "http://localhost/"}}, true},
		{"nothing", []word{closed}, nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBed(t)
			var resolvers []netip.AddrPort
			for _, s := range tt.say {
				f := newDNS(t)
				teach(f, s)
				if s == servfail {
					f.code("other.example.org", dns.RcodeServerFailure)
				}
				at := f.at
				if s == closed {
					at = netip.MustParseAddrPort("127.0.0.1:" + closedPort(b))
				}
				resolvers = append(resolvers, at)
			}
			p := b.prober(func(o *Options) { o.Limits, o.Resolvers = short, resolvers })
			if got := p.Resolves(t.Context(), tt.targets...); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
