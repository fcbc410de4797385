package probe

import (
	"errors"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"
)

// word is what a resolver says about www.example.org.
type word int

const (
	exists word = iota
	nxdomain
	servfail
	refused
	nothing
	silence
	closed
)

// teach makes a name server say something about www.example.org.
func teach(f *fakeDNS, s word) {
	const name = "www.example.org"
	switch s {
	case exists:
		f.addr(name, "127.0.0.1")
	case nxdomain:
		f.code(name, dns.RcodeNameError)
	case servfail:
		f.code(name, dns.RcodeServerFailure)
	case refused:
		f.code(name, dns.RcodeRefused)
	case nothing:
		f.addr(name)
	case silence:
		f.silent(name)
	}
}

// TestResolversAgree holds that a down-class of DNS needs two resolvers, or the name's own server.
func TestResolversAgree(t *testing.T) {
	const none = word(-1)
	for _, tt := range []struct {
		name      string
		resolvers []word
		own       word // the name's own server
		want      Class
	}{
		{"one is enough to find it", []word{nxdomain, exists}, none, OK},
		{"one is enough to find it, after silence", []word{silence, exists}, none, OK},
		{"two say the same", []word{nxdomain, nxdomain}, none, DNSNXDomain},
		{"two of three say the same", []word{servfail, nxdomain, nxdomain}, none, DNSNXDomain},
		{"two say different things", []word{nxdomain, refused}, none, Unknown},
		{"its own server decides", []word{nxdomain, refused}, nxdomain, DNSNXDomain},
		{"its own server decides the other way", []word{refused, nothing}, exists, OK},
		{"its own server against a lone resolver", []word{nxdomain}, exists, OK},
		{"its own server and a lone resolver", []word{nothing}, nothing, DNSNoAnswer},
		{"two against its own server", []word{servfail, servfail}, exists, DNSServFail},
		{"its own server does not answer", []word{servfail, silence}, silence, DNSServFail},
		{"its own server fails", []word{silence, nxdomain}, servfail, DNSServFail},
		{"a lone resolver, without its own server", []word{refused}, none, DNSRefused},
		{"a dead resolver has no vote", []word{closed, nothing}, none, DNSNoAnswer},
		{"a dead resolver and one that finds it", []word{closed, exists}, none, OK},
		{"dead resolvers", []word{closed, closed}, none, MeasurementFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBed(t)
			own := newDNS(t)
			var resolvers []netip.AddrPort
			for _, s := range tt.resolvers {
				f := newDNS(t)
				teach(f, s)
				if tt.own != none {
					f.set("example.org", func(m *dns.Msg, q dns.Question) bool {
						if q.Qtype == dns.TypeNS {
							m.Answer = append(m.Answer, rr("example.org. 60 IN NS ns1.example.org."))
						}
						return true
					})
					f.addr("ns1.example.org", "127.0.0.1")
				}
				at := f.at
				if s == closed {
					at = netip.MustParseAddrPort("127.0.0.1:" + closedPort(b))
				}
				resolvers = append(resolvers, at)
			}
			if tt.own != none {
				teach(own, tt.own)
				own.authoritative.Store(true)
			}
			p := b.prober(func(o *Options) { o.Limits, o.Resolvers = short, resolvers })
			p.names.port = own.at.Port()
			r := p.Probe(t.Context(), Target{URL: "dns://www.example.org"})
			if r.Class != tt.want {
				t.Errorf("got %v, want %v: %s", r.Class, tt.want, r.Evidence.Error)
			}
		})
	}
}

// TestReferrals holds that the way to a name's own server goes down from zone to zone, where the resolvers know none nearer.
func TestReferrals(t *testing.T) {
	b := newBed(t)
	teach(b.dns, servfail)
	b.dns.set("org", func(m *dns.Msg, q dns.Question) bool {
		if q.Qtype == dns.TypeNS {
			m.Answer = append(m.Answer, rr("org. 60 IN NS ns1.example.org."))
			m.Extra = append(m.Extra, rr("ns1.example.org. 60 IN A 127.0.0.1"))
		}
		return true
	})
	own := newDNS(t)
	var asked atomic.Int32
	own.set("www.example.org", func(m *dns.Msg, q dns.Question) bool {
		if asked.Add(1) == 1 { // as the server of org.
			m.Ns = append(m.Ns, rr("example.org. 60 IN NS ns1.example.org."))
			m.Extra = append(m.Extra, rr("ns1.example.org. 60 IN A 127.0.0.1"))
			return true
		}
		m.Authoritative = true
		if q.Qtype == dns.TypeA {
			m.Answer = append(m.Answer, rr("www.example.org. 60 IN A 127.0.0.1"))
		}
		return true
	})
	p := b.prober(shorten)
	p.names.port = own.at.Port()
	if r := p.Probe(t.Context(), Target{URL: "dns://www.example.org"}); r.Class != OK {
		t.Errorf("got %v: %s", r.Class, r.Evidence.Error)
	}
}

