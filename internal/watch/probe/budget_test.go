package probe

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2025, 11, 18, 12, 0, 0, 0, time.UTC)

func newBudget(t testing.TB, vantages int) *Budget {
	t.Helper()
	b, err := NewBudget(vantages)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBudget(t *testing.T) {
	b := newBudget(t, 1)
	take := func(after time.Duration, want bool) {
		t.Helper()
		err := b.Take("example.org", noon.Add(after))
		if got := err == nil; got != want {
			t.Errorf("after %v: sent %v, want %v (%v)", after, got, want, err)
		}
	}
	take(0, true)
	take(10*time.Second, true)
	take(20*time.Second, true)
	take(59*time.Second, false)
	take(60*time.Second, true)
	take(61*time.Second, false)
	if err := b.Take("example.net", noon.Add(61*time.Second)); err != nil {
		t.Errorf("another site: %v", err)
	}
	if !b.Doubt("example.org", noon.Add(62*time.Second), time.Hour) {
		t.Error("no doubt")
	}
	for range 3 {
		take(63*time.Second, true)
	}
	take(63*time.Second, false)
	if b.Doubt("example.org", noon.Add(11*time.Minute+2*time.Second), time.Hour) {
		t.Error("a doubt begins in another")
	}
	if b.Doubt("example.org", noon.Add(21*time.Minute), time.Hour) {
		t.Error("a doubt begins too soon after another")
	}
	for range 3 {
		take(15*time.Minute, true)
	}
	take(15*time.Minute, false)
	if !b.Doubt("example.org", noon.Add(22*time.Minute), time.Hour) {
		t.Error("no second doubt")
	}
}

func TestBudgetSaysWhen(t *testing.T) {
	b := newBudget(t, 3)
	if err := b.Take("example.org", noon); err != nil {
		t.Fatal(err)
	}
	over, ok := errors.AsType[*OverBudget](b.Take("example.org", noon.Add(time.Second)))
	if !ok || !over.Free.Equal(noon.Add(time.Minute)) || over.Max != 1 {
		t.Errorf("got %+v", over)
	}
	for _, vantages := range []int{-1, 0, 4} {
		if _, err := NewBudget(vantages); err == nil {
			t.Errorf("%d vantages: no error", vantages)
		}
	}
}

// TestBudgetSurvives holds that a restart in between lets nothing more through, even one at which the clock goes back.
func TestBudgetSurvives(t *testing.T) {
	before := newBudget(t, 1)
	for range 3 {
		if err := before.Take("example.org", noon); err != nil {
			t.Fatal(err)
		}
	}
	written, err := json.Marshal(before.Export(noon))
	if err != nil {
		t.Fatal(err)
	}
	var read BudgetState
	if err := json.Unmarshal(written, &read); err != nil {
		t.Fatal(err)
	}
	after := newBudget(t, 1)
	after.Import(read, noon.Add(-time.Hour))
	if err := after.Take("example.org", noon.Add(-time.Hour).Add(30*time.Second)); err == nil {
		t.Error("the restart gave the site's budget back")
	}
	if err := after.Take("example.org", noon.Add(-time.Hour).Add(time.Minute)); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	if got := before.Export(noon.Add(time.Hour)); len(got) != 0 {
		t.Errorf("got %v, want nothing to remember", got)
	}
}

func TestSite(t *testing.T) {
	for _, tt := range []struct {
		host string
		port uint16
		want string
	}{
		{"www.example.org", 443, "example.org"},
		{"a.b.example.co.uk", 80, "example.co.uk"},
		{"example.org.", 443, "example.org"},
		{"localhost", 8080, "localhost"},
		{"org", 443, "org"},
		{"192.0.2.1", 443, "192.0.2.1"},
		{"192.0.2.1", 8080, "[192.0.2.1]:8080"},
		{"2001:db8::1", 80, "2001:db8::1"},
	} {
		if got := Site(tt.host, tt.port); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.host, got, tt.want)
		}
	}
}

