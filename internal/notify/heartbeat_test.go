package notify

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phone{start: time.Now()}
		var dead atomic.Bool
		pulse, err := NewPulse(HeartbeatOptions{Send: p, Alive: func(time.Time) bool { return !dead.Load() }, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- pulse.Run(ctx) }()
		pass := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		pass(2*time.Minute + time.Second)
		p.want(t, "0s the lookout is alive", "1m0s the lookout is alive", "2m0s the lookout is alive")
		dead.Store(true) // the lookout hangs
		pass(3 * time.Minute)
		dead.Store(false)
		p.set(func(Notice) (bool, error) { return true, errBusy })
		pass(time.Minute)
		if got := pulse.State(); got.Sent != 3 || got.Skipped != 3 || got.Failed != 1 || got.Problem != "connection refused" || time.Since(got.Last) < 3*time.Minute {
			t.Errorf("got %+v", got)
		}
		p.set(nil)
		p.hang(true) // whoever listens hangs; beats do not pile up
		pass(3 * time.Minute)
		p.hang(false)
		pass(time.Minute)
		if got := pulse.State(); got.Sent != 4 || got.Failed != 4 || got.Problem != "" {
			t.Errorf("got %+v", got)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestTry(t *testing.T) {
	good, bad := &phone{}, &phone{}
	bad.set(func(Notice) (bool, error) { return false, errBusy })
	r := Receiver{Name: "ops", Channels: []Channel{{Name: "good", Kind: "phone", Notifier: good}, {Name: "bad", Kind: "phone", Notifier: bad}}}
	got := Try(t.Context(), r, seven)
	if len(got) != 2 || got[0].Channel != "good" || got[0].Err != nil || got[1].Channel != "bad" || got[1].Err == nil {
		t.Errorf("got %+v", got)
	}
	if n := good.notices(); len(n) != 1 || n[0].Kind != Test || n[0].ID == "" {
		t.Errorf("got %+v", n)
	}
}
