package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme checks the file that the README shows.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "```yaml\n")
	file, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("the README shows no configuration")
	}
	c, err := Parse("README.md", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sites) != 1 || c.Control == "" || len(c.Trust) != 1 {
		t.Errorf("the README's configuration says %+v", c)
	}
}
