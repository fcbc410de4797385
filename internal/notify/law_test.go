package notify

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// move is one step of a random night.
type move struct {
	Do   string
	Who  int // an incident
	Kind Kind
	For  time.Duration
}

func moves() *rapid.Generator[[]move] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) move {
		return move{
			Do:   rapid.SampledFrom([]string{"post", "post", "post", "sleep", "sleep", "break", "mend", "restart", "work", "rest"}).Draw(t, "do"),
			Who:  rapid.IntRange(0, 11).Draw(t, "who"),
			Kind: rapid.SampledFrom([]Kind{Slow, Suspected, Disrupted, Down, Down, Recovering, Closed}).Draw(t, "kind"),
			For:  time.Duration(rapid.SampledFrom([]int{1, 7, 20, 45, 300, 1900}).Draw(t, "for")) * time.Second,
		}
	}), 1, 60)
}

// TestLaws plays random nights with up to twelve sites, restarts, a provider that breaks and maintenance, and holds what must be true of each:
// nobody is told of an end who was not told of a failure; no message comes twice; and once all is quiet and the provider works, nothing
// waits, every site that fails has been told of, and none that works is taken to fail.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		night := moves().Draw(rt, "night")
		var problems []string
		atWork := map[string]bool{} // read by the dispatcher with its lock held, changed while it sleeps
		box := new(Memory)
		play(t, Options{Receivers: []Receiver{ops()}, Outbox: box, Maintenance: func(site string) bool { return atWork[site] }}, func(s *stage) {
			p := s.phones["ops"]
			last, said := map[int]Kind{}, map[int]Message{}
			for _, m := range night {
				switch m.Do {
				case "post":
					if before := last[m.Who]; m.Kind.Ends() && !before.Fails() && before != Recovering {
						continue // whoever watches does not end what has not begun
					}
					last[m.Who] = m.Kind
					key := fmt.Sprint("s", m.Who)
					said[m.Who] = Message{Kind: m.Kind, Key: key, At: time.Now(), Sites: []Site{{Name: key + ".example"}}}
					s.repeat(said[m.Who])
					time.Sleep(time.Millisecond) // no two things happen at once
				case "sleep":
					s.sleep(m.For)
				case "break":
					p.set(func(Notice) (bool, error) { return true, errBusy })
				case "mend":
					p.set(nil)
				case "restart":
					s.close()
					s.open()
					for who, m := range said {
						if last[who] != Closed {
							s.repeat(m) // as New asks for
						}
					}
				case "work", "rest":
					s.mu.Lock()
					atWork[fmt.Sprintf("s%d.example", m.Who)] = m.Do == "work"
					s.mu.Unlock()
				}
			}
			p.set(nil)
			s.mu.Lock()
			clear(atWork)
			s.mu.Unlock()
			s.sleep(45 * time.Minute)
			problems = laws(p.notices(), last)
			if n, _ := s.Waiting(); n > 1 || n == 1 && s.ledgers[0].mass == nil { // a digest has its next row waiting
				problems = append(problems, fmt.Sprintf("%d rows wait", n))
			}
		})
		if len(problems) > 0 {
			rt.Fatalf("%s", strings.Join(problems, "\n"))
		}
	})
}

// laws returns what is wrong with what was told, given how each site stands in the end.
func laws(told []Notice, last map[int]Kind) (problems []string) {
	ids := map[string]bool{}
	fails := map[string]bool{} // as whoever reads the messages believes
	var many []string          // of which the last digest spoke
	for _, n := range told {
		if ids[n.ID] {
			problems = append(problems, "twice: "+n.ID)
		}
		ids[n.ID] = true
		switch {
		case n.Kind == Digest && n.Failing == 0:
			clear(fails) // of those in it; others are told of again below
			many = nil
		case n.Kind == Digest:
			for _, name := range many {
				fails[name] = false
			}
			many = nil
			for _, s := range n.Sites {
				fails[s.Name] = true
				many = append(many, s.Name)
			}
		case n.Kind.Fails():
			fails[n.Sites[0].Name] = true
		case n.Kind == Recovering && !fails[n.Sites[0].Name]:
			problems = append(problems, "an end of what nobody heard of: "+n.Subject())
		case n.Kind.Ends():
			fails[n.Sites[0].Name] = false
		}
	}
	for who, kind := range last {
		name := fmt.Sprintf("s%d.example", who)
		if kind.Fails() && !fails[name] {
			problems = append(problems, fmt.Sprintf("%s is %v, and nobody knows", name, kind))
		}
		if kind.Ends() && fails[name] && many == nil { // a digest that goes on names only those that fail
			problems = append(problems, fmt.Sprintf("%s is %v, and is taken to fail", name, kind))
		}
	}
	return problems
}
