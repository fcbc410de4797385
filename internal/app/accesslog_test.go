package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

const logged = `
version: 1
listen: 127.0.0.1:0
admin: off
control: off
access_log: {to: %q, per_second: 1000}
sites: [{name: www.example.org, origin: "%s", tls: off}]
`

// TestAccessLog sends a request full of a mark and holds what the log says of it: nothing but the outcome, and of the reader the network.
func TestAccessLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	f := newFile(t, logged, path, serveOn(t, say("page")))
	a := startFile(t, f, Options{})
	c := reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil)
	get(t, c, "http://www.example.org/zebra?zebra=zebra", "Cookie: zebra=zebra", "User-Agent: zebra", "Referer: http://zebra.example.org/", "X-Forwarded-For: 192.0.2.99")
	a.stop()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"zebra", "127.0.0.1", "192.0.2.99"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the log holds %q: %s", secret, text)
		}
	}
	var line map[string]any
	if err := json.Unmarshal(text, &line); err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	var keys []string
	for k := range line {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	want := []string{"action", "answer", "bytes", "cache", "client_prefix", "lane", "omitted", "reason", "request", "site", "status", "time", "took_ms", "wait_ms"}
	if diff := cmp.Diff(want, keys); diff != "" || line["client_prefix"] != "127.0.0.0/24" || line["status"] != 200.0 {
		t.Errorf("got %s\n%s", text, diff)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o027 != 0 {
		t.Errorf("mode %v, %v; others need not read it", info.Mode(), err)
	}
}

// TestAccessLogFullDisk: readers get their pages, the failure is counted and shown, and nothing waits.
func TestAccessLogFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	const requests = 40
	f := newFile(t, logged, "/dev/full", serveOn(t, say("page")))
	var seen int // by the goroutine that reads the ring
	a := startFile(t, f, Options{Observe: []func(*seawall.Outcome){func(*seawall.Outcome) { seen++ }}})
	c := reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil)
	for range requests {
		if got := get(t, c, "http://www.example.org/"); got.body != "page" {
			t.Errorf("a reader got %d %q", got.StatusCode, got.body)
		}
	}
	a.stop()
	all := samples(t, a.App)
	if all["seawall_access_log_failures_total"] < 1 || all["seawall_access_log_lost_total"] < 1 {
		t.Errorf("failures %v, lost %v; want both counted", all["seawall_access_log_failures_total"], all["seawall_access_log_lost_total"])
	}
	if seen != requests {
		t.Errorf("%d outcomes seen, want %d: what reads beside the log is not held up", seen, requests)
	}
}

// TestAccessLogMoved: after a reload a new file is written, and the one that was moved away is let go.
func TestAccessLogMoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	origin := serveOn(t, say("page"))
	f := newFile(t, logged, path, origin)
	seen := make(chan struct{}, 4)
	a := startFile(t, f, Options{Observe: []func(*seawall.Outcome){func(*seawall.Outcome) { seen <- struct{}{} }}})
	c := reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil)
	get(t, c, "http://www.example.org/")
	<-seen // after the log has had it
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	reload(t, a)
	get(t, c, "http://www.example.org/")
	a.stop()
	for _, p := range []string{path, path + ".1"} {
		if text, err := os.ReadFile(p); err != nil || bytes.Count(text, []byte("\n")) != 1 {
			t.Errorf("%s: got %q, %v, want one line", filepath.Base(p), text, err)
		}
	}
}

// TestAccessLogToStderr goes where the App was told.
func TestAccessLogToStderr(t *testing.T) {
	var out bytes.Buffer // written by the log's goroutine, which has ended when it is read
	f := newFile(t, logged, "stderr", serveOn(t, say("page")))
	a := startFile(t, f, Options{Stderr: &out})
	c := reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil)
	get(t, c, "http://www.example.org/")
	a.stop()
	if !strings.Contains(out.String(), `"reason":"miss"`) {
		t.Errorf("got %q", out.String())
	}
}
