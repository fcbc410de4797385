// Package control is how a person speaks to a running Seawall: a Unix socket, and on it small JSON over HTTP. [Server] answers there,
// [Client] asks.
//
//	GET  /status                 how it stands
//	POST /reload                 read the configuration again
//	POST /purge  {"prefix": …}   forget stored answers, see [Purge]
//
// Whoever may open the socket may ask: its mode is 0600, so that is its owner and root. It is never a place on a network, and what is
// said there is bounded: [MaxBody] bytes a request, a few requests at a time.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// MaxBody is the longest request body, in bytes.
const MaxBody = 64 << 10

// atOnce is how many requests are answered at the same time; more wait.
const atOnce = 4

// Server answers on the control socket. Every field but Ops is required.
type Server struct {
	// Status returns what is shown as JSON.
	Status func() any
	// Reload reads the configuration again and returns how many sites it has. When it fails nothing has changed; the error's text is
	// for the person who asked.
	Reload func(ctx context.Context) (sites int, err error)
	// Purge forgets stored answers and returns how many.
	Purge func(p Purge) (forgotten int, err error)
	// Ops are further operations, see [Ops]; nil for none.
	Ops Ops
}

// Reloaded is what came of a reload.
type Reloaded struct {
	Sites int `json:"sites"`
}

// Purged is what came of a purge.
type Purged struct {
	Forgotten int `json:"forgotten"`
}

// refusal is the answer when something could not be done.
type refusal struct {
	Error string `json:"error"`
}

// Handler returns what answers requests.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, s.Status()) })
	mux.HandleFunc("POST /reload", s.reload)
	mux.HandleFunc("POST /purge", s.purge)
	s.Ops.serve(mux)
	return bounded(mux)
}

// bounded answers a few requests at a time, and reads no more of each than [MaxBody].
func bounded(mux http.Handler) http.Handler {
	turns := make(chan struct{}, atOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case turns <- struct{}{}:
			defer func() { <-turns }()
			r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
			mux.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})
}

func (s *Server) reload(w http.ResponseWriter, r *http.Request) {
	sites, err := s.Reload(r.Context())
	if err != nil {
		answer(w, http.StatusUnprocessableEntity, refusal{err.Error()})
		return
	}
	answer(w, http.StatusOK, Reloaded{sites})
}

func (s *Server) purge(w http.ResponseWriter, r *http.Request) {
	p, err := readPurge(r.Body)
	if err != nil {
		answer(w, http.StatusBadRequest, refusal{err.Error()})
		return
	}
	n, err := s.Purge(p)
	if err != nil {
		answer(w, http.StatusUnprocessableEntity, refusal{err.Error()})
		return
	}
	answer(w, http.StatusOK, Purged{n})
}

// readPurge reads one strictly: an unknown key is a mistake that would forget the wrong thing.
func readPurge(body io.Reader) (p Purge, err error) {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return p, fmt.Errorf("read purge: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return p, errors.New("read purge: something follows it")
	}
	return p, p.Check()
}

func answer(w http.ResponseWriter, status int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(what) // whoever asked has gone
}
