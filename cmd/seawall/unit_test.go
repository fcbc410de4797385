package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const unitFolder = "../../deploy/systemd"

// unit returns the text of a unit file with the program that this test is in the place of the installed one.
func unit(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(unitFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "/usr/local/bin/seawall", self)
}

// TestUnitsVerify lets systemd read the unit files, as far as it can without running them.
func TestUnitsVerify(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze here")
	}
	dir := t.TempDir()
	var paths []string
	for _, name := range []string{"seawall.service", "seawall.socket"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(unit(t, name)), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	out, err := exec.CommandContext(t.Context(), analyze, append([]string{"verify", "--man=no"}, paths...)...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "seawall.") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// TestUnitsRun holds that the commands of the unit files are ones that there are, with flags that there are.
func TestUnitsRun(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(unitFolder, "seawall.service"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(text)) {
		key, command, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || key != "ExecStart" && key != "ExecReload" {
			continue
		}
		found++
		args := strings.Fields(command)[1:]
		cmd, rest, err := newRoot().Find(args)
		if err != nil || cmd.ParseFlags(rest) != nil || cmd.Flags().NArg() != 0 {
			t.Errorf("%s: no such command: %v", line, err)
		}
	}
	if found != 2 {
		t.Errorf("found %d commands, want a start and a reload", found)
	}
}
