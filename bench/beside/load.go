package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Clients of the load: browsers' worth of connections, each with some requests at once where the protocol lets it.
const (
	clients = 32
	streams = 8
	// loadMargin is how much longer than asked h2load may take; it has no end of its own when nothing works.
	loadMargin = 15 * time.Second
)

// flood asks d for a page as fast as it answers, and returns how many answers came.
func (d *door) flood(ctx context.Context, path string, seconds int) (int, error) {
	args := []string{
		"-c", otherCPU, "h2load", "--duration", strconv.Itoa(seconds), "--warm-up-time", "1", "--clients", strconv.Itoa(clients),
		"--connect-to", d.addr().String(),
	}
	if d.h2 {
		args = append(args, "--max-concurrent-streams", strconv.Itoa(streams))
	} else {
		args = append(args, "--h1")
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second+loadMargin)
	defer cancel()
	out, err := exec.CommandContext(ctx, "taskset", append(args, d.url(path))...).CombinedOutput() //nolint:gosec // G204: our own arguments
	if err != nil {
		return 0, fmt.Errorf("h2load: %w\n%s", err, out)
	}
	return succeeded(string(out))
}

var totals = regexp.MustCompile(`requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed`)

// succeeded returns how many answers came; that some failed is an error.
func succeeded(out string) (int, error) {
	m := totals.FindStringSubmatch(out)
	if len(m) == 0 || m[1] == "0" || m[3] != "0" || m[1] != m[2] {
		return 0, fmt.Errorf("not all was answered:\n%s", out)
	}
	return strconv.Atoi(m[2])
}

// ask asks d for a page rate times a second, evenly, whatever the answers take, and returns the delays, sorted.
func (d *door) ask(ctx context.Context, path string, seconds, rate int) ([]time.Duration, error) {
	tr := d.transport()
	defer tr.CloseIdleConnections()
	var (
		mu     sync.Mutex // guards what follows
		delays []time.Duration
		failed error
		work   sync.WaitGroup
	)
	ticks := time.NewTicker(time.Second / time.Duration(rate))
	defer ticks.Stop()
	for range seconds * rate {
		due := <-ticks.C
		work.Go(func() {
			err := d.fetch(ctx, tr, path)
			mu.Lock()
			defer mu.Unlock()
			delays = append(delays, time.Since(due))
			failed = errors.Join(failed, err)
		})
	}
	work.Wait()
	slices.Sort(delays)
	return delays, failed
}

// percentile returns the p-th of a hundred parts of sorted delays.
func percentile(delays []time.Duration, p int) time.Duration {
	if len(delays) == 0 {
		return 0
	}
	return delays[min(len(delays)-1, len(delays)*p/100)]
}
