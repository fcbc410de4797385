//go:build unix

package probe

import "syscall"

// What connecting may fail with, by what it says.
var (
	errnoRefused     = []syscall.Errno{syscall.ECONNREFUSED}
	errnoReset       = []syscall.Errno{syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE}
	errnoTimeout     = []syscall.Errno{syscall.ETIMEDOUT}
	errnoUnreachable = []syscall.Errno{syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EHOSTDOWN}
	// errnoLocal is about this machine: its limits, its firewall, its interfaces.
	errnoLocal = []syscall.Errno{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EADDRNOTAVAIL, syscall.EADDRINUSE, syscall.EAFNOSUPPORT,
		syscall.EPERM, syscall.EACCES, syscall.ENETDOWN, syscall.EINVAL,
	}
)
