package deptest

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Read returns the packages of the module whose root folder is fsys, in order of path. As for the go command, folders called
// testdata or vendor, those whose names begin with "." or "_", and nested modules are not part of it. A file that does not parse
// is an error.
func Read(fsys fs.FS) ([]Package, error) {
	found := make(map[string]*Package)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && skipDir(fsys, name):
			return fs.SkipDir
		case d.IsDir() || !isSource(d.Name()):
			return nil
		}
		return readFile(fsys, name, found)
	})
	if err != nil {
		return nil, fmt.Errorf("read packages: %w", err)
	}
	return inOrder(found), nil
}

func inOrder(found map[string]*Package) []Package {
	pkgs := make([]Package, 0, len(found))
	for _, dir := range slices.Sorted(maps.Keys(found)) {
		p := found[dir]
		slices.SortStableFunc(p.Imports, func(a, b Import) int {
			return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
		})
		pkgs = append(pkgs, *p)
	}
	return pkgs
}

func skipDir(fsys fs.FS, name string) bool {
	base := path.Base(name)
	if base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(name, "go.mod"))
	return err == nil
}

func isSource(base string) bool {
	return strings.HasSuffix(base, ".go") && !strings.HasSuffix(base, "_test.go") &&
		!strings.HasPrefix(base, ".") && !strings.HasPrefix(base, "_")
}

// readFile adds one file to the package of its folder.
func readFile(fsys fs.FS, name string, found map[string]*Package) error {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, name, src, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	if isIgnored(f) {
		return nil
	}
	dir := path.Dir(name)
	p := found[dir]
	if p == nil {
		p = &Package{Path: dir, Name: f.Name.Name}
		found[dir] = p
	}
	if p.Comment == "" {
		p.Comment = f.Doc.Text()
	}
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("import %s in %s: %w", spec.Path.Value, name, err)
		}
		p.Imports = append(p.Imports, Import{Path: imported, File: name, Line: files.Position(spec.Pos()).Line})
	}
	return nil
}

// isIgnored reports whether the tag "ignore" keeps a file out of every build, as it does for programs that generate others.
func isIgnored(f *ast.File) bool {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Pos() < f.Package && constraint.IsGoBuild(c.Text) {
				return wantsIgnore(c.Text)
			}
		}
	}
	return false
}

func wantsIgnore(line string) bool {
	expr, err := constraint.Parse(line)
	if err != nil {
		return false
	}
	with := expr.Eval(func(string) bool { return true })
	without := expr.Eval(func(tag string) bool { return tag != "ignore" })
	return with && !without
}
