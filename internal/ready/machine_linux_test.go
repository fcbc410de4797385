package ready

import (
	"os"
	"path/filepath"
	"testing"
)

const routeHead = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"

func TestUplinkIn(t *testing.T) {
	const local = "eth1\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
	const world = "eth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
	for name, tt := range map[string]struct {
		routes, speed string
		rate          int64
		ok            bool
	}{
		"a gigabit":      {routeHead + local + world, "1000\n", 1_000_000_000, true},
		"not told":       {routeHead + local + world, "-1\n", 0, false},
		"nonsense":       {routeHead + world, "fast\n", 0, false},
		"out of bounds":  {routeHead + world, "99999999\n", 0, false},
		"no way out":     {routeHead + local, "1000\n", 0, false},
		"a strange name": {routeHead + "../../etc\t00000000\t0\t0\t0\t0\t0\t00000000\n", "1000\n", 0, false},
		"empty":          {"", "1000\n", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "eth0"), 0o700); err != nil {
				t.Fatal(err)
			}
			for file, text := range map[string]string{"routes": tt.routes, "eth0/speed": tt.speed} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, rate, ok := uplinkIn(filepath.Join(dir, "routes"), dir); rate != tt.rate || ok != tt.ok {
				t.Errorf("got %d, %v, want %d, %v", rate, ok, tt.rate, tt.ok)
			}
		})
	}
}

// TestThisMachine only holds that looking does no harm and says something.
func TestThisMachine(t *testing.T) {
	if n, ok := (machine{}).OpenFiles(); !ok || n == 0 {
		t.Errorf("open files: %d, %v", n, ok)
	}
	if _, off, ok := (machine{}).Clock(); ok && off < 0 {
		t.Errorf("the clock is %v off", off)
	}
	if addrs, err := localAddrs(); err != nil || len(addrs) == 0 {
		t.Errorf("addresses: %v, %v", addrs, err)
	}
}
