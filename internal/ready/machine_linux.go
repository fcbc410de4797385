package ready

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// machine is this one.
type machine struct{}

// OpenFiles implements [System].
func (machine) OpenFiles() (uint64, bool) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return 0, false
	}
	return r.Cur, true // which the Go runtime has raised as far as it may
}

// Clock implements [System]: adjtimex(2) only reads when nothing is set.
func (machine) Clock() (kept bool, off time.Duration, ok bool) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return false, 0, false
	}
	return state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0, time.Duration(t.Maxerror) * time.Microsecond, true
}

// Uplink implements [System].
func (machine) Uplink() (name string, bitRate int64, ok bool) {
	return uplinkIn("/proc/net/route", "/sys/class/net")
}

// uplinkIn finds the default route's interface in a table of routes, and its speed below a folder of interfaces.
func uplinkIn(routes, interfaces string) (name string, bitRate int64, ok bool) {
	f, err := os.Open(routes)
	if err != nil {
		return "", 0, false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 8 || fields[1] != "00000000" || fields[7] != "00000000" || strings.ContainsRune(fields[0], '/') {
			continue
		}
		text, err := os.ReadFile(filepath.Join(interfaces, fields[0], "speed"))
		if err != nil {
			return "", 0, false
		}
		mbits, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err != nil || mbits <= 0 || mbits > 10_000_000 {
			return "", 0, false
		}
		return fields[0], mbits * 1_000_000, true
	}
	return "", 0, false
}
