package probe

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

// script is an asker that answers as a test says, and notes what it was asked.
type script struct {
	answer func(t Target) Result
	asked  []Target
}

func (s *script) Probe(_ context.Context, t Target) Result {
	s.asked = append(s.asked, t)
	r := s.answer(t)
	r.URL, r.At = t.URL, noon
	return r
}

// came is an answer over the family that goes first.
func came(t Target) Result { return Result{Class: OK, Family: t.First} }

// scripted returns turns on a script, whose clock moves on a minute with each turn taken by take.
func scripted(answer func(t Target) Result) (s *script, take func(t Target) Result) {
	s = &script{answer: answer}
	now := noon
	turns := NewTurns(s, func() time.Time { return now })
	return s, func(t Target) Result {
		now = now.Add(time.Minute)
		return turns.Take(context.Background(), t)
	}
}

// partly reports how many of so many turns say that a part is missing.
func partly(n int, take func() Result) (count int) {
	for range n {
		if slices.Contains(take().Assessment, Partial) {
			count++
		}
	}
	return count
}

var (
	ours   = Target{URL: "https://www.example.org/"}
	others = Target{URL: "https://www.example.net/"}
)

func TestFamiliesTakeTurns(t *testing.T) {
	s, take := scripted(came)
	for range 4 {
		take(ours)
	}
	for i, want := range []Family{IPv4, IPv6, IPv4, IPv6} {
		if got := s.asked[i].First; got != want {
			t.Errorf("turn %d: %d goes first, want %d", i, got, want)
		}
	}
}

// lostOver6 answers over IPv4 where IPv6 goes first, for one site.
func lostOver6(t Target) Result {
	r := came(t)
	if t.URL == ours.URL && t.First == IPv6 {
		r.Family, r.Lost, r.Evidence.Error = IPv4, IPv6, "2001:db8::1: connection refused"
	}
	return r
}

// TestLostFamily: a site whose IPv6 does not answer is partly there, on the turns of IPv4 too, as long as IPv6 leads from here to other sites.
func TestLostFamily(t *testing.T) {
	_, take := scripted(lostOver6)
	if n := partly(10, func() Result { return take(ours) }); n != 0 {
		t.Errorf("%d of 10 turns say partial, where IPv6 leads nowhere from here", n)
	}
	take(others)
	take(others)
	if n := partly(10, func() Result { return take(ours) }); n < 9 {
		t.Errorf("%d of 10 turns say partial, where IPv6 leads to another site", n)
	}
	partly(20, func() Result { return take(ours) })
	if n := partly(10, func() Result { return take(ours) }); n != 0 {
		t.Errorf("%d of 10 turns say partial, long after IPv6 led anywhere from here", n)
	}
}

// TestFamilyIsBack: as soon as it answers, nothing is missing.
func TestFamilyIsBack(t *testing.T) {
	answer := lostOver6
	_, take := scripted(func(t Target) Result { return answer(t) })
	take(others)
	take(others)
	if n := partly(4, func() Result { return take(ours) }); n == 0 {
		t.Fatal("nothing is missing")
	}
	answer = came
	partly(2, func() Result { return take(ours) })
	if n := partly(10, func() Result { return take(ours) }); n != 0 {
		t.Errorf("%d of 10 turns say partial, after it is back", n)
	}
}

// TestPage: every tenth turn asks the page agreed on. While that does not come and the home page does, the site is partly there; while the home page does
// not come, only that is asked.
func TestPage(t *testing.T) {
	home, page := OK, OK
	target := Target{URL: "https://www.example.org/", Page: "/search"}
	s, take := scripted(func(t Target) Result {
		if strings.HasSuffix(t.URL, "/search") {
			return Result{Class: page, Evidence: Evidence{Error: "status 503"}}
		}
		return Result{Class: home}
	})
	count := func() (pages int) {
		for _, x := range s.asked {
			if x.URL == "https://www.example.org/search" && x.Page == "/search" {
				pages++
			}
		}
		s.asked = nil
		return pages
	}
	all := func() Result { return take(target) }
	if n := partly(40, all); n != 0 || len(s.asked) != 40 || count() != 4 {
		t.Errorf("%d turns say partial, where all comes; %d requests", n, len(s.asked))
	}
	page = HTTP503
	partly(10, all)
	r := take(target)
	if !slices.Contains(r.Assessment, Partial) || r.Class != OK || r.URL != target.URL || r.Evidence.Error != "https://www.example.org/search: http_503: status 503" {
		t.Errorf("got %v %v of %s: %s", r.Class, r.Assessment, r.URL, r.Evidence.Error)
	}
	if n := partly(20, all); n != 20 {
		t.Errorf("%d of 20 turns say partial", n)
	}
	count()
	home = HTTP502
	take(target)
	if n := partly(20, all); n != 0 || count() != 0 {
		t.Errorf("%d turns say partial while the home page does not come", n)
	}
	home, page = OK, OK
	partly(12, all)
	if n := partly(20, all); n != 0 {
		t.Errorf("%d turns say partial after all is back", n)
	}
}

// TestPageThatIsNone: a page that is the home page, or refused, is no second question.
func TestPageThatIsNone(t *testing.T) {
	for _, page := range []string{"", "/", "//", "%zz", "/./"} {
		s, take := scripted(came)
		for range 30 {
			take(Target{URL: "https://www.example.org/", Page: page})
		}
		for _, x := range s.asked {
			if x.URL != "https://www.example.org/" {
				t.Errorf("%q: asked for %s", page, x.URL)
			}
		}
	}
	s, take := scripted(func(t Target) Result {
		if strings.HasSuffix(t.URL, "/search") {
			return Result{Class: RefusedTarget}
		}
		return Result{Class: OK}
	})
	if n := partly(30, func() Result { return take(Target{URL: ours.URL, Page: "/search"}) }); n != 0 || len(s.asked) != 33 {
		t.Errorf("%d turns say partial of a page that must not be asked; %d questions", n, len(s.asked))
	}
}
