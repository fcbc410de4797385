package ca_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/ca"
)

var now = time.Date(2025, 11, 18, 8, 0, 0, 0, time.UTC)

func TestIssueVerifies(t *testing.T) {
	authority := newCA(t)
	cert, err := authority.Issue(now, "www.example.org", "*.example.org", "Blåbær.example.org", "192.0.2.7", "2001:db8::7")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"www.example.org", "any.example.org", "xn--blbr-roah.example.org", "192.0.2.7", "2001:db8::7"} {
		if err := verify(authority, cert, name, now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := verify(authority, cert, "example.net", now); err == nil {
		t.Error("a name that was not asked for is verified")
	}
	if err := verify(newCA(t), cert, "www.example.org", now); err == nil {
		t.Error("another authority's pool verifies it")
	}
}

func TestValidity(t *testing.T) {
	authority := newCA(t)
	cert, err := authority.Issue(now, "example.org")
	if err != nil {
		t.Fatal(err)
	}
	end := now.Add(ca.Validity - ca.Backdate)
	for _, tt := range []struct {
		name string
		at   time.Time
		want bool
	}{
		{"a slow clock", now.Add(-ca.Backdate), true},
		{"too early", now.Add(-ca.Backdate - time.Second), false},
		{"last second", end, true},
		{"too late", end.Add(time.Second), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := verify(authority, cert, "example.org", tt.at) == nil; got != tt.want {
				t.Errorf("verified %v, want %v", got, tt.want)
			}
		})
	}

	later, err := authority.Issue(now.Add(24*time.Hour), "example.org")
	if err != nil {
		t.Fatal(err)
	}
	if later.Leaf.NotAfter.After(end) {
		t.Errorf("holds until %v, longer than its authority (%v)", later.Leaf.NotAfter, end)
	}
}

func TestIssueRefuses(t *testing.T) {
	authority := newCA(t)
	for _, names := range [][]string{nil, {""}, {"."}, {"two words"}, {"example.org", "*"}} {
		if _, err := authority.Issue(now, names...); err == nil {
			t.Errorf("%q: no error", names)
		}
	}
	if _, err := authority.Issue(now, strings.Repeat("long.", 20)+"example.org"); err != nil {
		t.Errorf("long name: %v", err)
	}
}

func TestFingerprint(t *testing.T) {
	a, b := newCA(t), newCA(t)
	if got, want := len(a.Fingerprint()), 64; got != want {
		t.Errorf("length %d, want %d", got, want)
	}
	if a.Fingerprint() == b.Fingerprint() {
		t.Error("two authorities have one fingerprint")
	}
}

func TestGetCertificate(t *testing.T) {
	authority := newCA(t)
	get, err := authority.GetCertificate(now, "www.example.org", "example.org")
	if err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[string]string{
		"":                "www.example.org",
		"example.org":     "example.org",
		"WWW.Example.ORG": "www.example.org",
	} {
		cert, err := get(&tls.ClientHelloInfo{ServerName: asked})
		if err != nil {
			t.Errorf("%q: %v", asked, err)
			continue
		}
		if diff := cmp.Diff([]string{want}, cert.Leaf.DNSNames); diff != "" {
			t.Errorf("%q: %s", asked, diff)
		}
	}
	if _, err := get(&tls.ClientHelloInfo{ServerName: "example.net"}); !errors.Is(err, ca.ErrUnknownName) {
		t.Errorf("error %v, want ErrUnknownName", err)
	}
	if _, err := authority.GetCertificate(now); err == nil {
		t.Error("no names: no error")
	}
}

func TestHandshake(t *testing.T) {
	authority := newCA(t)
	get, err := authority.GetCertificate(now, "www.example.org")
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return now }
	for name, want := range map[string]bool{"www.example.org": true, "example.net": false} {
		t.Run(name, func(t *testing.T) {
			near, far := net.Pipe()
			defer near.Close()
			server := tls.Server(far, &tls.Config{GetCertificate: get, Time: clock})
			ended := make(chan error, 1)
			go func() { ended <- errors.Join(server.Handshake(), far.Close()) }()
			err := tls.Client(near, &tls.Config{RootCAs: authority.Pool(), ServerName: name, Time: clock}).Handshake()
			if got := err == nil; got != want {
				t.Errorf("client: %v, want success %v", err, want)
			}
			near.Close()
			if err := <-ended; (err == nil) != want {
				t.Errorf("server: %v, want success %v", err, want)
			}
		})
	}
}

func verify(authority *ca.CA, cert tls.Certificate, name string, at time.Time) error {
	_, err := cert.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: authority.Pool(), CurrentTime: at})
	return err
}

func newCA(t *testing.T) *ca.CA {
	t.Helper()
	authority, err := ca.New(now)
	if err != nil {
		t.Fatal(err)
	}
	return authority
}
