package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFromFlags(t *testing.T) {
	got, err := FromFlags(Flags{Site: "www.example.org", Origin: "http://127.0.0.1:8080", Listen: ":8080", TLS: "off"})
	if err != nil {
		t.Fatal(err)
	}
	want := minimal(func(c *Config) {
		c.Listen = []string{":8080"}
		c.Sites[0].TLS = TLSOff
		c.Sites[0].HTTPS = false
	})
	if diff := cmp.Diff(want, got, values); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFromFlagsDefaults(t *testing.T) {
	got, err := FromFlags(Flags{Site: "www.example.org", Origin: "http://127.0.0.1:8080"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(minimal(nil), got, values); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFromFlagsProblems(t *testing.T) {
	for _, tt := range []struct {
		in   Flags
		want string
	}{
		{Flags{}, `--site: is empty (write a host name such as www.example.org)
--origin: is empty (write a URL such as http://127.0.0.1:8080)`},
		{Flags{Site: "www.example.org:443", Origin: "127.0.0.1:8080", Listen: "8443", TLS: "on"}, `--site: "www.example.org:443" is more than a host name (write www.example.org)
--origin: has no scheme (write http://127.0.0.1:8080 or https://127.0.0.1:8080)
--tls: "on" is not a value of tls (write acme, internal or off, or cert and key below it)
--listen: "8443" is a port alone (write :8443)`},
	} {
		_, err := FromFlags(tt.in)
		if err == nil {
			t.Fatalf("FromFlags(%+v): got no problems", tt.in)
		}
		if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
			t.Errorf("FromFlags(%+v), -want +got:\n%s", tt.in, diff)
		}
	}
}

func TestLaterProblemOfFlags(t *testing.T) {
	c, err := FromFlags(Flags{Site: "www.example.org", Origin: "http://127.0.0.1:8080", Listen: ":8443"})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"listen[0]":          "--listen: is in use",
		"sites[0].origins":   "--site: is in use",
		"sites[0].origin":    "--origin: is in use",
		"sites[0].origin[0]": "--origin: is in use",
		"admin":              "--admin: is in use",
	} {
		if got := c.Problem(path, "is in use", "").String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
