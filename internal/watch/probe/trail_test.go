package probe

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// walk is a site behind redirects, of which a place with one GET a minute asks, by a clock that the test sets.
type walk struct {
	*testing.T
	p      *Prober
	target Target

	mu    sync.Mutex
	now   time.Time
	leads map[string]string // path → where it redirects to
	bad   map[string]bool   // paths that answer with 502
	asked []string
}

func newWalk(t *testing.T, gets int) *walk {
	t.Helper()
	b := newBed(t)
	w := &walk{T: t, now: time.Now(), leads: map[string]string{}, bad: map[string]bool{}}
	w.target = Target{URL: b.web(func(out http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked = append(w.asked, r.URL.Path)
		to, bad := w.leads[r.URL.Path], w.bad[r.URL.Path]
		w.mu.Unlock()
		switch {
		case to != "":
			http.Redirect(out, r, to, http.StatusFound)
		case bad:
			http.Error(out, "bad", http.StatusBadGateway)
		default:
			page(out, r)
		}
	})}
	budget, err := NewBudget(PeaceGETs / gets)
	if err != nil {
		t.Fatal(err)
	}
	w.p = b.prober(func(o *Options) {
		o.Remember, o.Budget = true, budget
		o.Now = func() time.Time {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.now
		}
	})
	return w
}

// turn is a minute's probe: what came of it, "…" when the budget ended it, and which paths were asked.
func (w *walk) turn() (class, asked string, r Result) {
	w.mu.Lock()
	w.asked, w.now = nil, w.now.Add(time.Minute+time.Second)
	w.mu.Unlock()
	r = w.p.Probe(w.Context(), w.target)
	class = r.Class.String()
	if r.OverBudget {
		class = "…"
	}
	return class, strings.Join(w.asked, " "), r
}

// turns holds what so many turns come to, each as "class paths".
func (w *walk) turns(want ...string) {
	w.Helper()
	var got []string
	for range want {
		class, asked, _ := w.turn()
		got = append(got, class+" "+asked)
	}
	if !slices.Equal(got, want) {
		w.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestTrail holds how a place with one GET a minute measures a site that redirects: after as many minutes as there are redirects, every minute, at
// the page's own place; with the whole chain in each result.
func TestTrail(t *testing.T) {
	w := newWalk(t, 1)
	w.leads["/"], w.leads["/a"] = "/a", "/b"
	w.turns("… /", "… /a", "ok /b", "ok /b")
	_, _, r := w.turn()
	if n := len(r.Evidence.Redirects); n != 2 || !strings.HasSuffix(r.FinalURL, "/b") || r.URL != w.target.URL {
		t.Errorf("%d redirects from %s to %s", n, r.URL, r.FinalURL)
	}
	w.bad["/b"] = true // the chain is followed anew, once
	w.turns("http_502 /b", "… /", "… /a", "http_502 /b", "http_502 /b", "http_502 /b")
	w.bad["/b"] = false
	w.turns("ok /b", "ok /b")
	w.now = w.now.Add(trailFor)
	w.turns("… /", "… /a", "ok /b", "ok /b")
	w.leads["/b"] = "/c" // the page moves on
	w.turns("… /b", "… /", "… /a", "… /b", "ok /c", "ok /c")
	delete(w.leads, "/")
	w.leads["/c"] = "/" // and home
	w.turns("… /c", "ok /", "ok /")
}

// TestTrailEnds holds that what is wrong with a chain is found with one GET a minute, too.
func TestTrailEnds(t *testing.T) {
	t.Run("loop", func(t *testing.T) {
		w := newWalk(t, 1)
		w.leads["/"], w.leads["/a"] = "/a", "/"
		w.turns("… /", "redirect_loop /a", "redirect_loop /a", "redirect_loop /a")
		delete(w.leads, "/a")
		w.turns("ok /a", "ok /a")
	})
	t.Run("endless", func(t *testing.T) {
		w := newWalk(t, 1)
		want := []string{"… /"}
		w.leads["/"] = "/p0"
		for i := range 20 {
			w.leads[fmt.Sprint("/p", i)] = fmt.Sprint("/p", i+1)
		}
		for i := range DoubtGETs - 2 {
			want = append(want, fmt.Sprint("… /p", i))
		}
		w.turns(append(want, fmt.Sprint("redirect_loop /p", DoubtGETs-2))...)
	})
	t.Run("another site", func(t *testing.T) {
		w := newWalk(t, 1)
		w.leads["/"], w.leads["/a"] = "/a", "https://www.example.net/"
		w.turns("… /", "redirect_foreign /a", "redirect_foreign /a", "redirect_foreign /a")
		w.now = w.now.Add(resumeFor)
		w.turns("… /", "redirect_foreign /a", "redirect_foreign /a") // the start is looked at as well
		_, _, r := w.turn()
		if n := len(r.Evidence.Redirects); n != 2 || r.FinalURL != "https://www.example.net/" {
			t.Errorf("%d redirects to %s", n, r.FinalURL)
		}
		delete(w.leads, "/")
		w.now = w.now.Add(resumeFor)
		w.turns("ok /", "ok /")
	})
	t.Run("what orders name", func(t *testing.T) {
		w := newWalk(t, 1)
		w.leads["/"] = "/a"
		w.turns("… /", "ok /a", "ok /a")
		if err := w.p.SetRules(Rules{Listed: map[string]Listed{"www.example.org": {Paths: []string{"/a"}}}}); err != nil {
			t.Fatal(err)
		}
		w.turns("refused_target /", "refused_target /")
	})
}

// TestTrailWithRoom holds that a place whose budget has room for the chain loses no turn.
func TestTrailWithRoom(t *testing.T) {
	w := newWalk(t, 3)
	w.leads["/"], w.leads["/a"] = "/a", "/b"
	w.turns("ok / /a /b", "ok /b")
	w.now = w.now.Add(trailFor)
	w.turns("ok / /a /b", "ok /b")
	delete(w.leads, "/a")
	w.bad["/b"] = true // not asked for any more
	w.turns("http_502 /b", "ok / /a", "ok /a")
}
