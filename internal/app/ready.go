package app

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/engine"
	"github.com/seawall-project/seawall/internal/ready"
)

// Finding is one thing that [Ready] looked at.
type Finding = ready.Finding

// Ready looks at what cfg does not say by itself, see package ready: certificates, DNS, origins, the machine. Offline asks nobody beyond this
// machine.
func Ready(ctx context.Context, cfg *config.Config, offline bool) []Finding {
	o := ready.Options{Offline: offline, Conns: engine.Room(), Sites: readySites(cfg)}
	return append(append(ready.Check(ctx, o), staleAlways(cfg)...), watching(cfg)...)
}

// CertificatesUntil says whether the certificates of cfg hold until a day.
func CertificatesUntil(ctx context.Context, cfg *config.Config, until time.Time) []Finding {
	return ready.Certificates(ctx, ready.Options{Until: until, Sites: readySites(cfg)})
}

func readySites(cfg *config.Config) (all []ready.Site) {
	for _, s := range cfg.Sites {
		site := ready.Site{Names: append([]string{s.Name}, s.Aliases...), Origins: s.Origins, Cert: s.Cert, Internal: s.TLS == config.TLSInternal}
		if s.TLS == config.TLSACME {
			site.Here = here(cfg.Listen[0])
		}
		all = append(all, site)
	}
	return all
}

// watching says what a running Seawall will look at.
func watching(cfg *config.Config) []Finding {
	f := Finding{Level: ready.Good, About: "lookout"}
	switch {
	case len(cfg.Sites) == 0:
		return nil
	case cfg.Watch.Off:
		f.Text = "watches nothing (watch: off)"
	case cfg.Watch.Apart:
		f.Text = "is a process of its own (seawall watch run -c), which watches what is under watch.sites"
	case len(cfg.Watch.Sites) == 0:
		f.Text = fmt.Sprintf("watches %d protected site(s) from inside; whether readers reach them is only seen from elsewhere", len(cfg.Sites))
	default:
		f.Text = fmt.Sprintf("watches %d protected site(s) from inside, and the %d under watch.sites", len(cfg.Sites), len(cfg.Watch.Sites))
	}
	return []Finding{f}
}

// staleAlways says of the sites with "stale: always" what that means.
func staleAlways(cfg *config.Config) (all []Finding) {
	for _, s := range cfg.Sites {
		if s.StaleAlways {
			all = append(all, Finding{
				Level: ready.Good, About: s.Name,
				Text: fmt.Sprintf("pages that demand to be confirmed first (no-cache, must-revalidate, s-maxage) are shown up to %v old when the origin fails, against RFC 9111, because of stale: always", s.MaxStale),
			})
		}
	}
	return all
}

// here returns how this machine reaches its own listener.
func here(listen string) string {
	addr, err := netip.ParseAddrPort(listen)
	if err == nil && !addr.Addr().IsUnspecified() {
		return listen
	}
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if n, err := strconv.Atoi(port); err != nil || n == 0 {
		return ""
	}
	return net.JoinHostPort("127.0.0.1", port)
}
