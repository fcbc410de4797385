package readers

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestParseEntry(t *testing.T) {
	at := time.Date(2025, 11, 18, 8, 0, 1, 0, time.UTC)
	for _, tt := range []struct {
		line string
		want entry
	}{
		{
			`192.0.2.7 - - [18/Nov/2025:09:00:01 +0100] "GET /a?b=c HTTP/1.1" 200 12 "https://example.org/" "Mozilla/5.0"`,
			entry{"192.0.2.7", at, "GET", "/a?b=c", 200, "Mozilla/5.0"},
		},
		{
			`2001:db8::7 - ane [18/Nov/2025:08:00:01 +0000] "POST /login HTTP/2.0" 302 - "-" "say \"hello\" \\" 0.012 more`,
			entry{"2001:db8::7", at, "POST", "/login", 302, `say \"hello\" \\`},
		},
		{
			`192.0.2.7 - two words [18/Nov/2025:08:00:01 +0000] "GET /" 400 0 "" ""`,
			entry{"192.0.2.7", at, "GET", "/", 400, ""},
		},
	} {
		got, ok := parseEntry(tt.line)
		if !ok || !got.at.Equal(tt.want.at) {
			t.Errorf("line %s: got %+v, %t", tt.line, got, ok)
			continue
		}
		got.at = tt.want.at
		if got != tt.want {
			t.Errorf("line %s: got %+v, want %+v", tt.line, got, tt.want)
		}
	}
}

func TestParseEntryRefuses(t *testing.T) {
	for _, line := range []string{
		"",
		" ",
		"192.0.2.7",
		`192.0.2.7 - - [18/Nov/2025:08:00:01 +0000] "GET / HTTP/1.1" 200 12`,
		`192.0.2.7 - - [18/Nov/2025:08:00:01 +0000] "GET / HTTP/1.1" 200 12 "-"`,
		`192.0.2.7 - - [18/Nov/2025:08:00:01 +0000] "GET / HTTP/1.1" 200 12 "-" "open`,
		`192.0.2.7 - - [18/Nov/2025:08:00:01 +0000] "GET / HTTP/1.1" 20 12 "-" "-"`,
		`192.0.2.7 - - [18/Nov/2025:08:00:01 +0000] "GET / HTTP/1.1" +20 12 "-" "-"`,
		`192.0.2.7 - - [18/Nov/2025:08:00:01 +0000] "GET / HTTP/1.1" 999 12 "-" "-"`,
		`192.0.2.7 - - [18/Nov/2025:08:00:01 +0000] "" 400 0 "-" "-"`,
		`192.0.2.7 - - [18/Nov/2025:08:00:01 +0000] "GET" 400 0 "-" "-"`,
		`192.0.2.7 - - [yesterday] "GET / HTTP/1.1" 200 12 "-" "-"`,
		`192.0.2.7 - - 18/Nov/2025:08:00:01 "GET / HTTP/1.1" 200 12 "-" "-"`,
	} {
		if got, ok := parseEntry(line); ok {
			t.Errorf("line %s: got %+v, want none", line, got)
		}
	}
}

// What is read can be written down and read again, and is the same.
func FuzzParseEntry(f *testing.F) {
	f.Add(`192.0.2.7 - - [18/Nov/2025:09:00:01 +0100] "GET /a?b=c HTTP/1.1" 200 12 "https://example.org/" "Mozilla/5.0"`)
	f.Add(`x - - [18/Nov/2025:09:00:01 +0100] "\"" 200 12 "\\" "\"`)
	f.Fuzz(func(t *testing.T, line string) {
		got, ok := parseEntry(line)
		if !ok {
			if got != (entry{}) {
				t.Errorf("refused and returned %+v", got)
			}
			return
		}
		head := fmt.Sprintf(`%s - - [%s] "%s %s HTTP/1.1" %d`, got.addr, got.at.Format(logTime), got.method, got.target, got.status)
		again := head + ` 0 "-" "` + got.agent + `"`
		second, ok := parseEntry(again)
		if !ok || !second.at.Equal(got.at) {
			t.Fatalf("line %q became %q, which reads as %+v, %t", line, again, second, ok)
		}
		if second.at = got.at; second != got {
			t.Errorf("line %q: got %+v, then %+v", line, got, second)
		}
	})
}

func TestAgentOf(t *testing.T) {
	for agent, want := range map[string]Agent{
		browsers[0]: Browser, browsers[2]: Browser, browsers[4]: Browser,
		"Opera/9.80 (Windows NT 6.1)": Browser,
		"-":                           Script,
		"":                            Script,
		"curl/8.14.1":                 Script,
		"Mozilla/5.0 (compatible; ExampleBot/1.0; +http://example.org)": Script,
		"Tiny Tiny RSS/24.1": FeedReader,
		"ExampleFeed/1.0":    FeedReader,
	} {
		if got := agentOf(agent); got != want {
			t.Errorf("agent %q: got %d, want %d", agent, got, want)
		}
	}
}

func TestTargetsOfLogs(t *testing.T) {
	for _, target := range []string{"/a.css", "/A.PNG?x=1.html", "/favicon.ico"} {
		if !isAssetPath(target) {
			t.Errorf("%s is taken for a page", target)
		}
	}
	for _, target := range []string{"/", "/a", "/a.html", "/a.php?f=b.css", strings.Repeat("/", 9)} {
		if isAssetPath(target) || isFeedPath(target) {
			t.Errorf("%s is taken for an asset or a feed", target)
		}
	}
	for _, target := range []string{"/feed", "/feed/", "/blog/rss.xml", "/feed.rss", "/?feed=rss2", "/?flav=rss20"} {
		if !isFeedPath(target) {
			t.Errorf("%s is not taken for a feed", target)
		}
	}
}
