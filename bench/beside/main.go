// Command beside measures Seawall beside nginx: the same pages from the same origin, in one run, each proxy in turn alone on the first
// processor while the load and the origin share the second. It prints ratios, in Markdown, and needs nginx, h2load and taskset.
//
//	go run ./bench/beside              # throughput, 99th percentile and processor time per request
//	go run ./bench/beside -memory      # what 10,000 idle and 10,000 slow connections take
//
// Everything stays on loopback and ends by itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// options are what the command line says.
type options struct {
	rounds  int
	seconds int
	rate    int // requests a second while delays are measured
	memory  bool
	conns   int

	out, log io.Writer // the table; what was measured on the way
}

func main() {
	o := options{out: os.Stdout, log: os.Stderr}
	flag.IntVar(&o.rounds, "rounds", 5, "how often each figure is taken; the median counts")
	flag.IntVar(&o.seconds, "seconds", 4, "how long each takes")
	flag.IntVar(&o.rate, "rate", 800, "requests a second while delays are measured")
	flag.BoolVar(&o.memory, "memory", false, "measure memory instead")
	flag.IntVar(&o.conns, "conns", 10000, "connections while memory is measured")
	flag.Parse()
	if err := pin(); err != nil {
		fmt.Fprintln(os.Stderr, "beside:", err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 40*time.Minute)
	defer cancel()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "beside:", err)
		stop()
		os.Exit(1) //nolint:gocritic // cancel has nothing left to end
	}
}

func run(ctx context.Context, o options) error {
	for _, tool := range []string{"nginx", "h2load", "taskset"} {
		if _, err := exec.LookPath(tool); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "beside")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if o.memory {
		return measureMemory(ctx, dir, o)
	}
	b, err := newBench(ctx, dir)
	if err == nil {
		err = b.measureSpeed(ctx, o)
	}
	return errors.Join(err, b.close())
}

// pinned says, in the environment, that this process is where it belongs.
const pinned = "BESIDE_PINNED"

// pin begins this program anew on the processor that is not the proxies'.
func pin() error {
	if os.Getenv(pinned) != "" {
		return nil
	}
	if err := manyFiles(); err != nil {
		fmt.Fprintln(os.Stderr, "beside: there may be too few files for many connections:", err)
	}
	taskset, err := exec.LookPath("taskset")
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := append([]string{taskset, "-c", otherCPU, self}, os.Args[1:]...)
	return syscall.Exec(taskset, args, append(os.Environ(), pinned+"=1")) //nolint:gosec // G204: ourselves
}
