package notify

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

var seven = time.Date(2026, 11, 26, 7, 12, 30, 0, time.UTC)

func full() Notice {
	return Notice{
		ID: "20261126T071230.000Z-000001-01234567", Receiver: "ops", Steps: []Step{{Disrupted, seven.Add(-time.Minute)}},
		Message: Message{
			Kind: Down, Key: "incident-7", At: seven, Sites: []Site{{Name: "www.example.org"}, {Name: "town.example"}},
			Since:    Interval{seven.Add(-6 * time.Minute), seven.Add(-5 * time.Minute)},
			Until:    Interval{Latest: seven},
			Answer:   Text{"The provider: all sites there fail.", "Udbyderen: alle websteder dér fejler."},
			Vantages: []Vantage{{"dk1", Text{"no answer", "intet svar"}}},
			Links:    []string{"https://lookout.example.org/7"},
		},
	}
}

func TestText(t *testing.T) {
	n := full()
	for l, want := range map[seawall.Language]string{
		seawall.English: `www.example.org and 1 more: down
Us or our provider? The provider: all sites there fail.
Began between 2026-11-26 07:06:30 UTC and 2026-11-26 07:07:30 UTC
Ended 2026-11-26 07:12:30 UTC
Seen from:
- dk1: no answer
Sites:
- www.example.org
- town.example
Before that:
- 2026-11-26 07:11:30 UTC intermittent
https://lookout.example.org/7
Message 20261126T071230.000Z-000001-01234567`,
		seawall.Danish: `www.example.org og 1 til: nede
Os eller vores udbyder? Udbyderen: alle websteder dér fejler.
Begyndte mellem 2026-11-26 07:06:30 UTC og 2026-11-26 07:07:30 UTC
Sluttede 2026-11-26 07:12:30 UTC
Set fra:
- dk1: intet svar
Websteder:
- www.example.org
- town.example
Før det:
- 2026-11-26 07:11:30 UTC ustabil
https://lookout.example.org/7
Besked 20261126T071230.000Z-000001-01234567`,
	} {
		n.Language = l
		if diff := cmp.Diff(want, n.Text(10_000)); diff != "" {
			t.Errorf("%v: -want +got:\n%s", l, diff)
		}
	}
}

// TestEveryKindHasWords in both languages.
func TestEveryKindHasWords(t *testing.T) {
	for k := KindNone + 1; int(k) < len(kinds); k++ {
		for _, l := range seawall.Languages() {
			n := Notice{Message: Message{Kind: k}, Language: l}
			if k.Title(l) == "" || n.Subject() == subjectPrefix {
				t.Errorf("%v has no words in %v", k, l)
			}
		}
		var again Kind
		text, err := k.MarshalText()
		if err != nil || again.UnmarshalText(text) != nil || again != k {
			t.Errorf("%v reads as %v, %v", k, again, err)
		}
	}
}

func TestSubject(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Notice)
		want   string
	}{
		"words":    {func(n *Notice) { n.Words.English = "briefly unavailable" }, "[Seawall] www.example.org and 1 more: briefly unavailable"},
		"end":      {func(n *Notice) { n.Kind, n.Words.English = Closed, "unavailable for a period" }, "[Seawall] www.example.org and 1 more: over (unavailable for a period)"},
		"reminder": {func(n *Notice) { n.Repeat = 2 }, "[Seawall] Reminder 2: www.example.org and 1 more: down"},
		"digest":   {func(n *Notice) { n.Kind, n.Failing = Digest, 7 }, "[Seawall] many sites fail at once (7)"},
		"test":     {func(n *Notice) { n.Kind, n.Sites = Test, nil }, "[Seawall] test of the alarm, nothing has happened"},
		"lines":    {func(n *Notice) { n.Words.English = "down\r\nBcc: x@example.net\x1b[2J" }, "[Seawall] www.example.org and 1 more: down  Bcc: x@example.net[2J"},
		"long":     {func(n *Notice) { n.Words.English = strings.Repeat("æ", 200) }, "[Seawall] www.example.org and 1 more: " + strings.Repeat("æ", 54) + "…"},
	} {
		n := full()
		tt.change(&n)
		if got := n.Subject(); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

// FuzzText: whatever the texts, what goes out is UTF-8, has no line that it should not have, fits, and ends with the id.
func FuzzText(f *testing.F) {
	f.Add("down", "nede", "https://lookout.example.org/7", 300, true)
	f.Add("a\nb\r\nc", "\x1b[31m\u202e", "x", 200, false)
	f.Add(strings.Repeat("æ", 500), "\xff", "", 1000, true)
	f.Fuzz(func(t *testing.T, words, answer, link string, limit int, danish bool) {
		n := full()
		n.Words, n.Answer, n.Links = Text{words, answer}, Text{answer, words}, []string{link}
		if danish {
			n.Language = seawall.Danish
		}
		if limit < 200 {
			return
		}
		got := n.Text(limit)
		if len(got) > limit || !utf8.ValidString(got) || !strings.HasSuffix(got, n.ID) || strings.ContainsAny(got, "\r\x1b") {
			t.Errorf("got %q for at most %d bytes", got, limit)
		}
		if s := n.Subject(); len(s) > maxSubject || !utf8.ValidString(s) || strings.ContainsAny(s, "\r\n") {
			t.Errorf("got subject %q", s)
		}
		if lines := strings.Count(got, "\n"); lines > 20 {
			t.Errorf("got %d lines: %q", lines, got)
		}
	})
}

func TestSecret(t *testing.T) {
	s := NewSecret("hunter2")
	if s.Reveal() != "hunter2" || s.IsZero() || !NewSecret("").IsZero() || (Secret{}).Reveal() != "" {
		t.Error("a secret does not keep what it is given")
	}
}
