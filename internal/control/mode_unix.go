//go:build unix

package control

import "syscall"

// keepToOwner gives a socket its mode before it has a name, where the system makes the name with that mode (Linux does, within umask): so
// there is no moment in which others could open it. What it cannot do, Listen does right after.
func keepToOwner(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), mode) })
}