// TestNameServersAreJudged holds that a zone cannot send the lookout to a private address by naming a server there.
func TestNameServersAreJudged(t *testing.T) {
	b := newBed(t)
	inner := newDNS(t)
	inner.set("www.example.org", func(*dns.Msg, dns.Question) bool {
		t.Error("the inner server is asked")
		return true
	})
	b.dns.set("example.org", func(m *dns.Msg, _ dns.Question) bool {
		m.Answer = append(m.Answer, rr("example.org. 60 IN NS inside.example.org."))
		return true
	})
	b.dns.addr("inside.example.org", "127.0.0.1")
	p := b.prober(shorten)
	p.names.port = inner.at.Port()
	if r := p.Probe(t.Context(), Target{URL: "dns://www.example.org"}); r.Class != DNSNXDomain {
		t.Errorf("got %v: %s", r.Class, r.Evidence.Error)
	}
	if _, names := p.Counts(); names.Refused == 0 {
		t.Error("nothing was refused")
	}
}

// TestLongAnswers holds that what does not fit into a datagram is asked for over TCP, and that only so much of it is kept.
func TestLongAnswers(t *testing.T) {
	b := newBed(t)
	b.dns.set("www.example.org", func(m *dns.Msg, q dns.Question) bool {
		if q.Qtype == dns.TypeA {
			for range 200 {
				m.Answer = append(m.Answer, rr("www.example.org. 60 IN A 127.0.0.1"))
			}
		}
		return true
	})
	b.dns.cut.Store(true)
	there, f := b.prober(nil).names.lookup(t.Context(), "www.example.org", IPv4)
	if f != nil || len(there.addrs) != maxAddrs || there.cname != "" {
		t.Errorf("got %d addresses, %+v", len(there.addrs), f)
	}
}

func TestKnownNames(t *testing.T) {
	b := newBed(t)
	p := b.prober(func(o *Options) {
		o.Addresses = map[string][]netip.Addr{"Intranet.Example": {netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}}
	})
	for _, tt := range []struct {
		host   string
		family Family
		want   int
	}{{"intranet.example", FamilyNone, 2}, {"intranet.example", IPv6, 1}, {"localhost", IPv4, 1}, {"a.localhost", FamilyNone, 2}} {
		there, f := p.names.lookup(t.Context(), tt.host, tt.family)
		if f != nil || len(there.addrs) != tt.want {
			t.Errorf("%s: got %v, %+v", tt.host, there, f)
		}
	}
	if _, err := New(Options{Contact: "x", Addresses: map[string][]netip.Addr{"": nil}}); err == nil {
		t.Error("addresses of no name are accepted")
	}
}

// TestOtherNames holds that the result tells the name behind the name, by which common causes are found.
func TestOtherNames(t *testing.T) {
	b := newBed(t)
	url := b.web(page)
	b.dns.set("www.example.org", func(m *dns.Msg, q dns.Question) bool {
		m.Answer = append(m.Answer, rr("www.example.org. 60 IN CNAME a.example.net."), rr("a.example.net. 60 IN CNAME Edge.Example.NET."))
		if q.Qtype == dns.TypeA {
			m.Answer = append(m.Answer, rr("edge.example.net. 60 IN A 127.0.0.1"))
		}
		return true
	})
	r := b.prober(nil).Probe(t.Context(), Target{URL: url})
	if r.Class != OK || r.Evidence.CNAME != "edge.example.net" {
		t.Errorf("got %v and %q: %s", r.Class, r.Evidence.CNAME, r.Evidence.Error)
	}
}

// TestNameServers holds what is told of a domain's name servers, and that one question is asked.
func TestNameServers(t *testing.T) {
	b := newBed(t)
	var asked atomic.Int32
	b.dns.set("example.org", func(m *dns.Msg, q dns.Question) bool {
		asked.Add(1)
		if q.Qtype == dns.TypeNS {
			m.Answer = append(m.Answer, rr("example.org. 60 IN NS B.dns.example."), rr("example.org. 60 IN NS a.dns.example."), rr("example.net. 60 IN NS c.dns.example."))
		}
		return true
	})
	p := b.prober(nil)
	got, err := p.NameServers(t.Context(), "Example.ORG")
	if err != nil || !slices.Equal(got, []string{"a.dns.example", "b.dns.example"}) || asked.Load() != 1 {
		t.Errorf("%q, %v, after %d questions", got, err, asked.Load())
	}
	if got, err := p.NameServers(t.Context(), "nowhere.example"); !errors.Is(err, ErrNoNameServers) {
		t.Errorf("a name that is not there has %q, %v", got, err)
	}
	for _, none := range []string{"192.0.2.1", "localhost"} {
		if got, err := p.NameServers(t.Context(), none); err != nil || got != nil {
			t.Errorf("%s has %q, %v", none, got, err)
		}
	}
	if _, err := p.NameServers(t.Context(), "a b"); err == nil {
		t.Error("a name that is none can be asked for")
	}
}
