package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	tell "github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/notifytest"
	"github.com/seawall-project/seawall/internal/notify/shout"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// alarmed is a configuration with a mailbox and a hook on this machine.
func alarmed(t *testing.T, hook, mailbox string) string {
	t.Helper()
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("seawall.yaml", fmt.Sprintf(`version: 1
notify:
  allow_private: [127.0.0.1]
  mail: {server: %q, encryption: off, from: seawall@example.org}
  receivers:
    - name: ops
      language: da
      channels:
        - mail: ops@example.org
        - webhook: {url_file: %q, token_file: %q}
    - name: board
      channels:
        - mail: board@example.org
sites: [{name: www.example.org, origin: "http://127.0.0.1:8080"}]
`, mailbox, write("url", hook+"/path-token\n"), write("token", "bearer-token\n")))
}

// TestNotifyTest tries the alarm as a person would, first while all is well and then while the hook refuses.
func TestNotifyTest(t *testing.T) {
	box := notifytest.NewMailbox(t)
	var refuse atomic.Bool
	var asked atomic.Int32
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if asked.Add(1); r.Header.Get("Authorization") != "Bearer bearer-token" || !strings.Contains(string(body), `"alertname":"SeawallTest"`) {
			t.Errorf("got %v %s", r.Header, body)
		}
		if refuse.Load() {
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	defer hook.Close()
	file := alarmed(t, hook.URL, box.LocalAddr())
	try := func(args ...string) (code int, stdout, stderr string) {
		var out, errs bytes.Buffer
		code = execute(t.Context(), append([]string{"notify", "test", "-c", file}, args...), &out, &errs)
		if all := out.String() + errs.String(); strings.Contains(all, "token") {
			t.Errorf("a secret shows: %s", all)
		}
		return code, out.String(), errs.String()
	}

	code, stdout, stderr := try()
	for _, want := range []string{"sent    ops by mail ops@example.org: ", "sent    ops by webhook 127.0.0.1: ", "sent    board by mail board@example.org: "} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in %s", want, stdout)
		}
	}
	if mails := box.Got(); code != exitOK || stderr != "" || len(mails) != 3-1 || asked.Load() != 1 {
		t.Fatalf("got code %d, %q, mails %v, %d requests", code, stderr, mails, asked.Load())
	}
	if got, want := box.Got()[0].Subject, "[Seawall] prøve af alarmen, intet er sket"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}

	refuse.Store(true)
	code, stdout, stderr = try("ops", "--json")
	var results []triedJSON
	if err := json.Unmarshal([]byte(stdout), &results); err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	for i := range results {
		results[i].TookMS = 0
	}
	want := []triedJSON{
		{Receiver: "ops", Channel: "mail ops@example.org", Kind: "mail", OK: true},
		{Receiver: "ops", Channel: "webhook 127.0.0.1", Kind: "webhook", Error: "answered 403 Forbidden"},
	}
	if diff := cmp.Diff(want, results); diff != "" || code != exitShort || stderr != "seawall: 1 of 2 channels did not take the message\n" {
		t.Errorf("got code %d, %q; -want +got:\n%s", code, stderr, diff)
	}

	if code, _, stderr = try("nobody"); code != exitUsage || stderr != "seawall: no receiver is called \"nobody\": there are ops, board\n" {
		t.Errorf("got code %d, %q", code, stderr)
	}
}

// TestNotifyPrivate: an address on this machine or a private network is not asked unless the configuration says so.
func TestNotifyPrivate(t *testing.T) {
	box := notifytest.NewMailbox(t)
	file := alarmed(t, "http://127.0.0.1:1", box.LocalAddr())
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte("allow_private: [127.0.0.1]"), []byte("allow_private: []")), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := execute(t.Context(), []string{"notify", "test", "board", "-c", file}, &stdout, &stderr)
	want := "failed  board by mail board@example.org: connect: 127.0.0.1 (" + box.LocalAddr() + ") is refused: loopback address: name it under notify.allow_private if that is meant\n"
	if code != exitShort || stdout.String() != want || len(box.Got()) > 0 {
		t.Errorf("got code %d, %q, want %q", code, stdout.String(), want)
	}
}

