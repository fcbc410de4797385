package publish

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/room/status"
)

func TestMain(m *testing.M) {
	if as := os.Getenv("SEAWALL_TEST_COMMAND"); as != "" {
		os.Exit(command(as))
	}
	goleak.VerifyTestMain(m)
}

var folder = status.Folder{"index.html": []byte("<p>æ"), "en.html": []byte("<p>"), "status.json": []byte("{}")}

// dial is the dialler of a test: this machine alone.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	if host, _, _ := net.SplitHostPort(address); !net.ParseIP(host).IsLoopback() {
		return nil, errors.New("not this machine")
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// store is an object store.
type store struct {
	mu     sync.Mutex
	order  []string
	files  map[string]string
	tokens map[string]bool
	answer func(name string) int
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, _ := io.ReadAll(r.Body)
	name := r.Method + " " + r.URL.Path
	s.order = append(s.order, name)
	s.tokens[r.Header.Get("Authorization")] = true
	if status := s.answer(name); status != 0 {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "geheim \x1b[31m")
		return
	}
	s.files[r.URL.Path] = r.Header.Get("Content-Type") + " " + string(data)
	w.WriteHeader(http.StatusCreated)
}

func newStore(t *testing.T, answer func(name string) int) (*store, string) {
	s := &store{files: map[string]string{}, tokens: map[string]bool{}, answer: answer}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return s, srv.URL + "/bucket/"
}

func well(string) int { return 0 }

func newPut(t *testing.T, o PutOptions) *Put {
	t.Helper()
	if o.Dial == nil {
		o.Dial = dial
	}
	p, err := NewPut(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPut(t *testing.T) {
	s, url := newStore(t, well)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("a.token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := newPut(t, PutOptions{URL: url, TokenFile: token}).Publish(t.Context(), folder, ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"PUT /bucket/status.json", "PUT /bucket/en.html", "PUT /bucket/index.html"}, s.order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	want := map[string]string{
		"/bucket/status.json": "application/json {}", "/bucket/en.html": "text/html; charset=utf-8 <p>", "/bucket/index.html": "text/html; charset=utf-8 <p>æ",
	}
	if diff := cmp.Diff(want, s.files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]bool{"Bearer a.token": true}, s.tokens); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
}

// TestPutFails: a file that is not taken ends the try before the index, a redirect is not followed, and no error says what the server said,
// nor where it is, nor the token.
func TestPutFails(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("hemmeligt"), 0o600); err != nil {
		t.Fatal(err)
	}
	for code, want := range map[int]string{403: "answered 403 Forbidden", 500: "answered 500", 307: "redirect, which is not followed", 507: "answered 507"} {
		s, url := newStore(t, func(name string) int {
			if strings.HasSuffix(name, "en.html") {
				return code
			}
			return 0
		})
		err := newPut(t, PutOptions{URL: url, TokenFile: token}).Publish(t.Context(), folder, "")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "publish en.html") {
			t.Errorf("%d: got %v", code, err)
			continue
		}
		if text := err.Error(); strings.Contains(text, "geheim") || strings.Contains(text, "bucket") || strings.Contains(text, "hemmeligt") {
			t.Errorf("%d: %q says too much", code, text)
		}
		if diff := cmp.Diff([]string{"PUT /bucket/status.json", "PUT /bucket/en.html"}, s.order); diff != "" {
			t.Errorf("%d: order (-want +got):\n%s", code, diff)
		}
	}
}

// TestPutHangs: a server that takes a connection and says nothing costs a try its time and no more.
func TestPutHangs(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	err = newPut(t, PutOptions{URL: "http://" + ln.Addr().String() + "/", Timeout: 50 * time.Millisecond}).Publish(t.Context(), folder, "")
	if err == nil || !strings.Contains(err.Error(), "publish status.json") {
		t.Errorf("got %v", err)
	}
}

// TestPutGoesThroughTheDialler: where it may not go it does not go.
func TestPutGoesThroughTheDialler(t *testing.T) {
	err := newPut(t, PutOptions{URL: "http://192.0.2.1/"}).Publish(t.Context(), folder, "")
	if err == nil {
		t.Error("got a page at 192.0.2.1")
	}
}

func TestPutRefuses(t *testing.T) {
	for _, url := range []string{"", "https://example.org", "https://example.org/a", "ftp://example.org/", "https://a:b@example.org/", "https://example.org/?a/", "/"} {
		if _, err := NewPut(PutOptions{URL: url, Dial: dial}); err == nil {
			t.Errorf("%q is taken", url)
		} else if strings.Contains(err.Error(), "a:b") {
			t.Errorf("%v", err)
		}
	}
	if _, err := NewPut(PutOptions{URL: "https://example.org/"}); err == nil {
		t.Error("no dialler is taken")
	}
	s, url := newStore(t, well)
	dir := t.TempDir()
	for _, token := range []string{"", "a b", "a\nb", strings.Repeat("x", maxToken+1), "æ"} {
		path := filepath.Join(dir, "token")
		if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := newPut(t, PutOptions{URL: url, TokenFile: path}).Publish(t.Context(), folder, ""); err == nil {
			t.Errorf("token %.10q is taken", token)
		}
	}
	if err := newPut(t, PutOptions{URL: url, TokenFile: filepath.Join(dir, "none")}).Publish(t.Context(), folder, ""); err == nil {
		t.Error("a missing token is taken")
	}
	if len(s.order) > 0 {
		t.Errorf("asked all the same: %v", s.order)
	}
}
