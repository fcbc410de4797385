package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seawall-project/seawall/internal/watch/schedule"
)

// clockTicks is how many ticks a second /proc counts CPU time in (sysconf(_SC_CLK_TCK), 100 on every Linux that matters here).
const clockTicks = 100

// blackboxConfig asks as the lookout does: a fresh connection, IPv4, at most 15 s, the certificate judged for the site's name. What stands for %q is the
// file of the authority.
const blackboxConfig = `modules:
  https:
    prober: http
    timeout: 15s
    http:
      preferred_ip_protocol: ip4
      tls_config: {ca_file: %q}
`

// measureBlackbox has a blackbox exporter ask the same sites once a minute each.
func measureBlackbox(ctx context.Context, o options, w *world) error {
	folder, err := os.MkdirTemp("", "seawall-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	config := filepath.Join(folder, "blackbox.yml")
	if err := os.WriteFile(config, []byte(fmt.Sprintf(blackboxConfig, w.ca)), 0o600); err != nil {
		return err
	}
	at, err := freePort(ctx)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, o.blackbox, "--config.file="+config, "--web.listen-address="+at, "--log.level=error")
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	begun := time.Now()
	failed, err := scrape(ctx, o, w, at)
	if err != nil {
		return err
	}
	took := time.Since(begun)
	used, err := usageOf(cmd.Process.Pid)
	if err != nil {
		return err
	}
	report("blackbox_exporter", o, took, used.cpu, used.peak)
	fmt.Fprintf(o.out, "scrapes that failed: %d\n", failed)
	return nil
}

func freePort(ctx context.Context) (string, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// scrape has every site probed once a minute, as a Prometheus would.
func scrape(ctx context.Context, o options, w *world, at string) (failed int, err error) {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: o.sites}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex // guards failed
	targets := make([]string, o.sites)
	for i := range targets {
		a := address(i)
		site := fmt.Sprintf("https://%d.%d.%d.%d:%s/", a[0], a[1], a[2], a[3], w.port)
		targets[i] = "http://" + at + "/probe?" + url.Values{"module": {"https"}, "target": {site}, "hostname": {name(i)}}.Encode()
	}
	s, err := schedule.New(schedule.Options{AtOnce: o.sites, Do: func(ctx context.Context, target string) {
		if ask(ctx, client, target) != nil && ctx.Err() == nil {
			mu.Lock()
			failed++
			mu.Unlock()
		}
	}})
	if err != nil {
		return 0, err
	}
	ctx, stop := context.WithTimeout(ctx, time.Duration(o.minutes)*time.Minute)
	defer stop()
	s.Set(time.Now(), targets)
	if err := s.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return failed, err
	}
	return failed, nil
}

func ask(ctx context.Context, client *http.Client, at string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && !strings.Contains(string(body), "probe_success") {
		err = errors.New("no probe_success")
	}
	return err
}

// usageOf returns what another process has used (proc_pid_stat(5)).
func usageOf(pid int) (usage, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return usage{}, err
	}
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return usage{}, fmt.Errorf("/proc/%d/stat is %q", pid, text)
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	peak, err3 := peakOf(strconv.Itoa(pid))
	return usage{cpu: time.Duration(user+system) * time.Second / clockTicks, peak: peak}, errors.Join(err1, err2, err3)
}
