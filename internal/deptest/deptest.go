// Package deptest holds the project to its plan of who may import whom.
//
// The plan is one table, [House]; [Read] finds what the source files import and [Rules.Check] compares the two. Every package needs
// a row: one that no row covers is reported like a forbidden import, so that the plan cannot fall behind the code. Files count
// whatever system or build tag they are for; test files and files tagged "ignore" do not count, and tests may import what they need.
//
// It reads the files itself and asks no other program, so go test knows which files a result rests on and does not reuse it after
// they changed.
package deptest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Rules say which packages of a module may import which.
type Rules struct {
	Module string // the module's path
	Table  string // where the rows are written, named in complaints
	Rows   []Row
}

// Row is the rule for one package or one tree of packages. Where several rows cover a package, the one with the longest path is its rule,
// and of two with the same path the one without "/...".
//
// A pattern is a path below the module, "." for the module's root. Ending in "/..." it covers the package and all below it.
type Row struct {
	Package string
	May     []string // patterns of what it may import from the module, beside what Package itself covers
	StdOnly bool     // whether it may import nothing from other modules
	Why     string   // the rule in words, the end of a sentence
}

// Package is what the rules need to know of one package.
type Package struct {
	Path    string   // below the module, "." for its root
	Name    string   // from the package clause
	Comment string   // the package comment; "" when no file has one
	Imports []Import // in order of file name, then line
}

// Import is one import in one file.
type Import struct {
	Path string // as written
	File string // below the module, with slashes
	Line int    // from 1
}

// Check returns one sentence for each breach of the rules, in order of package; none when all is well.
func (r Rules) Check(pkgs []Package) []string {
	var breaches []string
	for _, p := range pkgs {
		row, ok := r.rowFor(p.Path)
		if !ok {
			breaches = append(breaches, fmt.Sprintf("package %s is in no row of the table in %s: add it there, beside its kind", p.Path, r.Table))
			continue
		}
		for _, imp := range p.Imports {
			if !r.allows(row, imp.Path) {
				breaches = append(breaches, fmt.Sprintf("%s:%d: %s imports %s, but %s (row %q in %s)",
					imp.File, imp.Line, p.Path, r.short(imp.Path), row.Why, row.Package, r.Table))
			}
		}
	}
	return breaches
}

// rowFor returns the rule for the package at path.
func (r Rules) rowFor(path string) (Row, bool) {
	rows := slices.DeleteFunc(slices.Clone(r.Rows), func(row Row) bool { return !covers(row.Package, path) })
	if len(rows) == 0 {
		return Row{}, false
	}
	return slices.MaxFunc(rows, func(a, b Row) int { return cmp.Compare(a.narrowness(), b.narrowness()) }), true
}

// narrowness grows with the length of a row's path; of two rows with one path, that of the single package is narrower.
func (row Row) narrowness() int {
	tree, isTree := strings.CutSuffix(row.Package, "/...")
	if isTree {
		return 2 * len(tree)
	}
	return 2*len(tree) + 1
}

// allows reports whether row lets its packages import what is called path in an import declaration.
func (r Rules) allows(row Row, path string) bool {
	if !r.own(path) {
		return !row.StdOnly || isStd(path)
	}
	fits := func(pattern string) bool { return covers(pattern, r.short(path)) }
	return fits(row.Package) || slices.ContainsFunc(row.May, fits)
}

// own reports whether an import path belongs to the module.
func (r Rules) own(path string) bool {
	return path == r.Module || strings.HasPrefix(path, r.Module+"/")
}

// short returns an import path as patterns write it; one of another module is returned whole.
func (r Rules) short(path string) string {
	if path == r.Module {
		return "."
	}
	return strings.TrimPrefix(path, r.Module+"/")
}

// covers reports whether pattern, as in [Row], covers the package at path.
func covers(pattern, path string) bool {
	tree, ok := strings.CutSuffix(pattern, "/...")
	return path == tree || ok && strings.HasPrefix(path, tree+"/")
}

// isStd reports whether path is in the standard library: only the first element of other modules' paths has a dot.
func isStd(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}
