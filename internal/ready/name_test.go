package ready

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

// TestLookupAt asks a resolver of the test's own, over UDP and, for what does not fit, over TCP.
func TestLookupAt(t *testing.T) {
	server := resolver(t, map[string][]string{
		"www.example.org.":  {"www.example.org. 60 IN CNAME edge.example.org.", "edge.example.org. 300 IN A 192.0.2.1", "edge.example.org. 300 IN AAAA 2001:db8::1"},
		"old.example.org.":  {"old.example.org. 86400 IN A 192.0.2.2"},
		"long.example.org.": {"long.example.org. 30 IN A 192.0.2.3"},
		"none.example.org.": nil,
	})
	for name, want := range map[string]Answer{
		"www.example.org":  {Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}, TTL: time.Minute},
		"old.example.org":  {Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.2")}, TTL: 24 * time.Hour},
		"long.example.org": {Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.3")}, TTL: 30 * time.Second},
		"none.example.org": {},
	} {
		got, err := lookupAt(t.Context(), server, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if _, err := lookupAt(t.Context(), server, "refused.example.org"); err == nil {
		t.Error("a resolver that refuses: no error")
	}
}

// resolver answers with records until the test ends, and returns its address. It refuses names that it does not have.
func resolver(t *testing.T, records map[string][]string) string {
	t.Helper()
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, question *dns.Msg) {
		reply := new(dns.Msg).SetReply(question)
		q := question.Question[0]
		lines, known := records[q.Name]
		if !known {
			reply.Rcode = dns.RcodeRefused
		}
		for _, line := range lines {
			rr, err := dns.NewRR(line)
			if err != nil {
				t.Error(err)
			}
			if kind := rr.Header().Rrtype; kind == q.Qtype || kind == dns.TypeCNAME {
				reply.Answer = append(reply.Answer, rr)
			}
		}
		if _, udp := w.RemoteAddr().(*net.UDPAddr); udp && q.Name == "long.example.org." {
			reply.Answer, reply.Truncated = nil, true
		}
		_ = w.WriteMsg(reply)
	})
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	packets, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", ln.Addr().String())
	if err != nil {
		_ = ln.Close()
		t.Fatal(err)
	}
	for _, s := range []*dns.Server{{Listener: ln, Handler: handler}, {PacketConn: packets, Handler: handler}} {
		started, ended := make(chan struct{}), make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go func() {
			defer close(ended)
			_ = s.ActivateAndServe()
		}()
		<-started
		t.Cleanup(func() {
			_ = s.Shutdown()
			<-ended
		})
	}
	return ln.Addr().String()
}
