package app

import (
	"crypto/x509"
	"net"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seawall-project/seawall/internal/config"
)

// InForce returns the configuration that requests begin under now.
func (a *App) InForce() *config.Config { return a.graph().config }

// Here returns the address at which a program on this machine reaches readers' first listener; false when there is none that it could.
func (a *App) Here() (netip.AddrPort, bool) {
	all := a.Addrs()
	if len(all) == 0 {
		return netip.AddrPort{}, false
	}
	tcp, ok := all[0].(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	at := tcp.AddrPort()
	if at.Addr().IsUnspecified() {
		at = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), at.Port())
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), true
}

// TrustedHere returns who signs the certificates that a program on this machine may trust, see [cert.Keeper.TrustedHere].
func (a *App) TrustedHere() *x509.CertPool { return a.certs.TrustedHere() }

// Collect adds metrics of whoever works beside the App in its process to those that it serves.
func (a *App) Collect(c prometheus.Collector) error { return a.registry.Register(c) }
