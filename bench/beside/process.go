package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The processors: proxies have the first for themselves.
const (
	proxyCPU = "0"
	otherCPU = "1"
)

// process is a program that runs until it is stopped.
type process struct {
	name string
	cmd  *exec.Cmd
	done chan error
	out  bytes.Buffer
}

// start runs a program on one processor.
func start(ctx context.Context, name, cpu string, args ...string) (*process, error) {
	p := &process{name: name, done: make(chan error, 1)}
	p.cmd = exec.CommandContext(ctx, "taskset", append([]string{"-c", cpu}, args...)...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 20 * time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.done <- p.cmd.Wait() }()
	return p, nil
}

// stop ends the program and waits for it.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	err := <-p.done
	p.done <- err
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() <= 0 {
		err = nil // by our signal
	}
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", p.name, err, p.out.String())
	}
	return nil
}

// cpu returns the processor time that the program has used.
func (p *process) cpu() (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(raw), ") ") // behind the name, which may have spaces
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat is not what it was", p.cmd.Process.Pid)
	}
	var ticks int64
	for _, f := range fields[11:13] { // utime, stime
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	const tick = 10 * time.Millisecond // sysconf(_SC_CLK_TCK) is 100 on every Linux that Go runs on
	return time.Duration(ticks) * tick, nil
}

// resident returns how many bytes of memory the program holds.
func (p *process) resident() (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("no VmRSS")
}
