package probe

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// What connecting may fail with, by what it says.
var (
	errnoRefused     = []syscall.Errno{windows.WSAECONNREFUSED}
	errnoReset       = []syscall.Errno{windows.WSAECONNRESET, windows.WSAECONNABORTED}
	errnoTimeout     = []syscall.Errno{windows.WSAETIMEDOUT}
	errnoUnreachable = []syscall.Errno{windows.WSAEHOSTUNREACH, windows.WSAENETUNREACH, windows.WSAEHOSTDOWN}
	// errnoLocal is about this machine: its limits, its firewall, its interfaces.
	errnoLocal = []syscall.Errno{
		windows.WSAEMFILE, windows.WSAENOBUFS, windows.WSAEADDRNOTAVAIL, windows.WSAEADDRINUSE, windows.WSAEAFNOSUPPORT, windows.WSAEACCES,
		windows.WSAENETDOWN, windows.WSAEINVAL,
	}
)
