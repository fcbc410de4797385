package inside

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/intel/draft"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is an edge with a lookout beside it.
type stage struct {
	t       *testing.T
	edge    *app.App
	lookout *Lookout
	state   string
	site    string // the configuration's last lines, for the next reload
	begun   chan *lookout.Service
	failed  chan error
}

// play runs an edge in front of a site, and a lookout beside it, until the test ends.
func play(t *testing.T, tls, state string, furnish ...func(edge *app.App, o *lookout.Setup)) *stage {
	t.Helper()
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "<title>The page of "+r.Host+"</title><p>Enough words for a page that is really there, and some more of them.")
	}))
	t.Cleanup(origin.Close)
	s := &stage{t: t, state: state, begun: make(chan *lookout.Service, 8), failed: make(chan error, 8)}
	s.site = fmt.Sprintf("version: 1\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\ncontrol: off\nsites:\n  - name: www.example.org\n    origin: %s\n    tls: %q\n", origin.URL, tls)
	more := ""
	load := func() (*config.Config, error) { return config.Parse("seawall.yaml", []byte(s.site+more)) }
	s.lookout = New(Options{
		Logger: slog.New(slog.DiscardHandler), Again: time.Hour,
		Setup: func(edge *app.App, cfg *config.Config) (lookout.Setup, error) {
			o := lookout.Setup{State: state, Logger: slog.New(slog.DiscardHandler)}
			lookout.FromConfig(&o, cfg)
			o.Vantage.Name = config.DefaultVantage
			for _, add := range furnish {
				add(edge, &o)
			}
			return o, nil
		},
	})
	s.lookout.heard = func(x *lookout.Service, err error) {
		if err != nil {
			s.failed <- err
			return
		}
		s.begun <- x
	}
	cfg, err := load()
	if err != nil {
		t.Fatal(err)
	}
	s.edge, err = app.New(t.Context(), app.Options{Config: cfg, Load: load, Reloaded: s.lookout.Reloaded})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{}, 2)
	go func() {
		if err := s.edge.Run(ctx); err != nil {
			t.Error(err)
		}
		done <- struct{}{}
	}()
	go func() {
		s.lookout.Run(ctx, s.edge)
		done <- struct{}{}
	}()
	t.Cleanup(func() {
		end()
		<-done
		<-done
	})
	return s
}

// metrics returns what the edge serves of its metrics.
func (s *stage) metrics() string {
	s.t.Helper()
	status, text := get(s.t, s.edge.AdminAddr().String(), "/metrics")
	if status != http.StatusOK {
		s.t.Fatalf("got %d", status)
	}
	return text
}

// TestWatchesInside: the lookout asks the edge's own listener by the site's name, and what it finds is no vote.
func TestWatchesInside(t *testing.T) {
	for _, tls := range []string{"internal", "off"} {
		t.Run(tls, func(t *testing.T) {
			s := play(t, tls, t.TempDir())
			x := <-s.begun
			r, err := x.Lookout().MeasureNow(t.Context(), "www.example.org")
			if err != nil || len(r) != 1 || r[0].Result.Class != probe.OK || r[0].Result.Evidence.Title != "The page of www.example.org" {
				t.Fatalf("got %+v, %v", r, err)
			}
			o, err := lookout.Status.Ask(t.Context(), desk.Here(x.Desk()), lookout.Filter{})
			if err != nil || len(o.Sites) != 1 || o.Sites[0].State != watch.Unknown {
				t.Fatalf("got %+v, %v", o, err)
			}
			if m := s.metrics(); !strings.Contains(m, "seawall_lookout_running 1") || !strings.Contains(m, "seawall_watch_running") {
				t.Errorf("metrics lack the lookout:\n%s", m)
			} else if !strings.Contains(m, `seawall_peace_samples{site="www.example.org"} 0`) {
				t.Error("what the lookout asks for counts as what readers ask for")
			}
		})
	}
}

// TestListReachesEdge: a list that names the site becomes a rule set of the edge beside which it is read, without anybody's doing.
func TestListReachesEdge(t *testing.T) {
	folder, offered := t.TempDir(), make(chan error, 1)
	at := time.Now().Add(-time.Minute)
	list := `{"targets":[{"host":"example.org","type":"http2","method":"GET","port":443,"path":"/search?q=$_1"}],"randoms":[]}`
	if err := os.WriteFile(filepath.Join(folder, at.In(ddosia.Zone()).Format("2006-01-02_15-04-05")+".json"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	s := play(t, "off", t.TempDir(), func(edge *app.App, o *lookout.Setup) {
		to := orders.EdgeOf(edge.InForce(), desk.Here(edge))
		offer := to.Offer
		to.Offer = func(ctx context.Context, drafts []draft.Draft) error {
			err := offer(ctx, drafts)
			offered <- err
			return err
		}
		o.Rooms = append(o.Rooms, orders.NewRoom(config.Intel{Feeds: []config.Feed{{Name: "tracker", From: folder, Every: time.Hour}}}, to, func(lookout.House) orders.ClaimFunc { return nil }))
	})
	if err := <-offered; err != nil {
		t.Fatal(err)
	}
	sets, err := app.RulesList.Ask(t.Context(), desk.Here(s.edge), app.RulesNamed{})
	if err != nil || len(sets) != 1 || sets[0].Source.Feed != "tracker" || sets[0].Rules[0].Path != "/search" || sets[0].Waits != draft.WaitsUnknown {
		t.Errorf("got %+v, %v", sets, err)
	}
}

// TestReload: the lookout begins anew with what is taken up, and watch: off ends it.
func TestReload(t *testing.T) {
	s := play(t, "off", t.TempDir())
	first := <-s.begun
	site := s.site
	for _, away := range []string{"watch: off\n", "watch: {contact: it@example.org, process: own}\n"} {
		s.site = site + away
		if _, err := s.edge.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.site = site + "  - name: other.example.org\n    origin: http://127.0.0.1:1\n    tls: off\n"
	if _, err := s.edge.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := <-s.begun
	if second == first {
		t.Fatal("it is the same")
	}
	all, err := lookout.List.Ask(t.Context(), desk.Here(second.Desk()), struct{}{})
	if err != nil || len(all) != 2 {
		t.Errorf("got %+v, %v", all, err)
	}
}

// TestEdgeGoesOn: readers are served whatever becomes of the lookout, which says why it does not run.
func TestEdgeGoesOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "no-folder")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := t.TempDir()
	ln, err := control.Listen(t.Context(), lookout.SocketPath(taken))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for state, want := range map[string]string{file: "no-folder", taken: "another lookout runs"} {
		s := play(t, "off", state)
		if err := <-s.failed; !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		at, _ := s.edge.Here()
		if status, _ := get(t, at.String(), "/"); status != http.StatusOK {
			t.Errorf("a reader got %d", status)
		}
		if m := s.metrics(); !strings.Contains(m, "seawall_lookout_running 0") || !strings.Contains(m, "seawall_lookout_failed_total 1") {
			t.Errorf("metrics do not say that the lookout failed")
		}
	}
}

// get asks whoever listens there for a page of www.example.org.
func get(t *testing.T, addr, path string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://www.example.org"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}}
	r, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	all, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(all)
}
