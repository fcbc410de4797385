package readers

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/ca"
	"github.com/seawall-project/seawall/internal/drill/loopback"
	"github.com/seawall-project/seawall/internal/drill/paper"
	"github.com/seawall-project/seawall/internal/drill/work"
)

const host = "www.example.org"

// The whole of it on the real loopback, over TLS, sources bound or in PROXY headers.
func TestRunOverLoopback(t *testing.T) {
	for _, proxy := range []bool{false, true} {
		t.Run(fmt.Sprintf("proxy=%t", proxy), func(t *testing.T) {
			n := loopback.New(loopback.Options{Proxy: proxy})
			ln, err := n.Listen(t.Context(), netip.MustParseAddrPort("127.0.0.1:0"))
			if err != nil {
				t.Fatal(err)
			}
			config, roots := certificate(t)
			o := proxiedOrigin(t, n.Proxied())
			serving(t, func(ctx context.Context) error { return o.Serve(ctx, ln, config) })
			report := Run(t.Context(), Options{
				Seed: 11, RateHz: 15, Length: time.Second, Paper: courier, Network: n,
				Target: ln.Addr().(*net.TCPAddr).AddrPort(), ServerName: host, Roots: roots,
			})
			wantAllServed(t, report)
		})
	}
}

// A longer act in no time: every kind, plain and over TLS.
func TestRunInABubble(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls=%t", secure), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, o := newWire(), newOrigin(t)
				options := Options{Seed: 12, RateHz: 5, Length: 30 * time.Second, Paper: courier, Network: w, Target: target, ServerName: host}
				var config *tls.Config
				if secure {
					config, options.Roots = certificate(t)
				}
				var late, told atomic.Int64
				options.Late = func(d time.Duration) { late.Add(int64(d)) }
				options.Progress = func(bool, work.Kind) { told.Add(1) }
				serving(t, func(ctx context.Context) error { return o.Serve(ctx, w, config) })

				begun := time.Now()
				report := Run(t.Context(), options)
				if took := time.Since(begun); took > options.Length+Patience {
					t.Errorf("took %v, want at most %v", took, options.Length+Patience)
				}
				wantAllServed(t, report)
				for _, k := range work.Kinds() {
					tally := report[k]
					if tally.Asked == 0 {
						t.Fatalf("nobody asked for a %v", k)
					}
					if tally.Times[0] < k.Cost() {
						t.Errorf("a %v came within %v", k, tally.Times[0])
					}
				}
				if got, want := int(told.Load()), report.Total().Asked; got != want || late.Load() != 0 {
					t.Errorf("told of %d clicks, late by %v together; want %d and 0", got, time.Duration(late.Load()), want)
				}
			})
		})
	}
}

func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(http.ResponseWriter, *http.Request) bool // whether it answered
		want  Cause
	}{
		{"status", func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusBadGateway)
			return true
		}, Status},
		{"document short of a byte", func(w http.ResponseWriter, r *http.Request) bool {
			d, ok := courier.Page(r.RequestURI)
			if ok {
				_, _ = w.Write(d.Body[:len(d.Body)-1])
			}
			return ok
		}, WrongBytes},
		{"document with a byte too many", func(w http.ResponseWriter, r *http.Request) bool {
			d, ok := courier.Page(r.RequestURI)
			if ok {
				_, _ = w.Write(append(slices.Clip(d.Body), '\n'))
			}
			return ok
		}, WrongBytes},
		{"one asset wrong", func(w http.ResponseWriter, r *http.Request) bool {
			if !isFirstAsset(r) {
				return false
			}
			_, _ = w.Write([]byte("something else"))
			return true
		}, WrongBytes},
		{"one asset missing", func(w http.ResponseWriter, r *http.Request) bool {
			if !isFirstAsset(r) {
				return false
			}
			w.WriteHeader(http.StatusNotFound)
			return true
		}, Status},
		{"one asset late", func(_ http.ResponseWriter, r *http.Request) bool {
			if isFirstAsset(r) {
				select {
				case <-time.After(Patience + time.Millisecond):
				case <-r.Context().Done():
				}
			}
			return false
		}, Timeout},
		{"broken off", func(w http.ResponseWriter, r *http.Request) bool {
			if !isFirstAsset(r) {
				return false
			}
			w.Header().Set("Content-Length", "5000")
			_, _ = w.Write([]byte("half"))
			panic(http.ErrAbortHandler)
		}, Connection},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := handling(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if !tt.spoil(w, r) {
						press(w, r)
					}
				}))
				model := &Model{Assets: []int{1000}} // the front page, one view each
				total := Run(t.Context(), Options{
					Seed: 13, Model: model, RateHz: 2, Length: 5 * time.Second, Paper: courier, Network: w,
					Target: target, ServerName: host,
				}).Total()
				if total.Asked == 0 || total.Failed[tt.want] != total.Asked {
					t.Errorf("got %+v, want all failed by %v", total, tt.want)
				}
			})
		})
	}
}

