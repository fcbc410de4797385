package config

import (
	"errors"
	"flag"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml/token"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seawall-project/seawall"
)

var update = flag.Bool("update", false, "rewrite the .want files in testdata/bad")

// values compares what a configuration says, not where it says it.
var values = cmp.Options{sameZone, cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateComparable(netip.Prefix{}, netip.AddrPort{})}

// minimal is what testdata/good/minimal.yaml says, with changes.
func minimal(change func(*Config)) *Config {
	c := &Config{
		Version: 1,
		Listen:  []string{":8443"},
		Admin:   "127.0.0.1:9180",
		Cache:   Cache{Memory: 256 << 20},
		ACME:    ACME{Directory: LetsEncrypt},
		Log:     AccessLog{To: LogStderr, Hertz: 10},
		Sites: []Site{{TLS: TLSInternal, Orders: OrdersAsk, Site: seawall.Site{
			Name:     "www.example.org",
			Origins:  []string{"http://127.0.0.1:8080"},
			HTTPS:    true,
			MaxStale: 24 * time.Hour,
		}, Upstream: unsaid}},
	}
	if change != nil {
		change(c)
	}
	return c
}

// unsaid is how origins are asked when the file says nothing of it.
var unsaid = Upstream{Health: Health{Path: "/", Timeout: 2 * time.Second}}

func between(name string, u Upstream, origins ...string) Site {
	return Site{TLS: TLSInternal, Orders: OrdersAsk, Upstream: u, Site: seawall.Site{Name: name, HTTPS: true, Origins: origins, MaxStale: 24 * time.Hour}}
}

var good = map[string]*Config{
	"minimal":      minimal(nil),
	"bom_and_crlf": minimal(nil),
	"off": minimal(func(c *Config) {
		c.Listen = []string{"127.0.0.1:0"}
		c.Control = ControlOff
		c.Admin = ""
		c.Sites[0].TLS = TLSOff
		c.Sites[0].HTTPS = false
		c.Sites[0].MaxStale = 0
		c.Sites[0].Origins = []string{"http://[2001:db8::1]:8080"}
	}),
	"idna": minimal(func(c *Config) {
		c.Sites[0].Name = "xn--rdgrden-q1ad.example.org"
		c.Sites[0].Aliases = []string{"www.example.org"}
		c.Sites[0].Origins = []string{"https://xn--ble-xla.example.org:8443"}
	}),
	"full": minimal(func(c *Config) {
		c.Listen = []string{":8443", "[2001:db8::1]:443"}
		c.ListenHTTP = []string{":8080", "[2001:db8::1]:80"}
		c.HTTP3 = true
		c.Control = "/run/seawall.sock"
		c.Admin = "127.0.0.1:9181"
		c.Trust = []netip.Prefix{netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("2001:db8::/32")}
		c.Cache.Memory = 64 << 20
		c.ACME = ACME{Email: "it@example.org", Directory: LetsEncryptStaging, Storage: "/var/lib/seawall"}
		c.Log = AccessLog{To: "/var/log/seawall/access.log", Hertz: 50}
		c.Sites[0].Aliases = []string{"example.org", "news.example.org"}
		c.Sites[0].TLS = TLSACME
		c.Sites[0].Orders = OrdersAuto
		c.Sites[0].MaxStale = 90 * time.Minute
		c.Sites[0].Language = seawall.Danish
		c.Sites[0].Words = map[seawall.Language]seawall.Words{
			seawall.English: {
				Title:   "The Example Courier",
				Message: "We are reading this on a slow line today; the newest articles are on our other channels.",
				Contact: "33120000",
			},
			seawall.Danish: {Title: "Eksempelkureren"},
		}
		c.Sites = append(c.Sites, Site{TLS: TLSFiles, Orders: OrdersAsk, Cert: "/etc/seawall/party.pem", Key: "/etc/seawall/party.key", Site: seawall.Site{
			Name:     "party.example.org",
			Origins:  []string{"https://app_1.internal.example.org"},
			HTTPS:    true,
			MaxStale: 24 * time.Hour,
		}, Upstream: unsaid})
	}),
	"bus":              minimal(busPort),
	"bus_pin":          minimal(busOwnKey),
	"bus_cluster":      minimal(busElsewhere),
	"status":           minimal(ownPage),
	"status_authority": minimal(counts),
	"watch":            minimal(watching),
	"intel":            minimal(informed),
	"claims":           minimal(speaking),
	"notify":           minimal(told),
	"upstream": minimal(func(c *Config) {
		c.Sites = []Site{
			between("www.example.org", Upstream{Health: Health{Path: "/", Every: 10 * time.Second, Timeout: 2 * time.Second}},
				"http://192.0.2.10:8080", "http://192.0.2.11:8080"),
			between("news.example.org", Upstream{
				InOrder: true,
				Health:  Health{Path: "/health", Every: time.Minute, Timeout: 500 * time.Millisecond},
				Timeouts: Timeouts{
					Connect: 500 * time.Millisecond, TLS: time.Second, FirstByte: 90 * time.Second, BetweenBytes: time.Minute, Whole: 24 * time.Hour,
				},
			}, "https://192.0.2.12", "https://192.0.2.13"),
			between("party.example.org", Upstream{Health: Health{Path: "/", Every: 30 * time.Second, Timeout: 2 * time.Second}}, "http://192.0.2.14"),
			between("town.example.org", unsaid, "http://192.0.2.15", "http://192.0.2.16"),
		}
	}),
}

func TestGood(t *testing.T) {
	paths := files(t, "testdata/good/*.yaml")
	if got, want := len(paths), len(good); got != want {
		t.Errorf("got %d files, want %d", got, want)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		t.Run(name, func(t *testing.T) {
			got, err := Read(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(good[name], got, values); diff != "" {
				t.Errorf("Read(%s), -want +got:\n%s", path, diff)
			}
		})
	}
}

func TestBad(t *testing.T) {
	for _, path := range files(t, "testdata/bad/*.yaml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse("seawall.yaml", data)
			if _, ok := errors.AsType[Problems](err); !ok {
				t.Fatalf("got %v, want Problems", err)
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".want", err.Error()+"\n")
		})
	}
}

func files(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	return paths
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s, -want +got:\n%s", path, diff)
	}
}

func TestReadWithoutFile(t *testing.T) {
	_, err := Read(filepath.Join(t.TempDir(), "seawall.yaml"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}

func TestTooLong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seawall.yaml")
	if err := os.WriteFile(path, make([]byte, MaxBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Read(path)
	if got, want := err.Error(), path+": is longer than 1048576 bytes (shorten the file)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTooLongText(t *testing.T) {
	_, err := Parse("seawall.yaml", []byte("version: 1\n"+strings.Repeat("a", maxScalar+1)+": [1, 2]\n"))
	if got, want := err.Error(), "seawall.yaml:2:1: a text longer than 4096 bytes begins here (shorten it)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestParserPanics(t *testing.T) {
	r := &report{}
	_, err := parseTokens(token.Tokens{nil})
	r.addSyntax(err)
	if got, want := r.err().Error(), "1:1: syntax: the file could not be understood (check indentation, quotes and brackets here and just above)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTooManyTokens(t *testing.T) {
	_, err := Parse("seawall.yaml", []byte("version: 1\n"+strings.Repeat("a:\n", maxTokens/2)))
	problems, ok := errors.AsType[Problems](err)
	if !ok || len(problems) != 1 || problems[0].Line != 24_999+1 {
		t.Errorf("got %v, want one problem in line 25000", err)
	}
}
