package lookout

import (
	"context"
	"io"
	"net"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

// TestInsideIsKept: what this place finds of a site that it protects is kept as seen from inside, and what it finds of others is not.
func TestInsideIsKept(t *testing.T) {
	for _, inside := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := newStageWith(t, func(o *Options) {
				if inside {
					o.Vantage.Inside = []string{"www.example.org"}
				}
			})
			s.add(Spec{URL: home})
			time.Sleep(3 * time.Minute)
			all := s.kept(3 * time.Minute)
			if len(all) < 2 || slices.ContainsFunc(all, func(r store.Result) bool { return r.Inside != inside }) {
				t.Errorf("got %+v, want them kept as inside %v", all, inside)
			}
		})
	}
}

// TestWatchInside: protected sites are asked at their listener, unless they are on the list in another way.
func TestWatchInside(t *testing.T) {
	d := newDesk(t)
	for host, url := range map[string]string{"plain.example.org": "http://plain.example.org/", "listed.example.org": "https://listed.example.org/"} {
		if _, err := d.Store.PutSite(t.Context(), store.Site{Name: host, Host: host, URL: url, Source: store.SourceCLI, Added: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	at := netip.MustParseAddrPort("127.0.0.1:8443")
	o := Setup{Now: time.Now, Sites: []Spec{{URL: "https://other.example.org"}}}
	for _, host := range []string{"www.example.org", "plain.example.org", "listed.example.org"} {
		o.Protected = append(o.Protected, Protected{Host: host, TLS: true, At: at})
	}
	if err := o.watchInside(t.Context(), d.Store); err != nil {
		t.Fatal(err)
	}
	if want := []string{"www.example.org", "plain.example.org", "listed.example.org"}; !slices.Equal(o.Vantage.Inside, want) {
		t.Errorf("inside of %q, want %q", o.Vantage.Inside, want)
	}
	if len(o.Sites) != 2 || o.Sites[1].URL != "https://www.example.org/" {
		t.Errorf("the list is %+v, want what was on no list beside it", o.Sites)
	}
	if want := []string{"www.example.org", "listed.example.org"}; !slices.Equal(o.Probe.AllowHosts, want) || len(o.Probe.Addresses) != 2 {
		t.Errorf("asked here: %q %v, want %q", o.Probe.AllowHosts, o.Probe.Addresses, want)
	}
	if o.Probe.Connect == nil {
		t.Fatal("port 443 is not led to the listener")
	}
	var went []netip.AddrPort
	connect := through(map[netip.AddrPort]netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:443"): at}, func(_ context.Context, _ string, addr netip.AddrPort) (net.Conn, error) {
		went = append(went, addr)
		return nil, io.EOF
	})
	for _, to := range []string{"127.0.0.1:443", "127.0.0.1:80", "192.0.2.1:443"} {
		_, _ = connect(t.Context(), "tcp", netip.MustParseAddrPort(to))
	}
	if len(went) != 3 || went[0] != at || went[1].Port() != 80 || went[2].Port() != 443 {
		t.Errorf("connected to %v", went)
	}
}
