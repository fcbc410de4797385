package statuspage

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/config"
)

// lines hands on each line of a log.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// TestRoomEndsNothing: a page that cannot be served is told of, and the process goes on.
func TestRoomEndsNothing(t *testing.T) {
	s := newStage(t, config.StatusOwner)
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	s.must(err)
	defer ln.Close()
	page := s.options().Page
	page.Listen = ln.Addr().String()
	log := make(lines, 8)
	build := NewRoom(page)
	r, err := build(lookout.House{Store: s.db, State: s.state, Logger: slog.New(slog.NewTextHandler(log, nil))})
	s.must(err)
	reg := prometheus.NewRegistry()
	r.(lookout.Measured).Register(reg)
	if _, known := gathered(t, reg)["seawall_status_pages_total "]; !known {
		t.Error("the page has no gauges")
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	if line := <-log; !strings.Contains(line, "the public status page is not served") {
		t.Errorf("the log says %s", line)
	}
	end()
	if err := <-ended; err != nil {
		t.Errorf("got %v", err)
	}
}
