//go:build linux && !race

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/testkit/require"
)

// TestArchiveFitsIntoSmallMachines: the whole public archive is read in, and again, in 150 MB of memory.
func TestArchiveFitsIntoSmallMachines(t *testing.T) {
	archive, state := filepath.Join(require.Data(t), "ddosia", "lists-2023-06--2025-05.tar.xz"), t.TempDir()
	for _, when := range []string{"first", "again"} {
		if peak := peakOf(t, "intel", "import", archive, "--state", state); peak == 0 || peak > 150_000_000 {
			t.Errorf("%s: %d bytes at the peak, want at most 150 MB", when, peak)
		}
	}
}

// peakOf runs a command on one core and returns the most memory that it was seen to take, in bytes.
func peakOf(t *testing.T, args ...string) (peak int) {
	t.Helper()
	cmd := command(t, args...)
	cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			return peak
		case <-look.C:
			peak = max(peak, highWater(cmd.Process.Pid))
		}
	}
}

// highWater returns the most memory that a process took so far, in bytes; 0 when it has ended (proc_pid_status(5)).
func highWater(pid int) (bytes int) {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kB int
	_, _ = fmt.Sscan(after, &kB)
	return kB << 10
}
