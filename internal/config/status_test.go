package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

func zone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

// ownPage and counts are what the good files about status pages say.
func ownPage(c *Config) {
	c.Status = Status{
		Kind: StatusOwner, Title: "Eksempelkureren", Sites: []string{"www.example.org", "xn--rdgrd-vuad.example.org"}, Groups: []string{"archive"},
		Words:     map[seawall.Language]string{seawall.Danish: "/etc/seawall/status.da.txt", seawall.English: "/etc/seawall/status.en.txt"},
		Languages: []seawall.Language{seawall.English, seawall.Danish}, Zone: zone("Europe/Copenhagen"), URL: "https://status.example.net/",
		Dir: "/var/lib/seawall/status", Every: 2 * time.Minute,
		Push:    StatusPush{URL: "https://store.example.net/bucket/", TokenFile: "/etc/seawall/status.token", AllowPrivate: true},
		Command: []string{"/usr/bin/rsync", "--delete", "an argument with blanks"},
	}
}

func counts(c *Config) {
	c.Status = Status{
		Kind: StatusAuthority, Title: "Styrelsen for Eksempler", Languages: []seawall.Language{seawall.Danish, seawall.English}, Zone: time.UTC,
		Listen: "127.0.0.1:8480", Every: 15 * time.Minute, Delay: time.Hour,
	}
}

// TestStatusIsOff: a file that says nothing of it has no status page.
func TestStatusIsOff(t *testing.T) {
	c, err := Read("testdata/good/minimal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Status{}, c.Status, sameZone); diff != "" {
		t.Errorf("got a status page:\n%s", diff)
	}
}

func TestStatusLimits(t *testing.T) {
	const file = "version: 1\nsites: [{name: www.example.org, origin: \"http://127.0.0.1:1\"}]\nstatus:\n  kind: owner\n  title: T\n"
	for text, want := range map[string]string{
		"  command: [" + strings.Repeat("a, ", maxStatusCommand) + "a]\n": "status.command: has 33 items (keep 32 or fewer)",
		"  sites:\n" + hostList(maxStatusList+1):                          "status.sites: has 201 items (keep 200 or fewer)",
		"  push: {url: \"http://[::1]:9000/a/\"}\n":                       "",
		"  push: {url: \"http://127.0.0.1.example.org/\"}\n":              "is not encrypted (write https)",
		"  listen: :8480\n": "",
	} {
		_, err := Parse("f", []byte(file+text))
		switch {
		case want == "" && err != nil:
			t.Errorf("%.40q: %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%.40q: got %v, want %q", text, err, want)
		}
	}
}

func hostList(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "    - s%d.example.org\n", i)
	}
	return b.String()
}

func TestWants(t *testing.T) {
	type site struct {
		host   string
		groups []string
		public bool
	}
	for _, tt := range []struct {
		page Status
		site site
		want bool
	}{
		{Status{Kind: StatusOwner}, site{"a", nil, true}, true},
		{Status{Kind: StatusOwner}, site{"a", []string{"g"}, false}, false},
		{Status{Kind: StatusOwner, Sites: []string{"a"}}, site{"a", nil, false}, true}, // whoever names it wants it
		{Status{Kind: StatusOwner, Sites: []string{"a"}}, site{"b", nil, true}, false},
		{Status{Kind: StatusOwner, Groups: []string{"g"}}, site{"b", []string{"f", "g"}, true}, true},
		{Status{Kind: StatusOwner, Groups: []string{"g"}}, site{"b", []string{"g"}, false}, false},
		{Status{Kind: StatusOwner, Groups: []string{"g"}}, site{"b", nil, true}, false},
		{Status{Kind: StatusOwner, Groups: []string{"g"}, Sites: []string{"a"}}, site{"a", nil, false}, true},
		{Status{Kind: StatusAuthority}, site{"a", nil, false}, true},
		{Status{Kind: StatusAuthority, Groups: []string{"g"}}, site{"a", nil, true}, false},
		{Status{Kind: StatusAuthority, Groups: []string{"g"}}, site{"a", []string{"g"}, false}, true},
	} {
		if got := tt.page.Wants(tt.site.host, tt.site.groups, tt.site.public); got != tt.want {
			t.Errorf("%+v, %+v: got %v", tt.page, tt.site, got)
		}
	}
}

// renderStatus writes out everything that s says.
func renderStatus(b *strings.Builder, s *Status) {
	if s.Kind == "" {
		return
	}
	fmt.Fprintf(b, "status:\n  kind: %s\n  title: %q\n  languages: %s\n  timezone: %q\n  listen: %q\n  every: %v\n",
		s.Kind, s.Title, flow(s.Languages), s.Zone, orOff(s.Listen), s.Every)
	for name, list := range map[string][]string{"sites": s.Sites, "groups": s.Groups, "command": s.Command} {
		if len(list) > 0 {
			fmt.Fprintf(b, "  %s: %s\n", name, flow(list))
		}
	}
	for name, text := range map[string]string{"url": s.URL, "dir": s.Dir} {
		if text != "" {
			fmt.Fprintf(b, "  %s: %q\n", name, text)
		}
	}
	if s.Delay > 0 {
		fmt.Fprintf(b, "  delay: %v\n", s.Delay)
	}
	if len(s.Words) > 0 {
		b.WriteString("  words:\n")
	}
	for _, l := range slices.Sorted(maps.Keys(s.Words)) {
		fmt.Fprintf(b, "    %s: %q\n", l, s.Words[l])
	}
	if s.Push.URL == "" {
		return
	}
	fmt.Fprintf(b, "  push:\n    url: %q\n", s.Push.URL)
	if s.Push.TokenFile != "" {
		fmt.Fprintf(b, "    token_file: %q\n", s.Push.TokenFile)
	}
	if s.Push.AllowPrivate {
		b.WriteString("    allow_private: on\n")
	}
}
