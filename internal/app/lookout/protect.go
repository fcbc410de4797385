package lookout

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"slices"

	"github.com/seawall-project/seawall/internal/store"
)

// Protected is a site that a Seawall on this machine stands in front of.
type Protected struct {
	Host string
	TLS  bool           // readers come over TLS
	At   netip.AddrPort // where its listener is, as this machine reaches it
}

// url is where readers find the site, and port where they come for it.
func (p *Protected) url() (home string, port uint16) {
	if p.TLS {
		return "https://" + p.Host + "/", 443
	}
	return "http://" + p.Host + "/", 80
}

// watchInside has the lookout watch the protected sites from inside: it asks the listener as readers do, by the site's name, but without leaving the
// machine. So it can tell whether the program answers when the line does not, and it has no vote on whether readers reach the site. A site that is
// watched already stays as it is there; one that readers find in another way than the listener has it is asked as any other, over the line.
func (o *Setup) watchInside(ctx context.Context, db store.Store) error {
	if len(o.Protected) == 0 {
		return nil
	}
	listed, names, err := o.listedURLs(ctx, db)
	if err != nil {
		return err
	}
	o.Probe.Addresses, o.Vantage.Inside = maps.Clone(o.Probe.Addresses), slices.Clone(o.Vantage.Inside)
	if o.Probe.Addresses == nil {
		o.Probe.Addresses = make(map[string][]netip.Addr)
	}
	ways := make(map[netip.AddrPort]netip.AddrPort)
	for _, p := range o.Protected {
		home, port := p.url()
		o.Vantage.Inside = append(o.Vantage.Inside, p.Host)
		switch at, watched := listed[p.Host]; {
		case !watched:
			o.Sites = append(slices.Clip(o.Sites), Spec{URL: home, Name: freeName(p.Host, names), Country: o.Vantage.Country})
		case at != home:
			continue
		}
		o.Probe.Addresses[p.Host] = []netip.Addr{p.At.Addr()}
		o.Probe.AllowHosts = append(slices.Clip(o.Probe.AllowHosts), p.Host)
		if p.At.Port() != port {
			ways[netip.AddrPortFrom(p.At.Addr(), port)] = p.At
		}
	}
	if len(ways) > 0 {
		o.Probe.Connect = through(ways, o.Probe.Connect)
	}
	return nil
}

// freeName returns a name for a protected site that nobody gave to another.
func freeName(host string, taken map[string]bool) string {
	if taken[host] {
		return host + " (inside)"
	}
	return host
}

// listedURLs returns the home pages of hosts that the configuration names or somebody added by the command line, and the names of these sites and of
// those that are no longer watched.
func (o *Setup) listedURLs(ctx context.Context, db store.Store) (urls map[string]string, names map[string]bool, err error) {
	have, err := db.Sites(ctx)
	if err != nil {
		return nil, nil, err
	}
	urls, names = make(map[string]string), make(map[string]bool)
	for _, s := range have {
		names[s.Name] = true
		if s.Removed.IsZero() && s.Source == store.SourceCLI {
			urls[s.Host] = s.URL
		}
	}
	desk := Desk{Now: o.Now, Allowed: func(string) bool { return true }} // what is not asked is refused later
	for _, spec := range o.Sites {
		if s, no := desk.siteOf(spec); no.why == "" {
			urls[s.Host], names[s.Name] = s.URL, true
		}
	}
	return urls, names, nil
}

// through returns what connects to the listeners behind the ports at which readers find them.
func through(ways map[netip.AddrPort]netip.AddrPort, connect connectFunc) connectFunc {
	if connect == nil {
		var d net.Dialer
		connect = func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
			return d.DialContext(ctx, network, addr.String())
		}
	}
	return func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
		if at, ok := ways[addr]; ok {
			addr = at
		}
		return connect(ctx, network, addr)
	}
}

type connectFunc = func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)