// TestNotifyStatusTells what became of messages, out of the store of a lookout that still runs.
func TestNotifyStatusTells(t *testing.T) {
	folder := t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(folder, sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	file := alarmed(t, "http://127.0.0.1:1", "127.0.0.1:1")
	cfg, err := config.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	receivers, err := app.Receivers(cfg)
	if err != nil {
		t.Fatal(err)
	}
	status := func() string {
		var stdout, stderr bytes.Buffer
		if code := execute(t.Context(), []string{"notify", "status", "-c", file, "--state", folder}, &stdout, &stderr); code != exitOK {
			t.Fatalf("got code %d, %s", code, stderr.String())
		}
		return stdout.String()
	}
	if got := status(); !strings.HasSuffix(got, "\nNo message has been sent yet.\n") {
		t.Errorf("got %q", got)
	}
	d, err := tell.New(t.Context(), tell.Options{Receivers: receivers, Outbox: db.Notices(), Logger: slog.New(slog.DiscardHandler), Wait: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Post(t.Context(), notifytest.Sample().Message); err != nil {
		t.Fatal(err)
	}
	if got := status(); strings.Count(got, "waiting until ") != 3 || !strings.Contains(got, " to ops by mail ops@example.org ([Seawall] www.example.org: down)") {
		t.Errorf("got %q", got)
	}

	// A lookout that runs is asked, and the store is not opened beside it: here, it is another one's folder.
	other := t.TempDir()
	ln, err := control.Listen(t.Context(), lookout.SocketPath(other))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: (&lookout.Desk{Store: db, Notices: db.Notices()}).Ops().Handler()}
	go func() { _ = server.Serve(ln) }()
	defer server.Close()
	var stdout, stderr bytes.Buffer
	if code := execute(t.Context(), []string{"notify", "status", "--json", "--state", other}, &stdout, &stderr); code != exitOK {
		t.Fatalf("got code %d, %s", code, stderr.String())
	}
	var told app.NotifyStatus
	if err := json.Unmarshal(stdout.Bytes(), &told); err != nil || told.Receivers != nil || !told.Kept || len(told.Deliveries) != 3 || told.Deliveries[0].State != tell.Waiting {
		t.Errorf("got %s, %v", stdout.String(), err)
	}
	if lookout.Kept(other) {
		t.Error("a store was made")
	}
}

func TestNotifyStatus(t *testing.T) {
	t.Setenv("SEAWALL_STATE", t.TempDir())
	file := alarmed(t, "http://127.0.0.1:1", "127.0.0.1:1")
	var stdout, stderr bytes.Buffer
	code := execute(t.Context(), []string{"notify", "status", "-c", file}, &stdout, &stderr)
	want := "ops: mail ops@example.org, webhook 127.0.0.1\nboard: mail board@example.org\nNo lookout has kept anything in its state folder; --state DIR names another.\n"
	if code != exitOK || stdout.String() != want {
		t.Errorf("got code %d, %q %q", code, stdout.String(), stderr.String())
	}
	if err := os.Remove(filepath.Join(filepath.Dir(file), "token")); err != nil {
		t.Fatal(err)
	}
	stdout.Reset()
	for _, args := range [][]string{{"notify", "status", "-c", file}, {"notify", "test", "-c", file}, {"check", "--offline", "-c", file}} {
		stderr.Reset()
		code = execute(t.Context(), args, &stdout, &stderr)
		if got := stderr.String(); code != exitUsage || !strings.Contains(got, "notify.receivers[0].channels[1].webhook.token_file: open ") {
			t.Errorf("%v: got code %d, %q", args, code, got)
		}
	}
}

// TestNotifyGuide holds that the commands which the guide to notifications shows are ones that there are.
func TestNotifyGuide(t *testing.T) {
	text, err := os.ReadFile("../../docs/guides/notify.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for line := range strings.SplitSeq(strings.Join(blocks(string(text), "sh"), "\n"), "\n") {
		args, ours := strings.CutPrefix(line, "seawall ")
		if !ours {
			continue
		}
		shown++
		cmd, rest, err := newRoot().Find(strings.Fields(args))
		if err == nil {
			err = cmd.ParseFlags(rest)
		}
		if err == nil {
			err = cmd.ValidateArgs(cmd.Flags().Args())
		}
		if err != nil || cmd.Parent().Name() != "notify" {
			t.Errorf("%s: %v, %v", line, cmd, err)
		}
	}
	if shown == 0 {
		t.Error("the guide shows no command")
	}
}

// TestNotifyGuideServices holds that the guide shows every service, with a URL that is one of its.
func TestNotifyGuideServices(t *testing.T) {
	text, err := os.ReadFile("../../docs/guides/notify.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range shout.Services() {
		if !strings.Contains(string(text), "| `"+name+"://") {
			t.Errorf("the guide does not show %s", name)
		}
	}
}