func TestNobodyListens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		w.Close()
		total := Run(t.Context(), Options{Seed: 14, RateHz: 2, Length: 5 * time.Second, Paper: courier, Network: w, Target: target}).Total()
		if total.Asked == 0 || total.Failed[Connection] != total.Asked {
			t.Errorf("got %+v, want all failed by %v", total, Connection)
		}
	})
}

// A network that swallows everything costs each reader their patience and no more.
func TestNobodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		o := Options{Seed: 15, RateHz: 2, Length: 5 * time.Second, Paper: courier, Network: newWire(), Target: target}
		total := Run(t.Context(), o).Total()
		if total.Asked == 0 || total.Failed[Timeout] != total.Asked {
			t.Errorf("got %+v, want all failed by %v", total, Timeout)
		}
		if took := time.Since(begun); took > o.Length+Patience {
			t.Errorf("took %v, want at most %v", took, o.Length+Patience)
		}
	})
}

func TestRunCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5500*time.Millisecond)
		defer cancel()
		begun := time.Now()
		total := Run(ctx, Options{Seed: 16, RateHz: 2, Length: time.Hour, Paper: courier, Network: newWire(), Target: target}).Total()
		if took := time.Since(begun); took != 5500*time.Millisecond {
			t.Errorf("took %v, want 5.5s", took)
		}
		if total.Failed[Timeout] != total.Asked || total.Asked == 0 {
			t.Errorf("got %+v, want timeouts only", total)
		}
	})
}

func TestHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		seen := make(map[string]*http.Request) // by what it shows
		w := handling(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			switch {
			case r.Method == http.MethodPost:
				seen["form"] = r
			case strings.HasSuffix(r.URL.Path, ".css"):
				seen["style"] = r
			case r.URL.Path == paper.FeedPath:
				seen["feed"] = r
			case strings.HasPrefix(r.UserAgent(), "curl"):
				seen["script"] = r
			case r.Header.Get("Referer") == "":
				seen["first"] = r
			default:
				seen["next"] = r
			}
			mu.Unlock()
			w.Header().Add("Set-Cookie", "a=1; Path=/")
			press(w, r)
		}))
		model := Default()
		model.Forms, model.Feeds, model.Scripts = 0.2, 0.1, 0.1
		wantAllServed(t, Run(t.Context(), Options{
			Seed: 17, Model: model, RateHz: 5, Length: 20 * time.Second, Paper: courier, Network: w,
			Target: target, ServerName: host,
		}))
		for _, tt := range []struct{ what, field, want string }{
			{"first", "Sec-Fetch-Site", "none"},
			{"first", "Sec-Fetch-Mode", "navigate"},
			{"first", "Accept-Encoding", ""},
			{"next", "Sec-Fetch-Site", "same-origin"},
			{"style", "Sec-Fetch-Dest", "style"},
			{"form", "Content-Type", "application/x-www-form-urlencoded"},
			{"form", "Origin", "http://" + host},
			{"feed", "Sec-Fetch-Mode", ""},
			{"script", "Accept", "*/*"},
			{"script", "Accept-Language", ""},
		} {
			r := seen[tt.what]
			if r == nil {
				t.Fatalf("no request of a %s", tt.what)
			}
			if got := r.Header.Get(tt.field); got != tt.want || r.Host != host {
				t.Errorf("%s: got %s %q at host %s, want %q at %s", tt.what, tt.field, got, r.Host, tt.want, host)
			}
		}
		for _, what := range []string{"next", "style", "form"} {
			if seen[what].Header.Get("Cookie") == "" {
				t.Errorf("%s: no cookie", what)
			}
		}
	})
}

// press answers as the paper has it, at once.
func press(w http.ResponseWriter, r *http.Request) {
	switch d, ok := courier.Page(r.RequestURI); {
	case r.Method == http.MethodPost:
		sent, _ := io.ReadAll(r.Body)
		_, _ = w.Write(courier.Form(r.URL.Path, sent))
	case ok:
		_, _ = w.Write(d.Body)
	case r.URL.Path == paper.SearchPath:
		_, _ = w.Write(courier.Search(r.URL.Query().Get("q")))
	default:
		asset, _ := courier.Asset(r.URL.Path)
		_, _ = w.Write(asset.Body)
	}
}

// isFirstAsset reports whether r asks for the first asset of the front page.
func isFirstAsset(r *http.Request) bool {
	front, _ := courier.Page(paper.FrontPath)
	return r.URL.Path == front.Assets[0]
}

func wantAllServed(t *testing.T, r Report) {
	t.Helper()
	total := r.Total()
	if total.Asked == 0 || total.Served != total.Asked || len(total.Times) != total.Served {
		t.Fatalf("got %d served of %d, failed %v; want all of some", total.Served, total.Asked, total.Failed)
	}
}

func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	authority, err := ca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := authority.Issue(time.Now(), host)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}}, authority.Pool()
}
