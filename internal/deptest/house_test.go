package deptest

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// project reads the packages of this project.
func project(t *testing.T) []Package {
	t.Helper()
	pkgs, err := Read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) < 2 || pkgs[0].Path != "." {
		t.Fatalf("got packages %v, want the project's, beginning with its root", pkgs)
	}
	return pkgs
}

func TestImportsPointDown(t *testing.T) {
	for _, breach := range House.Check(project(t)) {
		t.Error(breach)
	}
}

// TestRehearsalIsApart holds whatever the table says: only the rehearsal, the proof rig and the command line can reach code that
// makes load.
func TestRehearsalIsApart(t *testing.T) {
	for _, p := range project(t) {
		if coveredBy(slices.Concat(drill, bench, cmd), p.Path) {
			continue
		}
		for _, imp := range p.Imports {
			if coveredBy(drill, House.short(imp.Path)) {
				t.Errorf("%s:%d: %s imports %s, but only %s, %s and %s may import the rehearsal",
					imp.File, imp.Line, p.Path, imp.Path, drill, bench, cmd)
			}
		}
	}
}

// TestTestkitIsForTests holds whatever the table says: what helps tests stays out of the program.
func TestTestkitIsForTests(t *testing.T) {
	for _, p := range project(t) {
		if coveredBy(testkit, p.Path) || strings.HasSuffix(p.Path, "test") {
			continue
		}
		for _, imp := range p.Imports {
			if imp.Path == "testing" || coveredBy(testkit, House.short(imp.Path)) {
				t.Errorf("%s:%d: %s imports %s, but only tests and suites for tests may", imp.File, imp.Line, p.Path, imp.Path)
			}
		}
	}
}

func TestPackageComments(t *testing.T) {
	for _, p := range project(t) {
		if want := "Package " + p.Name + " "; p.Name != "main" && !strings.HasPrefix(p.Comment, want) {
			t.Errorf("package %s has the comment %.40q, want one that begins with %q", p.Path, p.Comment, want)
		}
		if p.Comment == "" && p.Name == "main" {
			t.Errorf("command %s has no comment that says what it is for", p.Path)
		}
	}
}

// TestHouseIsSound finds slips in the table itself: two rows for one pattern, a row that may import a package without a row.
func TestHouseIsSound(t *testing.T) {
	seen := make(map[string]bool)
	for _, row := range House.Rows {
		if seen[row.Package] {
			t.Errorf("%s has two rows", row.Package)
		}
		seen[row.Package] = true
		if row.Why == "" {
			t.Errorf("row %s does not say why", row.Package)
		}
		for _, may := range row.May {
			if _, ok := House.rowFor(strings.TrimSuffix(may, "/...")); !ok {
				t.Errorf("row %s may import %s, which has no row", row.Package, may)
			}
		}
	}
}

func coveredBy(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return covers(pattern, path) })
}
