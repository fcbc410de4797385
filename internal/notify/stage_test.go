package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/seawall-project/seawall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// phone is a notifier that notes what it is sent.
type phone struct {
	start time.Time

	mu    sync.Mutex
	fail  func(n Notice) (bool, error) // guarded by mu; nil for none
	block bool                         // guarded by mu; hangs until the context ends
	got   []string                     // "after what subject", guarded by mu
	all   []Notice                     // guarded by mu
	tries int                          // guarded by mu
}

func (p *phone) Notify(ctx context.Context, n Notice) (bool, error) {
	p.mu.Lock()
	p.tries++
	fail, block := p.fail, p.block
	p.mu.Unlock()
	if block {
		<-ctx.Done()
		return true, ctx.Err()
	}
	if fail != nil {
		if retry, err := fail(n); err != nil {
			return retry, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, fmt.Sprintf("%v %s", time.Since(p.start).Round(time.Second), strings.TrimPrefix(n.Subject(), subjectPrefix)))
	p.all = append(p.all, n)
	return false, nil
}

func (p *phone) set(fail func(n Notice) (bool, error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = fail
}

func (p *phone) hang(block bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.block = block
}

func (p *phone) notices() []Notice {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.all)
}

func (p *phone) want(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if diff := cmp.Diff(want, slices.Clone(p.got)); diff != "" && len(want)+len(p.got) > 0 {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// stage is a dispatcher in a bubble.
type stage struct {
	*testing.T
	*Dispatcher
	Options
	start  time.Time
	cancel context.CancelFunc
	ended  chan error
	phones map[string]*phone
}

// play runs a test in a bubble with a dispatcher. Receivers have one channel each, a phone of their name, unless they bring their own.
func play(t *testing.T, o Options, test func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{T: t, Options: o, start: time.Now(), phones: map[string]*phone{}}
		if s.Outbox == nil {
			s.Outbox = new(Memory)
		}
		if s.Logger == nil {
			s.Logger = slog.New(slog.DiscardHandler)
		}
		s.Rand = rand.New(rand.NewPCG(1, 2))
		for i := range s.Receivers {
			r := &s.Receivers[i]
			if r.Channels == nil {
				r.Channels = []Channel{{Name: "phone", Kind: "phone"}}
			}
			r.Channels = slices.Clone(r.Channels)
			for j := range r.Channels {
				p := &phone{start: s.start}
				s.phones[strings.TrimSuffix(r.Name+"/"+r.Channels[j].Name, "/phone")] = p
				r.Channels[j].Notifier = p
			}
		}
		s.open()
		defer func() {
			if s.cancel != nil {
				s.close()
			}
		}()
		test(s)
	})
}

func (s *stage) open() {
	s.Helper()
	d, err := New(s.Context(), s.Options)
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.Context())
	s.Dispatcher, s.cancel, s.ended = d, cancel, make(chan error)
	go func() { s.ended <- d.Run(ctx) }()
	synctest.Wait()
}

func (s *stage) close() {
	s.Helper()
	s.cancel()
	s.cancel = nil
	if err := <-s.ended; err != nil {
		s.Error(err)
	}
}

func (s *stage) post(key string, kind Kind, sites ...string) {
	s.Helper()
	s.postAs(Message{Kind: kind, Key: key}, sites...)
}

func (s *stage) postAs(m Message, sites ...string) {
	s.Helper()
	m.At = time.Now()
	if len(sites) == 0 {
		sites = []string{m.Key + ".example"}
	}
	for _, name := range sites {
		m.Sites = append(m.Sites, Site{Name: name})
	}
	if err := s.Post(s.Context(), m); err != nil {
		s.Fatal(err)
	}
}

// repeat posts a message as it is.
func (s *stage) repeat(m Message) {
	s.Helper()
	if err := s.Post(s.Context(), m); err != nil {
		s.Fatal(err)
	}
}

// sleep passes time in the bubble.
func (s *stage) sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (s *stage) untold() map[string]int {
	counts := map[string]int{}
	s.Untold(func(reason string, n int) { counts[reason] = n })
	return counts
}

var errBusy = errors.New("connection refused")

func ops() Receiver { return Receiver{Name: "ops", Staff: true} }

func board() Receiver { return Receiver{Name: "board", Language: seawall.Danish} }
