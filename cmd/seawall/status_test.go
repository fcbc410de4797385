package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestStatusServe switches the public page on, as a file says it, and takes it in where it is pushed to.
func TestStatusServe(t *testing.T) {
	dir := t.TempDir()
	state, file, token := filepath.Join(dir, "state"), filepath.Join(dir, "seawall.yaml"), filepath.Join(dir, "token")
	pushed := make(chan string, 16)
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		pushed <- r.Method + " " + r.URL.Path + " " + r.Header.Get("Authorization") + "\n" + string(body)
		w.WriteHeader(http.StatusCreated)
	}))
	defer store.Close()
	text := fmt.Sprintf("version: 1\nsites: [{name: www.example.org, origin: \"http://127.0.0.1:1\"}]\nstatus:\n  kind: owner\n  title: Byen\n"+
		"  listen: 127.0.0.1:0\n  dir: %q\n  push: {url: %q, token_file: %q, allow_private: on}\n", filepath.Join(dir, "page"), store.URL+"/byen/", token)
	for path, data := range map[string]string{file: text, token: "t0ken"} {
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, log bytes.Buffer
	if code := execute(t.Context(), []string{"watch", "add", "https://www.byen.example", "--public", "--state", state}, &out, &log); code != 0 {
		t.Fatalf("exit %d\n%s", code, &log)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() { ended <- execute(ctx, []string{"status", "serve", "-c", file, "--state", state}, &out, &log) }()
	var got []string
	for len(got) < 5 {
		select {
		case p := <-pushed:
			got = append(got, p)
		case code := <-ended:
			t.Fatalf("exit %d\n%s", code, &log)
		case <-time.After(time.Minute):
			stop()
			<-ended
			t.Fatalf("nothing is pushed after %d files\n%s", len(got), &log)
		}
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit %d\n%s", code, &log)
	}
	head, body, _ := strings.Cut(got[4], "\n")
	written, err := os.ReadFile(filepath.Join(dir, "page", "index.html"))
	if head != "PUT /byen/index.html Bearer t0ken" || err != nil || body != string(written) || !strings.Contains(body, "www.byen.example") {
		t.Errorf("got %q, %v\n%s", head, err, body)
	}
	if !strings.Contains(log.String(), "the status page is served") {
		t.Errorf("logged: %s", &log)
	}
}