// TestBudgetNeverOverAdmits is the law of the budget: whatever happens, restarts and doubts included, no window of a minute holds more GET of a
// site than the limit, nor of all vantages together.
func TestBudgetNeverOverAdmits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vantages := rapid.IntRange(1, 3).Draw(t, "vantages")
		budgets := make([]*Budget, vantages)
		for i := range budgets {
			budgets[i], _ = NewBudget(vantages)
		}
		var sent []time.Time
		var doubts []time.Time // each lasts LongDoubt at most
		now := noon
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(40*time.Second)).Draw(t, "wait")))
			i := rapid.IntRange(0, vantages-1).Draw(t, "vantage")
			switch rapid.SampledFrom([]string{"take", "take", "take", "take", "take", "doubt", "restart", "calm"}).Draw(t, "what") {
			case "take":
				for range rapid.IntRange(1, 8).Draw(t, "burst") {
					if budgets[i].Take("example.org", now) == nil {
						sent = append(sent, now)
					}
				}
			case "doubt":
				if budgets[i].Doubt("example.org", now, rapid.SampledFrom([]time.Duration{time.Minute, time.Hour}).Draw(t, "long")) {
					doubts = append(doubts, now)
				}
			case "calm":
				budgets[i].Calm("example.org", now)
			case "restart":
				state := budgets[i].Export(now)
				budgets[i], _ = NewBudget(vantages)
				budgets[i].Import(state, now)
			}
		}
		for i := range sent {
			limit := PeaceGETs
			for _, d := range doubts {
				if !sent[i].Add(Window).Before(d) && sent[i].Before(d.Add(LongDoubt)) {
					limit = DoubtGETs
				}
			}
			in := 0
			for _, g := range sent[i:] {
				if g.Sub(sent[i]) < Window {
					in++
				}
			}
			if in > limit {
				t.Fatalf("%d GET in the minute from %v, want at most %d", in, sent[i].Sub(noon), limit)
			}
		}
	})
}

// TestDoubtGoesOn: who asks for a minute leaves the rest of the ten to whoever has more doubt.
func TestDoubtGoesOn(t *testing.T) {
	b, _ := NewBudget(1)
	if !b.Doubt("example.org", noon, time.Minute) {
		t.Fatal("the first doubt is none")
	}
	if !b.Doubt("example.org", noon.Add(3*time.Minute), LongDoubt) {
		t.Fatal("a doubt of a minute forbids the one that comes after it")
	}
	if got, want := b.Export(noon.Add(4 * time.Minute))["example.org"].DoubtUntil, noon.Add(LongDoubt); !got.Equal(want) {
		t.Errorf("in doubt until %v, want %v", got, want)
	}
	if b.Doubt("example.org", noon.Add(11*time.Minute), time.Minute) {
		t.Error("a doubt went on for more than ten minutes")
	}
}

// TestDoubtIsShort is the other law: of any 20 minutes, a site is in doubt for at most 10.
func TestDoubtIsShort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, _ := NewBudget(1)
		now := noon
		var busy []time.Time // whole minutes in which more than the peaceful number was sent
		for range 60 {
			now = now.Add(time.Minute)
			if rapid.Bool().Draw(t, "doubt") {
				b.Doubt("example.org", now, rapid.SampledFrom([]time.Duration{time.Minute, 4 * time.Minute, time.Hour}).Draw(t, "long"))
			}
			if rapid.IntRange(0, 9).Draw(t, "calm") == 0 {
				b.Calm("example.org", now)
			}
			n := 0
			for range 8 {
				if b.Take("example.org", now) == nil {
					n++
				}
			}
			if n > PeaceGETs {
				busy = append(busy, now)
			}
		}
		for i := range busy {
			n := 0
			for _, at := range busy[i:] {
				if at.Sub(busy[i]) < LongDoubt+doubtPause {
					n++
				}
			}
			if n > 10 {
				t.Fatalf("%d busy minutes of 20 from %v", n, busy[i].Sub(noon))
			}
		}
	})
}

// TestAlone: of a site that no other vantage asks, one of three has the whole budget, and no more.
func TestAlone(t *testing.T) {
	b, err := NewBudget(3)
	if err != nil {
		t.Fatal(err)
	}
	b.Alone([]string{"one.example"})
	now := time.Now()
	for i := range PeaceGETs + 1 {
		if err := b.Take("one.example", now); (err == nil) != (i < PeaceGETs) {
			t.Errorf("GET %d to a site of its own: %v", i+1, err)
		}
		if err := b.Take("two.example", now); (err == nil) != (i < 1) {
			t.Errorf("GET %d to another: %v", i+1, err)
		}
	}
	b.Alone(nil)
	if b.Take("one.example", now.Add(Window)) != nil || b.Take("one.example", now.Add(Window)) == nil {
		t.Error("a site that is shared again has another budget than one part")
	}
}
