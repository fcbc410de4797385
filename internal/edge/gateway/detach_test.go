package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// hanging is an origin that answers at once, and later not before delay has passed; err is what it says then, if anything.
type hanging struct {
	delay time.Duration
	err   error
	n     atomic.Int64
}

func (h *hanging) answer(ctx context.Context, _ *seawall.Request, _ seawall.Fields, _ io.Reader) (*origin.Response, error) {
	n := h.n.Add(1)
	body := fmt.Sprint("answer ", n)
	if n > 1 {
		select {
		case <-time.After(h.delay):
		case <-ctx.Done():
			return nil, &origin.Error{Reason: seawall.ReasonClientGone, Err: ctx.Err()}
		}
		if h.err != nil {
			return nil, h.err
		}
	}
	return answering(200, "max-age=60", body), nil
}

// TestLeaderIsNotKept: whoever asks a hanging origin first gets the copy at hand as soon as those who wait for the answer do, and the
// answer is still stored when it comes.
func TestLeaderIsNotKept(t *testing.T) {
	for name, ranged := range map[string]string{"first of many": "", "alone": "bytes=0-3"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &hanging{delay: 10 * time.Second}
				b := newBench(t, admit.Options{}, o.answer)
				b.ask(t.Context(), request("GET", "/"))
				time.Sleep(2 * time.Minute)

				begun := time.Now()
				x := request("GET", "/")
				x.Request.Fields = x.Request.Fields.With("Range", ranged)
				got := b.ask(t.Context(), x)
				if took := time.Since(begun); got.status/100 != 2 || got.body.String()[:4] != "answ" || took != edge.DefaultStalePatience {
					t.Fatalf("got %d %q after %v", got.status, got.body.String(), took)
				}
				if out := b.outcomes[1]; out.Answer != seawall.AnswerStale || out.Reason != seawall.ReasonShed || out.Cost != edge.DefaultStalePatience {
					t.Errorf("outcome %+v", out)
				}
				x.Request.Path, x.Request.Host, x.Request.Fields = "/gone", "gone", nil // the engine forgets the exchange
				if s := b.Stats(); s.Renewals != 1 || b.admit.Load(time.Now()).InFlight != 1 {
					t.Errorf("renewals %d, at the origin %d, want one each", s.Renewals, b.admit.Load(time.Now()).InFlight)
				}
				b.ask(t.Context(), request("GET", "/"))
				if ranged == "" && b.origin.count() != 2 {
					t.Errorf("asked %d times, want 2", b.origin.count())
				}
				time.Sleep(20 * time.Second)
				if s := b.Stats(); s.Renewals != 0 {
					t.Errorf("%d renewals are left", s.Renewals)
				}
				before := b.origin.count()
				got = b.ask(t.Context(), request("GET", "/"))
				if got.body.String() == "answer 1" || b.last(t).Answer != seawall.AnswerFresh || b.origin.count() != before {
					t.Errorf("then got %q, %+v", got.body.String(), b.last(t))
				}
			})
		})
	}
}

// TestDetachedFailureCounts: a failure that nobody waits for any more still counts against the origin, and the flight is over.
func TestDetachedFailureCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, raw := newRawBench(t, saying("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nCache-Control: max-age=60\r\n\r\nhello"))
		group := b.Gateway.Origins[0].(*origin.Group)
		b.ask(t.Context(), request("GET", "/"))
		time.Sleep(2 * time.Minute) // the connection is not kept for so long
		raw.play(func(c net.Conn) {
			in := bufio.NewReader(c)
			readHead(in)
			_, _ = in.ReadByte()
		})
		for n := uint64(1); n <= 2; n++ {
			begun := time.Now()
			if got := b.ask(t.Context(), request("GET", "/")); got.body.String() != "hello" || time.Since(begun) != edge.DefaultStalePatience {
				t.Errorf("got %q after %v", got.body.String(), time.Since(begun))
			}
			time.Sleep(16 * time.Second)
			if s := group.One(0); s.Failures != n || s.InFlight != 0 || b.Stats().Renewals != 0 {
				t.Errorf("%d failures, want %d; %d under way, %d renewals", s.Failures, n, s.InFlight, b.Stats().Renewals)
			}
		}
		b.last(t)
		group.Close()
	})
}

// TestDetachedAreBounded: beyond the room for renewals readers wait as long as the origin may take, and what goes on without a reader ends
// with the gateway.
func TestDetachedAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &originFunc{}
		slow := false
		o.do = func(ctx context.Context, _ *seawall.Request, _ seawall.Fields, _ io.Reader) (*origin.Response, error) {
			if slow {
				select {
				case <-time.After(10 * time.Second):
				case <-ctx.Done():
					return nil, &origin.Error{Reason: seawall.ReasonClientGone, Err: ctx.Err()}
				}
			}
			return answering(200, "max-age=60", "hello"), nil
		}
		b := newBench(t, admit.Options{Start: 500}, o.do)
		limit := b.Stats().RenewalsLimit
		for i := range limit + 1 {
			b.ask(t.Context(), request("GET", fmt.Sprint("/", i)))
		}
		time.Sleep(2 * time.Minute)
		slow = true
		took := make(chan time.Duration, limit+1)
		begun := time.Now()
		for i := range limit + 1 {
			go func() {
				b.ask(t.Context(), request("GET", fmt.Sprint("/", i)))
				took <- time.Since(begun)
			}()
		}
		time.Sleep(time.Second)
		if n := b.Stats().Renewals; n != limit || len(took) != limit {
			t.Errorf("%d renewals of %d, %d readers answered", n, limit, len(took))
		}
		b.Gateway.Close()
		if n := b.Stats().Renewals; n != 0 || time.Since(begun) != time.Second {
			t.Errorf("%d renewals after Close, which took %v", n, time.Since(begun)-time.Second)
		}
		time.Sleep(20 * time.Second)
		for range limit {
			<-took
		}
		if last := <-took; last != 10*time.Second {
			t.Errorf("the one without room got an answer after %v", last)
		}
		b.last(t)
	})
}
