package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seawall-project/seawall/internal/config"
)

const guide = "../../docs/guides/install.md"

func readGuide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks returns the fenced blocks of a language.
func blocks(text, language string) (all []string) {
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// TestGuideCommands holds that every seawall command of the guides is one that there is, with flags and arguments that it takes, and that
// every file of ours that they name is there.
func TestGuideCommands(t *testing.T) {
	guides := map[string][]string{
		"install.md":     {"check", "status", "reload", "purge", "man"},
		"notify.md":      {"test", "status"},
		"forecasts.md":   {"now", "show", "resolve", "score", "override", "import", "list", "remove", "ready"},
		"claims.md":      {"add", "list", "show", "verdict", "export", "key", "head", "verify", "erase"},
		"status-page.md": {"render", "serve", "freeze", "thaw"},
		"intel.md":       nil,
		"origins.md":     {"status"},
		"watch.md":       {"add", "import", "run", "status", "history", "now", "list", "ack", "maintenance", "pause", "opt-out", "replay", "probe", "backup", "agent"},
	}
	all, err := filepath.Glob(filepath.Join(filepath.Dir(guide), "*.md"))
	if err != nil || len(all) != len(guides) {
		t.Fatalf("there are %d guides, want %d: %v", len(all), len(guides), err)
	}
	for path, shows := range guides {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(guide), path))
		if err != nil {
			t.Fatal(err)
		}
		found := checkCommands(t, string(text))
		for _, name := range shows {
			if found[name] == 0 {
				t.Errorf("%s does not show %s", path, name)
			}
		}
	}
}

// commandLines returns what a guide shows as commands, in blocks and between words.
func commandLines(text string) []string {
	var lines []string
	for _, b := range blocks(text, "sh") {
		b = strings.ReplaceAll(b, "\\\n", " ")
		lines = append(lines, strings.Split(strings.TrimSpace(b), "\n")...)
	}
	for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(text, -1) {
		lines = append(lines, m[1])
	}
	return lines
}

// shellWords splits a command line as a shell does, as far as guides need it: quotes hold together, and a comment ends it.
func shellWords(line string) []string {
	line, _, _ = strings.Cut(line, " #")
	var all []string
	for _, m := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		all = append(all, m[1]+m[2])
	}
	return all
}

// checkCommands returns how often a text shows each command.
func checkCommands(t *testing.T, text string) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, line := range commandLines(text) {
		args := shellWords(strings.TrimPrefix(line, "sudo "))
		for _, arg := range args {
			if strings.HasPrefix(arg, "deploy/") || strings.HasPrefix(arg, "./cmd/") {
				if _, err := os.Stat(filepath.Join("..", "..", arg)); err != nil {
					t.Errorf("%s: %v", line, err)
				}
			}
		}
		if len(args) < 2 || args[0] != "seawall" {
			continue
		}
		root := newRoot()
		root.InitDefaultCompletionCmd()
		cmd, rest, err := root.Find(args[1:])
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		cmd.InitDefaultHelpFlag()
		if err := cmd.ParseFlags(rest); err != nil {
			t.Errorf("%s: %v", line, err)
		} else if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil && !strings.Contains(line, "--help") {
			t.Errorf("%s: %v", line, err)
		}
		found[cmd.Name()]++
	}
	return found
}

// TestGuideFiles holds that the configurations which the guide shows are good.
func TestGuideFiles(t *testing.T) {
	all := blocks(readGuide(t), "yaml")
	if len(all) != 2 {
		t.Fatalf("the guide shows %d configurations, want 2", len(all))
	}
	for i, want := range []config.TLS{config.TLSFiles, config.TLSACME} {
		c, err := config.Parse("seawall.yaml", []byte(all[i]))
		if err != nil {
			t.Errorf("%v\n%s", err, all[i])
			continue
		}
		if got := c.Sites[0].TLS; got != want || len(c.ListenHTTP) != 1 {
			t.Errorf("tls %s, want %s; plain listeners %v", got, want, c.ListenHTTP)
		}
	}
}

// TestGuideListeners holds that what the guide's configuration listens on is what the socket unit hands over.
func TestGuideListeners(t *testing.T) {
	c, err := config.Parse("seawall.yaml", []byte(blocks(readGuide(t), "yaml")[0]))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(unitFolder, "seawall.socket"))
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range append(c.Listen, c.ListenHTTP...) {
		if want := "\nListenStream=" + strings.TrimPrefix(addr, ":") + "\n"; !strings.Contains(string(text), want) {
			t.Errorf("%s is not handed over", addr)
		}
	}
}

// TestGuideFirewall lets nft read the rules, and change nothing.
func TestGuideFirewall(t *testing.T) {
	nft, err := exec.LookPath("nft")
	if err != nil {
		t.Skip("no nft here")
	}
	path := filepath.Join(t.TempDir(), "rules.nft")
	if err := os.WriteFile(path, []byte(blocks(readGuide(t), "nft")[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), nft, "--check", "--file", path).CombinedOutput(); err != nil {
		if strings.Contains(string(out), "Operation not permitted") || strings.Contains(string(out), "cache initialization") {
			t.Skipf("nft may not even look here: %s", out)
		}
		t.Errorf("nft: %v\n%s", err, out)
	}
}

// TestGuideMetrics holds that the metrics which the guide names for alarms are ones that a running Seawall has.
func TestGuideMetrics(t *testing.T) {
	var names []string
	for _, m := range regexp.MustCompile("`(seawall_[a-z_]+)`").FindAllStringSubmatch(readGuide(t), -1) {
		names = append(names, m[1])
	}
	if len(names) < 5 {
		t.Fatalf("the guide names %v", names)
	}
	p := startProcess(t, "run", "--site", "www.example.org", "--origin", "http://127.0.0.1:1", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
	page := p.metrics(t)
	for _, name := range names {
		if !strings.Contains(page, "\n# TYPE "+name+" ") {
			t.Errorf("there is no %s", name)
		}
	}
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
}
