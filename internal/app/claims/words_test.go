package claims_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/report/page"
)

// closed returns the values of the constants of a type, as the source of internal/claim has them.
func closed(t *testing.T, of string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "claim", "word.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			return true
		}
		if name, ok := v.Type.(*ast.Ident); ok && name.Name == of {
			word, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, word)
		}
		return true
	})
	slices.Sort(all)
	return all
}

// TestWords holds that every reason and finding has words in English and Danish, and that pages say the same.
func TestWords(t *testing.T) {
	words := map[string]claim.Words{}
	var reasons, findings []string
	for _, r := range claim.Reasons() {
		reasons, words[string(r)] = append(reasons, string(r)), r.Words()
	}
	for _, f := range claim.Findings() {
		findings, words[string(f)] = append(findings, string(f)), f.Words()
	}
	if want := closed(t, "Reason"); !slices.Equal(reasons, want) || len(want) == 0 {
		t.Errorf("words of the reasons %v, want those of %v", reasons, want)
	}
	if want := closed(t, "Finding"); !slices.Equal(findings, want) || len(want) == 0 {
		t.Errorf("words of the findings %v, want those of %v", findings, want)
	}
	for code, w := range words {
		en, _ := page.Says(code, seawall.English)
		da, _ := page.Says(code, seawall.Danish)
		if w.EN == "" || w.DA == "" || w.EN == w.DA || en != w.EN || da != w.DA {
			t.Errorf("%s: the verdict says %+v, a page %q and %q", code, w, en, da)
		}
	}
}
