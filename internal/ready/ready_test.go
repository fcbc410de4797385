package ready

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/ca"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	now  = time.Date(2025, 11, 17, 20, 0, 0, 0, time.UTC)
	here = netip.MustParseAddr("203.0.113.7")
	away = netip.MustParseAddr("198.51.100.9")
)

// still is a machine that tells what a test wants.
type still struct {
	files   uint64
	kept    bool
	off     time.Duration
	bitRate int64
	mute    bool
}

func (s still) OpenFiles() (uint64, bool)          { return s.files, !s.mute }
func (s still) Clock() (bool, time.Duration, bool) { return s.kept, s.off, !s.mute }
func (s still) Uplink() (string, int64, bool)      { return "eth0", s.bitRate, !s.mute }

// lines checks with o, on a machine that is well where o does not say, and returns what was found.
func lines(t *testing.T, o Options) (found []string) {
	t.Helper()
	o.Now = func() time.Time { return now }
	o.Local = func() ([]netip.Addr, error) { return []netip.Addr{here}, nil }
	if o.System == nil {
		o.System = still{files: 1 << 18, kept: true, bitRate: 1e10}
	}
	for _, f := range Check(t.Context(), o) {
		if f.Level == Act && f.Remedy == "" {
			t.Errorf("%+v does not say what to do", f)
		}
		found = append(found, fmt.Sprintf("%s %s: %s", f.Level, f.About, f.Text))
	}
	return found
}

func without(found []string, words ...string) (rest []string) {
	for _, line := range found {
		keep := true
		for _, w := range words {
			keep = keep && !strings.Contains(line, " "+w+": ")
		}
		if keep {
			rest = append(rest, line)
		}
	}
	return rest
}

func answering(answers map[string]Answer) func(context.Context, string) (Answer, error) {
	return func(_ context.Context, name string) (Answer, error) {
		a, ok := answers[name]
		if !ok {
			return a, errors.New("the resolver is away")
		}
		return a, nil
	}
}

func nobody(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }

