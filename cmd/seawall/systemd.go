package main

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
)

// inherited are listeners that a service manager opened for us (sd_listen_fds(3)), so that no port needs a right of ours, and readers who
// come during a restart wait in place of being refused.
type inherited struct {
	all     []net.Listener
	packets []net.PacketConn
}

// inherit takes over what was handed to this process. It is called once, early: the environment that says so is cleared.
func inherit() *inherited {
	h := &inherited{}
	for _, f := range activation.Files(true) {
		if ln, err := net.FileListener(f); err == nil {
			h.all = append(h.all, ln)
		} else if pc, err := net.FilePacketConn(f); err == nil {
			h.packets = append(h.packets, pc)
		}
		_ = f.Close() // both have a copy of their own
	}
	return h
}

// listen returns the listener handed over for address, else opens one. Each is handed out once. It is used by one goroutine at a time.
func (h *inherited) listen(ctx context.Context, network, address string) (net.Listener, error) {
	for i, ln := range h.all {
		if isFor(ln.Addr(), address) {
			h.all = append(h.all[:i:i], h.all[i+1:]...)
			return ln, nil
		}
	}
	return (&net.ListenConfig{}).Listen(ctx, network, address)
}

// listenPacket is listen for UDP.
func (h *inherited) listenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	for i, pc := range h.packets {
		if isFor(pc.LocalAddr(), address) {
			h.packets = append(h.packets[:i:i], h.packets[i+1:]...)
			return pc, nil
		}
	}
	return (&net.ListenConfig{}).ListenPacket(ctx, network, address)
}

// isFor reports whether a listener at addr is what a configuration calls by address, whose host is an IP address or nothing.
func isFor(addr net.Addr, address string) bool {
	var got netip.AddrPort
	switch a := addr.(type) {
	case *net.TCPAddr:
		got = a.AddrPort()
	case *net.UDPAddr:
		got = a.AddrPort()
	default:
		return false
	}
	if port, anywhere := strings.CutPrefix(address, ":"); anywhere {
		address = "[::]:" + port
	}
	want, err := netip.ParseAddrPort(address)
	if err != nil || got.Port() != want.Port() {
		return false
	}
	a, b := got.Addr().Unmap(), want.Addr().Unmap()
	return a == b || a.IsUnspecified() && b.IsUnspecified()
}

// warn says which listeners nobody asked for, since whoever comes there waits for nothing, and closes them.
func (h *inherited) warn(log *slog.Logger) {
	for _, ln := range h.all {
		log.Warn("a socket was handed over that the configuration does not name", slog.String("address", ln.Addr().String()))
		_ = ln.Close()
	}
	for _, pc := range h.packets {
		log.Warn("a socket was handed over that the configuration does not name", slog.String("address", pc.LocalAddr().String()))
		_ = pc.Close()
	}
	h.all, h.packets = nil, nil
}

// notify tells the service manager, if there is one that wants to know, how it stands (sd_notify(3)).
func notify(log *slog.Logger) func(state string) {
	return func(state string) {
		if _, err := daemon.SdNotify(false, state); err != nil {
			log.Warn("the service manager cannot be told", slog.Any("error", err))
		}
	}
}

// watchdog returns how often the service manager wants to hear from us, 0 for never.
func watchdog(log *slog.Logger) time.Duration {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("the service manager's watchdog cannot be understood", slog.Any("error", err))
		return 0
	}
	return every
}
