package lookout

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/notify"
)

// phones are people, each with a telephone, and the real dispatcher that decides what they hear.
type phones struct {
	*notify.Dispatcher
	all []*phone
}

// phone is a notifier that notes what it is sent.
type phone struct {
	who string

	mu  sync.Mutex
	got []notify.Notice // guarded by mu
	at  []time.Time     // of got; guarded by mu
}

func (p *phone) Notify(_ context.Context, n notify.Notice) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got, p.at = append(p.got, n), append(p.at, time.Now())
	return false, nil
}

// phones returns who hears of a night: those who answer for all its sites, everyone, and those who answer for each site where there are a few.
func (n *night) phones(t *testing.T) *phones {
	t.Helper()
	people := []notify.Receiver{{Name: "staff", Staff: true}, {Name: "everyone"}}
	for _, label := range n.sites {
		if len(n.sites) > 1 && len(n.sites) < 5 {
			people = append(people, notify.Receiver{Name: "owner of " + label, Staff: true, Sites: []string{label + ".example"}})
		}
	}
	all := new(phones)
	for i := range people {
		p := &phone{who: people[i].Name}
		all.all = append(all.all, p)
		people[i].Channels = []notify.Channel{{Name: "phone", Kind: "phone", Notifier: p}}
	}
	var err error
	all.Dispatcher, err = notify.New(t.Context(), notify.Options{Receivers: people, Logger: slog.New(slog.DiscardHandler), Rand: rand.New(rand.NewPCG(1, 2))})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// heard returns what each of them was sent, and when.
func (p *phones) heard(begun time.Time) string {
	var b strings.Builder
	for _, phone := range p.all {
		phone.mu.Lock()
		for i := range phone.got {
			n := &phone.got[i]
			fmt.Fprintf(&b, "%s heard %s: %s\n", phone.who, after(begun, phone.at[i]), strings.TrimPrefix(n.Subject(), "[Seawall] "))
			if answer, _, _ := strings.Cut(n.Answer.English, ":"); answer != "" && !n.Kind.Ends() {
				fmt.Fprintf(&b, "  %s\n", answer) // without how many, which another second changes
			}
		}
		phone.mu.Unlock()
	}
	return b.String()
}
