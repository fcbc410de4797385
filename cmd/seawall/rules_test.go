package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/intel/draft"
)

// TestRules goes the whole way from a list to a rule in force: import, prepare, list, approve, drop, as a person would.
func TestRules(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	state, socket := filepath.Join(dir, "state"), filepath.Join(dir, "s")
	var targets []string
	for i := range 70 { // more than one set holds, and more bytes than a short question
		targets = append(targets, fmt.Sprintf(`{"host":"www.example.org","type":"http","method":"GET","port":443,"path":"/%c%c/page?%s"}`,
			'a'+i/20, 'a'+i%20, strings.Join(strings.Fields(strings.Repeat("alpha=1& ", 12)), "")))
	}
	list := put("2025-01-02_08-00-00.json", `{"targets":[{"host":"example.org","type":"http2","method":"GET","port":443,"path":"/search?q=$_1"},`+strings.Join(targets, ",")+`],"randoms":[]}`)
	file := put("seawall.yaml", fmt.Sprintf("version: 1\nlisten: 127.0.0.1:0\nadmin: off\ncontrol: %s\nsites:\n  - {name: www.example.org, origin: \"http://127.0.0.1:1\", tls: off}\n", socket))
	p := startProcess(t, "run", "-c", file)

	output(t, "intel", "import", list, "--state", state)
	sets := func(args ...string) (all []app.RuleSetShown) {
		t.Helper()
		if err := json.Unmarshal(output(t, append(append([]string{"rules"}, args...), "--control", socket, "--json")...), &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	prepared := sets("prepare", "www.example.org", "--state", state)
	if len(prepared) != 1 || prepared[0].Waits != draft.WaitsUnknown || len(prepared[0].Rules) != 64 || prepared[0].Covers+prepared[0].Left != 71 {
		t.Fatalf("prepared %d sets: %+v", len(prepared), prepared)
	}
	id := prepared[0].ID
	if text := string(output(t, "rules", "list", "--control", socket)); !strings.Contains(text, "GET /aa/page?alpha=…&alpha=…") || !strings.Contains(text, "waits for you (unknown)") {
		t.Errorf("list says %s", text)
	}
	if got := sets("approve", "www.example.org", id); len(got) != 1 || got[0].Waits != draft.WaitsNot {
		t.Errorf("approved: %+v", got)
	}
	if got := sets("drop", "www.example.org", id); len(got) != 1 {
		t.Errorf("dropped: %+v", got)
	}
	if got := sets("list", "www.example.org"); len(got) != 0 {
		t.Errorf("left: %+v", got)
	}
	if out, err := command(t, "rules", "prepare", "other.example", "--control", socket, "--state", state).CombinedOutput(); err == nil ||
		!strings.Contains(string(out), "no order that was imported names the site") {
		t.Errorf("a site that nobody named: %s, %v", out, err)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
}