func TestNames(t *testing.T) {
	got := without(lines(t, Options{
		Sites: []Site{{Names: []string{"www.example.org", "old.example.org", "both.example.org", "none.example.org", "lost.example.org"}}},
		Lookup: answering(map[string]Answer{
			"www.example.org":  {Addrs: []netip.Addr{here}, TTL: time.Minute},
			"old.example.org":  {Addrs: []netip.Addr{away}, TTL: 24 * time.Hour},
			"both.example.org": {Addrs: []netip.Addr{here, away}, TTL: 5 * time.Minute},
			"none.example.org": {},
		}),
	}), "files", "clock", "uplink")
	want := []string{
		"good www.example.org: points to this machine (203.0.113.7)",
		"good www.example.org: resolvers remember its address for 1m0s or less, as far as the resolver asked tells",
		"unknown old.example.org: points to 198.51.100.9, which is no address of an interface here",
		"act old.example.org: resolvers remember its address for 24h0m0s",
		"act both.example.org: points to this machine and elsewhere (203.0.113.7, 198.51.100.9)",
		"good both.example.org: resolvers remember its address for 5m0s or less, as far as the resolver asked tells",
		"act none.example.org: has no address in DNS",
		"unknown lost.example.org: DNS did not say where it is: the resolver is away",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOrigins(t *testing.T) {
	var mu sync.Mutex
	var dialled []string
	got := without(lines(t, Options{
		Sites: []Site{{Names: []string{"www.example.org"}, Origins: []string{
			"http://127.0.0.1:8080", "http://10.0.0.7", "http://100.64.0.1", "http://[fd00::1]:80", "https://198.51.100.9",
			"http://app.example.org:8080", "http://198.51.100.10:81", "http://inside.example.org",
		}}},
		Lookup: answering(map[string]Answer{"app.example.org": {Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.8"), away}}}),
		Dial: func(_ context.Context, _, address string) (net.Conn, error) {
			mu.Lock()
			defer mu.Unlock()
			dialled = append(dialled, address)
			if address == "198.51.100.10:81" {
				return nil, errors.New("refused")
			}
			near, far := net.Pipe()
			_ = far.Close()
			return near, nil
		},
	}), "files", "clock", "uplink", "www.example.org")
	const inside = ": has no public address, so nobody can go around Seawall to it"
	want := []string{
		"good http://127.0.0.1:8080" + inside,
		"good http://10.0.0.7" + inside,
		"good http://100.64.0.1" + inside,
		"good http://[fd00::1]:80" + inside,
		"act https://198.51.100.9: answers on 198.51.100.9:443, a public address: whoever learns it goes around Seawall",
		"act http://app.example.org:8080: answers on 198.51.100.9:8080, a public address: whoever learns it goes around Seawall",
		"act http://198.51.100.10:81: does not answer on 198.51.100.10:81: refused",
		"unknown http://inside.example.org: DNS has no address for it; this machine may know one all the same (/etc/hosts)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(dialled) != 3 {
		t.Errorf("dialled %v, want the three with public addresses", dialled)
	}
}

// TestOffline asks nobody.
func TestOffline(t *testing.T) {
	for _, line := range without(lines(t, Options{
		Offline: true,
		Sites:   []Site{{Names: []string{"www.example.org"}, Origins: []string{"http://app.example.org", "http://198.51.100.9"}}},
		Lookup: func(_ context.Context, name string) (Answer, error) {
			t.Errorf("asked for %s", name)
			return Answer{}, nil
		},
		Dial: func(_ context.Context, _, address string) (net.Conn, error) {
			t.Errorf("dialled %s", address)
			return nil, errors.New("offline")
		},
	}), "files", "clock", "uplink") {
		if !strings.HasPrefix(line, "unknown ") || !strings.Contains(line, "(--offline)") {
			t.Errorf("got %q", line)
		}
	}
}

func TestMachine(t *testing.T) {
	for _, tt := range []struct {
		machine still
		want    []string
	}{
		{still{files: 1 << 18, kept: true, off: 12 * time.Millisecond, bitRate: 1e10}, []string{
			"good files: 262144 open files are allowed, with the memory there is that is room for 5000 connections",
			"good clock: is kept right, at most 12ms off, says the kernel",
			"good uplink: eth0 runs at 10000 Mbit/s; the line behind it may carry less",
		}},
		{still{files: 1024, kept: true, off: 3 * time.Second, bitRate: 1e8}, []string{
			"act files: this shell allows 1024 open files, with the memory there is that is room for 5000 connections",
			"act clock: may be 3s off, says the kernel",
			"act uplink: eth0 runs at 100 Mbit/s; the line behind it may carry less",
		}},
		{still{files: 1 << 18, bitRate: 1e9}, []string{
			"good files: 262144 open files are allowed, with the memory there is that is room for 5000 connections",
			"act clock: nothing keeps it right, says the kernel",
			"good uplink: eth0 runs at 1000 Mbit/s; the line behind it may carry less",
		}},
		{still{mute: true}, []string{
			"unknown files: the limit on open files cannot be read here",
			"unknown clock: whether it is right was not checked",
			"unknown uplink: its speed is not told here, as is usual on virtual machines",
		}},
	} {
		if diff := cmp.Diff(tt.want, lines(t, Options{System: tt.machine, Conns: 5000})); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.machine, diff)
		}
	}
}

// issued returns a certificate that was issued days before now; it holds for 90 days less an hour.
func issued(t *testing.T, days int) tls.Certificate {
	t.Helper()
	authority, err := ca.New(now.AddDate(0, 0, -days))
	if err != nil {
		t.Fatal(err)
	}
	c, err := authority.Issue(now.AddDate(0, 0, -days), "www.example.org")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCertificateFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		text func() []byte
		want string
	}{
		"young":    {func() []byte { return pemOf(issued(t, 10)) }, "good www.example.org: FILE holds for 79 more days, until 2026-02-05"},
		"old":      {func() []byte { return pemOf(issued(t, 80)) }, "act www.example.org: FILE holds for 9 more days, until 2025-11-27"},
		"ended":    {func() []byte { return pemOf(issued(t, 95)) }, "act www.example.org: FILE ended on 2025-11-12"},
		"to come":  {func() []byte { return pemOf(issued(t, -2)) }, "act www.example.org: FILE does not hold yet"},
		"no PEM":   {func() []byte { return []byte("notes") }, "act www.example.org: FILE holds no PEM"},
		"too long": {func() []byte { return make([]byte, maxFile+1) }, "act www.example.org: FILE is no file of at most 1 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c")
			if err := os.WriteFile(path, tt.text(), 0o600); err != nil {
				t.Fatal(err)
			}
			got := lines(t, Options{Offline: true, Sites: []Site{{Names: []string{"www.example.org"}, Cert: path}}})[0]
			if got = strings.ReplaceAll(got, path, "FILE"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	gone := lines(t, Options{Offline: true, Sites: []Site{{Names: []string{"www.example.org"}, Cert: "/none/c"}}})[0]
	if gone != "act www.example.org: stat /none/c: no such file or directory" {
		t.Errorf("got %s", gone)
	}
}

func pemOf(c tls.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
}

// TestCertificateServed looks at the one that is served on this machine, and at none when nothing is.
func TestCertificateServed(t *testing.T) {
	c := issued(t, 85)
	dial := func(_ context.Context, _, address string) (net.Conn, error) {
		if address != "127.0.0.1:443" {
			t.Errorf("dialled %s", address)
		}
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			_ = tls.Server(far, &tls.Config{Certificates: []tls.Certificate{c}}).HandshakeContext(context.Background()) //nolint:gosec // G402: a test
		}()
		return near, nil
	}
	site := Site{Names: []string{"www.example.org"}, Here: "127.0.0.1:443"}
	got := lines(t, Options{Offline: true, Sites: []Site{site}, Dial: dial})[0]
	if want := "act www.example.org: the certificate served here holds for 4 more days, until 2025-11-22"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got = lines(t, Options{Offline: true, Sites: []Site{site}, Dial: nobody})[0]
	if want := "unknown www.example.org: its certificate was not looked at: nothing answers on 127.0.0.1:443"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	site.Internal = true
	got = lines(t, Options{Offline: true, Sites: []Site{site}, Dial: nobody})[0]
	if want := "act www.example.org: its certificate is Seawall's own, which no browser trusts"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestUntil: a certificate that is good today is not enough for a later day.
func TestUntil(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c")
	if err := os.WriteFile(path, pemOf(issued(t, 10)), 0o600); err != nil { // it holds until 5 February
		t.Fatal(err)
	}
	for until, want := range map[time.Time]Level{now.AddDate(0, 0, 78): Good, now.AddDate(0, 0, 81): Act} {
		o := Options{Until: until, Now: func() time.Time { return now }, Sites: []Site{{Names: []string{"www.example.org"}, Cert: path}}}
		got := Certificates(t.Context(), o)
		if len(got) != 1 || got[0].Level != want || want == Act && !strings.Contains(got[0].Text, "that is before 2026-02-06") {
			t.Errorf("until %v: got %+v", until, got)
		}
	}
}

// TestBackupMark: what is written is what is read, and what is not is an error.
func TestBackupMark(t *testing.T) {
	state := t.TempDir()
	if _, err := LastBackup(state); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got error %v", err)
	}
	if err := MarkBackup(state, now); err != nil {
		t.Fatal(err)
	}
	if at, err := LastBackup(state); err != nil || !at.Equal(now.Truncate(time.Second)) {
		t.Errorf("got %v, error %v", at, err)
	}
	if err := os.WriteFile(filepath.Join(state, backupMark), []byte("lately"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LastBackup(state); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got error %v", err)
	}
}
