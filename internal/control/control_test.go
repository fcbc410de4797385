package control

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers with s on a socket until the test ends.
func serve(t *testing.T, s *Server) *Client {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	ln, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(s.Handler())
	_ = web.Listener.Close()
	web.Listener = ln
	web.Start()
	t.Cleanup(web.Close)
	return &Client{Path: path}
}

func TestAsk(t *testing.T) {
	var purged []Purge
	wrong := error(nil)
	c := serve(t, &Server{
		Status: func() any { return map[string]int{"sites": 3} },
		Reload: func(context.Context) (int, error) { return 2, wrong },
		Purge:  func(p Purge) (int, error) { purged = append(purged, p); return 5, wrong },
	})
	if text, err := c.Status(t.Context()); err != nil || strings.TrimSpace(string(text)) != `{"sites":3}` {
		t.Errorf("status: got %q, %v", text, err)
	}
	if r, err := c.Reload(t.Context()); err != nil || r.Sites != 2 {
		t.Errorf("reload: got %v, %v", r, err)
	}
	p := Purge{Site: "www.example.org", Prefix: "/news/"}
	if r, err := c.Purge(t.Context(), p); err != nil || r.Forgotten != 5 {
		t.Errorf("purge: got %v, %v", r, err)
	}
	if diff := cmp.Diff([]Purge{p}, purged); diff != "" {
		t.Errorf("purged (-want +got):\n%s", diff)
	}

	wrong = errors.New("seawall.yaml:2:1: one\nseawall.yaml:3:1: two")
	_, err := c.Reload(t.Context())
	if refused, ok := errors.AsType[*RefusedError](err); !ok || refused.Text != wrong.Error() {
		t.Errorf("a reload that is refused: got %v", err)
	}
	_, err = c.Purge(t.Context(), p)
	if _, ok := errors.AsType[*RefusedError](err); !ok {
		t.Errorf("a purge that is refused: got %v", err)
	}
	if _, err := c.Purge(t.Context(), Purge{}); err == nil || len(purged) != 2 {
		t.Errorf("a purge of nothing: got %v, asked %d times", err, len(purged))
	}
}

// TestRefuses what is no question of ours.
func TestRefuses(t *testing.T) {
	s := &Server{
		Status: func() any { return nil },
		Reload: func(context.Context) (int, error) { t.Error("reloaded"); return 0, nil },
		Purge:  func(Purge) (int, error) { t.Error("purged"); return 0, nil },
	}
	h := s.Handler()
	for _, tt := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/reload", "", 405},
		{"GET", "/purge", "", 405},
		{"POST", "/status", "", 405},
		{"GET", "/", "", 404},
		{"POST", "/purge", "", 400},
		{"POST", "/purge", "[]", 400},
		{"POST", "/purge", `{"url":"/a","tag":"b"}`, 400},
		{"POST", "/purge", `{"prefx":"/a"}`, 400},
		{"POST", "/purge", `{"url":"/a"} {"url":"/b"}`, 400},
		{"POST", "/purge", `{"url":"/` + strings.Repeat("a", maxText) + `"}`, 400},
		{"POST", "/purge", `{"tag":"` + strings.Repeat("a", MaxBody) + `"}`, 400},
		{"POST", "/purge", "{\"tag\":\"a\\u0000b\"}", 400},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body)))
		if w.Code != tt.status {
			t.Errorf("%s %s %.40s: got %d, want %d", tt.method, tt.path, tt.body, w.Code, tt.status)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	c := &Client{Path: filepath.Join(t.TempDir(), "none")}
	_, err := c.Status(t.Context())
	if err == nil || !strings.HasPrefix(err.Error(), "ask "+c.Path+": dial unix") {
		t.Errorf("got %v", err)
	}
}

func TestTarget(t *testing.T) {
	for _, tt := range []struct {
		p          Purge
		host, path string
		wrong      bool
	}{
		{p: Purge{URL: "/a?b=c"}, path: "/a?b=c"},
		{p: Purge{URL: "https://WWW.example.org:8443/a?b=c#d"}, host: "www.example.org", path: "/a?b=c"},
		{p: Purge{URL: "https://www.example.org"}, host: "www.example.org", path: "/"},
		{p: Purge{URL: "https://www.example.org?q=1"}, host: "www.example.org", path: "/?q=1"},
		{p: Purge{URL: "http://[2001:db8::1]/%2e"}, host: "2001:db8::1", path: "/%2e"},
		{p: Purge{Prefix: "/news/"}, path: "/news/"},
		{p: Purge{Prefix: "https://www.example.org/news/"}, host: "www.example.org", path: "/news/"},
		{p: Purge{Tag: "front"}},
		{p: Purge{URL: "//www.example.org/a"}, wrong: true},
		{p: Purge{URL: "www.example.org/a"}, wrong: true},
		{p: Purge{URL: "ftp://www.example.org/a"}, wrong: true},
		{p: Purge{URL: "https://name:word@www.example.org/a"}, wrong: true},
		{p: Purge{URL: "https:///a"}, wrong: true},
	} {
		host, path, err := tt.p.Target()
		if host != tt.host || path != tt.path || (err != nil) != tt.wrong {
			t.Errorf("%+v: got %q, %q, %v", tt.p, host, path, err)
		}
		if (tt.p.Check() != nil) != tt.wrong {
			t.Errorf("%+v: Check says %v", tt.p, tt.p.Check())
		}
	}
}

func FuzzPurge(f *testing.F) {
	for _, seed := range []string{`{"url":"https://www.example.org/a?b"}`, `{"prefix":"/a","site":"b"}`, `{"tag":"x"}`, `{"url":"http://[::1]:80?"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := readPurge(bytes.NewReader(data))
		if err != nil {
			return
		}
		host, path, err := p.Target()
		if err != nil {
			t.Fatalf("checked, and then %v", err)
		}
		if p.Tag == "" && (path == "" || path[0] != '/') || strings.ContainsAny(host, "/?#@") || strings.Contains(path, "#") && !strings.HasPrefix(p.URL+p.Prefix, "/") {
			t.Errorf("%+v: host %q, path %q", p, host, path)
		}
	})
}

func TestPaths(t *testing.T) {
	for _, tt := range []struct {
		env  map[string]string
		want []string
	}{
		{nil, []string{"/run/seawall/control.sock"}},
		{map[string]string{"XDG_RUNTIME_DIR": "/run/user/7"}, []string{"/run/user/7/seawall-control.sock", "/run/seawall/control.sock"}},
		{
			map[string]string{"RUNTIME_DIRECTORY": "/run/a:/run/b", "XDG_RUNTIME_DIR": "/run/user/7"},
			[]string{"/run/a/control.sock", "/run/user/7/seawall-control.sock", "/run/seawall/control.sock"},
		},
		{map[string]string{"RUNTIME_DIRECTORY": "a", "XDG_RUNTIME_DIR": "b"}, []string{"/run/seawall/control.sock"}},
	} {
		if diff := cmp.Diff(tt.want, Paths(func(name string) string { return tt.env[name] })); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.env, diff)
		}
	}
}

// TestListenReplacesWhatIsLeft and nothing else.
func TestListenReplacesWhatIsLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	if other, err := Listen(t.Context(), path); err == nil {
		other.Close()
		t.Error("a socket that is served was taken over")
	}
	_ = left.Close()
	ln, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if info, err := os.Lstat(path); err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("got mode %v, %v", info.Mode(), err)
	}
}
