package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGuides checks every configuration that a guide shows.
func TestGuides(t *testing.T) {
	for _, path := range files(t, filepath.Join("..", "..", "docs", "guides", "*.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range strings.Split(string(text), "```yaml\n")[1:] {
			file, _, closed := strings.Cut(block, "```")
			if !closed || !strings.HasPrefix(file, "version:") {
				continue // a part of a file
			}
			if _, err := Parse(filepath.Base(path), []byte(file)); err != nil {
				t.Errorf("%s, block %d: %v", path, i+1, err)
			}
		}
	}
}

// TestGuideDefaults: the guide to origins shows the defaults, as it says.
func TestGuideDefaults(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "guides", "origins.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	file, _, _ := strings.Cut(rest, "```")
	shown, err := Parse("origins.md", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := Parse("plain", []byte("version: 1\nsites: [{name: www.example.org, origins: [\"http://192.0.2.10:8080\", \"http://192.0.2.11:8080\"]}]"))
	if err != nil {
		t.Fatal(err)
	}
	got, want := shown.Sites[0].Upstream, plain.Sites[0].Upstream
	if got.Health.Every != want.Health.Every || got.Health.Timeout != want.Health.Timeout || got.InOrder != want.InOrder {
		t.Errorf("the guide shows %+v, the defaults are %+v", got, want)
	}
}
