package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

// FuzzParse: any bytes give problems that lie in the file, each on one line, or a configuration that reads the same when it is
// written out in full.
func FuzzParse(f *testing.F) {
	for _, path := range files(f, "testdata/*/*.yaml") {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("seawall.yaml", data)
		if err != nil {
			checkProblems(t, err, data)
			return
		}
		again, err := Parse("again.yaml", []byte(render(c)))
		if err != nil {
			t.Fatalf("%v\n%s", err, render(c))
		}
		if diff := cmp.Diff(c, again, values); diff != "" {
			t.Errorf("-first +again:\n%s\n%s", diff, render(c))
		}
	})
}

func checkProblems(t *testing.T, err error, data []byte) {
	t.Helper()
	problems, ok := errors.AsType[Problems](err)
	if !ok || len(problems) == 0 {
		t.Fatalf("got %v, want Problems", err)
	}
	lines := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r")) + 1
	for _, p := range problems {
		if p.Line < 1 || p.Line > lines || p.Column < 1 {
			t.Errorf("%v: got %d:%d, want a place within %d lines", p, p.Line, p.Column, lines)
		}
		if s := p.String(); strings.ContainsAny(s, "\r\n") {
			t.Errorf("got %q, want one line", s)
		}
	}
}

// render writes out everything that c says.
func render(c *Config) string {
	var b strings.Builder
	fmt.Fprintf(&b, "version: %d\nlisten: %s\ncontrol: %q\nadmin: %q\n", c.Version, flow(c.Listen), c.Control, orOff(c.Admin))
	if len(c.ListenHTTP) > 0 {
		fmt.Fprintf(&b, "listen_http: %s\n", flow(c.ListenHTTP))
	}
	if c.HTTP3 {
		b.WriteString("http3: on\n")
	}
	fmt.Fprintf(&b, "access_log: {to: %q, per_second: %d}\nacme:\n  directory: %q\n", c.Log.To, c.Log.Hertz, c.ACME.Directory)
	if c.ACME.Storage != "" {
		fmt.Fprintf(&b, "  storage: %q\n", c.ACME.Storage)
	}
	if c.ACME.Email != "" {
		fmt.Fprintf(&b, "  email: %q\n", c.ACME.Email)
	}
	renderStatus(&b, &c.Status)
	renderBus(&b, &c.Bus)
	renderNotify(&b, &c.Notify)
	renderWatch(&b, &c.Watch)
	renderIntel(&b, &c.Intel)
	renderClaims(&b, &c.Claims)
	fmt.Fprintf(&b, "trust: %s\ncache: {memory: %s}\n", flow(c.Trust), renderSize(c.Cache.Memory))
	if len(c.Sites) > 0 {
		b.WriteString("sites:\n")
	}
	for _, s := range c.Sites {
		fmt.Fprintf(&b, "  - name: %q\n    tls: %s\n    stale: %q\n    language: %q\n    orders: %s\n", s.Name, renderTLS(s), renderStale(s), s.Language, s.Orders)
		fmt.Fprintf(&b, "    origins: %s\n    aliases: %s\n", flow(s.Origins), flow(s.Aliases))
		renderUpstream(&b, &s.Upstream)
		if len(s.Words) > 0 {
			b.WriteString("    words:\n")
		}
		for _, l := range slices.Sorted(maps.Keys(s.Words)) {
			renderWords(&b, l, s.Words[l])
		}
	}
	return b.String()
}

func renderStale(s Site) string {
	if s.StaleAlways {
		return "always"
	}
	return orOff(strings.TrimPrefix(s.MaxStale.String(), "0s"))
}

func renderTLS(s Site) string {
	if s.TLS == TLSFiles {
		return fmt.Sprintf("{cert: %q, key: %q}", s.Cert, s.Key)
	}
	return strconv.Quote(string(s.TLS))
}

func renderWords(b *strings.Builder, l seawall.Language, w seawall.Words) {
	fmt.Fprintf(b, "      %s: {title: %q, message: %q, contact: %q}\n", l, w.Title, w.Message, w.Contact)
}

func renderUpstream(b *strings.Builder, u *Upstream) {
	way := "least"
	if u.InOrder {
		way = "order"
	}
	fmt.Fprintf(b, "    spread: %s\n    health: {path: %q, every: %q, timeout: %v}\n",
		way, u.Health.Path, orOff(strings.TrimPrefix(u.Health.Every.String(), "0s")), u.Health.Timeout)
	b.WriteString("    timeouts: {")
	for name, d := range map[string]time.Duration{
		"connect": u.Timeouts.Connect, "tls": u.Timeouts.TLS, "first_byte": u.Timeouts.FirstByte,
		"between_bytes": u.Timeouts.BetweenBytes, "whole": u.Timeouts.Whole,
	} {
		if d != 0 {
			fmt.Fprintf(b, "%s: %v, ", name, d)
		}
	}
	b.WriteString("}\n")
}

func renderSize(bytes int64) string {
	for _, u := range slices.Backward(units) {
		if bytes%u.bytes == 0 {
			return strconv.FormatInt(bytes/u.bytes, 10) + u.name
		}
	}
	panic("a size is a multiple of no unit")
}

func flow[T any](values []T) string {
	var items []string
	for _, v := range values {
		items = append(items, strconv.Quote(fmt.Sprint(v)))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func orOff(s string) string {
	if s == "" {
		return "off"
	}
	return s
}
