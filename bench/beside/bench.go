package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/ca"
	"github.com/seawall-project/seawall/internal/drill/loopback"
)

const (
	site      = "localhost"
	pageBytes = 8 << 10
)

// way is one way to speak to a proxy.
type way struct {
	name string
	tls  bool
	h2   bool
}

var ways = []way{{"h1", false, false}, {"h1 over TLS", true, false}, {"h2", false, true}, {"h2 over TLS", true, true}}

// names are the proxies, in the order of the table.
var names = []string{"seawall", "nginx"}

// door is where a proxy speaks one way.
type door struct {
	way
	port    int
	process *process
}

// bench has an origin, and the proxies in front of it. Seawall that speaks TLS and Seawall that does not are two processes; nginx is one.
type bench struct {
	started []*process
	doors   map[string][]*door // by the name of the proxy, in the order of ways
}

// newBench starts everything. What it returns has to be closed, also after an error.
func newBench(ctx context.Context, dir string) (*bench, error) {
	b := &bench{doors: make(map[string][]*door)}
	free, err := freePorts(3 + len(ways))
	if err != nil {
		return b, err
	}
	origin, plain, secure := free[0], free[1], free[2]
	for i, w := range ways {
		b.doors["nginx"] = append(b.doors["nginx"], &door{way: w, port: free[3+i]})
		port := plain
		if w.tls {
			port = secure
		}
		b.doors["seawall"] = append(b.doors["seawall"], &door{way: w, port: port})
	}
	if err := writeFiles(dir, origin, plain, secure, b.doors["nginx"]); err != nil {
		return b, err
	}
	program := filepath.Join(dir, "seawall")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/seawall")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return b, fmt.Errorf("build: %w\n%s", err, out)
	}
	conf := func(name string) string { return filepath.Join(dir, name) }
	if _, err = b.start(ctx, "origin", otherCPU, "nginx", "-p", dir, "-c", conf("origin.conf")); err != nil {
		return b, err
	}
	nginx, err := b.start(ctx, "nginx", proxyCPU, "nginx", "-p", dir, "-c", conf("nginx.conf"))
	if err != nil {
		return b, err
	}
	open, err := b.start(ctx, "seawall", proxyCPU, program, "run", "-c", conf("plain.yaml"))
	if err != nil {
		return b, err
	}
	closed, err := b.start(ctx, "seawall", proxyCPU, program, "run", "-c", conf("secure.yaml"))
	if err != nil {
		return b, err
	}
	for i, w := range ways {
		b.doors["nginx"][i].process = nginx
		if b.doors["seawall"][i].process = open; w.tls {
			b.doors["seawall"][i].process = closed
		}
	}
	return b, b.ready(ctx)
}

func (b *bench) start(ctx context.Context, name, cpu string, args ...string) (*process, error) {
	p, err := start(ctx, name, cpu, args...)
	if err == nil {
		b.started = append(b.started, p)
	}
	return p, err
}

func (b *bench) close() error {
	var errs []error
	for _, p := range slices.Backward(b.started) {
		errs = append(errs, p.stop())
	}
	return errors.Join(errs...)
}

// ready waits until every door answers with the page.
func (b *bench) ready(ctx context.Context) error {
	for name, doors := range b.doors {
		for _, d := range doors {
			if err := d.ready(ctx); err != nil {
				return fmt.Errorf("%s, %s: %w", name, d.name, err)
			}
		}
	}
	return nil
}

func (d *door) ready(ctx context.Context) (err error) {
	tr := d.transport()
	defer tr.CloseIdleConnections()
	for range 100 {
		if err = d.fetch(ctx, tr, "page"); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

// transport speaks d's way.
func (d *door) transport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!d.h2)
	protocols.SetHTTP2(d.h2 && d.tls)
	protocols.SetUnencryptedHTTP2(d.h2 && !d.tls)
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return sealed.Dial(ctx, home, d.addr())
		},
		Protocols:           protocols,
		MaxIdleConnsPerHost: clients,
		DisableCompression:  true,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // G402: on loopback, and only to see whether it is there
	}
}

// fetch asks for a page, and expects the whole of it.
func (d *door) fetch(ctx context.Context, tr *http.Transport, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url(path), nil)
	if err != nil {
		return err
	}
	resp, err := tr.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || n != pageBytes) {
		err = fmt.Errorf("status %d, %d bytes", resp.StatusCode, n)
	}
	return err
}

// url names the site, which is this machine.
func (d *door) url(path string) string {
	scheme := "http"
	if d.tls {
		scheme = "https"
	}
	return fmt.Sprintf("%s://%s:%d/%s", scheme, site, d.port, path)
}

func (d *door) addr() netip.AddrPort {
	return netip.AddrPortFrom(home, uint16(d.port)) //nolint:gosec // G115: ports fit
}

var (
	home   = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	sealed = loopback.New(loopback.Options{}) // refuses whatever is not this machine
)

// freePorts returns ports that nobody listens on now.
func freePorts(n int) ([]int, error) {
	var ports []int
	var open []*net.TCPListener
	defer func() {
		for _, ln := range open {
			ln.Close()
		}
	}()
	for range n {
		ln, err := net.ListenTCP("tcp", &net.TCPAddr{IP: home.AsSlice()})
		if err != nil {
			return nil, err
		}
		open = append(open, ln)
		ports = append(ports, ln.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// writeFiles writes what the programs read.
func writeFiles(dir string, origin, plain, secure int, nginx []*door) error {
	authority, err := ca.New(time.Now())
	if err != nil {
		return err
	}
	issued, err := authority.Issue(time.Now(), site)
	if err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(issued.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		return err
	}
	var chain strings.Builder
	for _, der := range issued.Certificate {
		_ = pem.Encode(&chain, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	page := []byte(strings.Repeat("A page of a newspaper, as long as they are. ", pageBytes)[:pageBytes])
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "page"), page, 0o600),
		os.WriteFile(filepath.Join(dir, "kept"), page, 0o600),
		os.WriteFile(filepath.Join(dir, "cert.pem"), []byte(chain.String()), 0o600),
		os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600),
		os.WriteFile(filepath.Join(dir, "origin.conf"), originConf(dir, origin), 0o600),
		os.WriteFile(filepath.Join(dir, "nginx.conf"), nginxConf(dir, origin, nginx), 0o600),
		os.WriteFile(filepath.Join(dir, "plain.yaml"), seawallConf(origin, plain, "off"), 0o600),
		os.WriteFile(filepath.Join(dir, "secure.yaml"), seawallConf(origin, secure, fmt.Sprintf("{cert: %s/cert.pem, key: %s/key.pem}", dir, dir)), 0o600),
	)
}
