package drill

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/testkit/memnet"
)

// rehearsed returns a rehearsal in memory that keeps its last act, played by a few bots until ctx ended.
func rehearsed(ctx context.Context, t *testing.T) *Rehearsal {
	t.Helper()
	r, err := Prepare(Options{Length: time.Second, Bots: 3, Keep: true, Network: memnet.New()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rehearsed(t.Context(), t)
		ctx, interrupt := context.WithCancel(t.Context())
		told := 0
		r.Linger(ctx, func(k Kept) {
			told++
			if got := visit(t, r, k.Seawall); got != nil {
				t.Errorf("Seawall: got %v while it is kept", got)
			}
			if got := visit(t, r, k.Origin); got != nil {
				t.Errorf("origin: got %v while it is kept", got)
			}
			if !strings.HasPrefix(k.Admin, "127.0.0.1:") || k.ServerName != siteName {
				t.Errorf("got %+v", k)
			}
			interrupt()
		})
		if told != 1 {
			t.Errorf("told %d times, want once", told)
		}
		front := r.kept.front
		for range 2 {
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
		if visit(t, r, front) == nil {
			t.Error("Seawall still listens after Close")
		}
		r.Linger(t.Context(), func(Kept) { t.Error("nothing is kept any more") })
	})
}

// TestKeepInterrupted ends the rehearsal in its last act: Close alone waits for what was kept. The bubble would not end otherwise.
func TestKeepInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithTimeoutCause(t.Context(), 2500*time.Millisecond, errors.New("somebody pressed Ctrl-C"))
		defer interrupt()
		r := rehearsed(ctx, t)
		if r.kept == nil {
			t.Fatal("the last act was not reached")
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestCloseUnplayed closes a rehearsal that never ran.
func TestCloseUnplayed(t *testing.T) {
	r, err := Prepare(Options{Network: memnet.New()})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// visit opens a connection to addr and returns what hinders it.
func visit(t *testing.T, r *Rehearsal, addr netip.AddrPort) error {
	t.Helper()
	c, err := r.Network.Dial(t.Context(), netip.MustParseAddr("127.130.1.1"), addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		return err
	}
	if _, err := c.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
