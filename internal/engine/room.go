package engine

import (
	"math"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

const (
	// connBytes is what a connection takes of memory, rounded up: an idle one of TLS was measured at 42 KiB (docs/benchmarks.md).
	connBytes = 64 << 10
	// memoryShare is the part of memory that connections may take, as a divisor.
	memoryShare = 4
	// filesKept are left to connections to origins, of which a site has at most some 512 and what lasts as many, and to all else; where
	// there are few files, half of them.
	filesKept = 4096
	// minConns are had in any case.
	minConns = 64
)

// Room returns how many connections this process has room for, by its limit on file descriptors and by the memory that its cgroup, or
// else the machine, has. It is at least 64, and 8192 where nothing can be found out.
func Room() int {
	memory, err := memlimit.FromCgroup()
	if err != nil || memory == 0 {
		memory, err = memlimit.FromSystem()
	}
	if err != nil {
		memory = 0
	}
	return room(memory, openFiles())
}

// room is Room for given limits, of which 0 is unknown.
func room(memory, files uint64) int {
	n := uint64(math.MaxInt32)
	if memory > 0 {
		n = min(n, memory/memoryShare/connBytes)
	}
	if files > 0 {
		n = min(n, files-min(files/2, filesKept))
	}
	if memory == 0 && files == 0 {
		n = 8192
	}
	return int(max(n, minConns)) //nolint:gosec // G115: at most math.MaxInt32
}
