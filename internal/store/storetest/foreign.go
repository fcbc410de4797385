package storetest

import (
	"testing"

	"github.com/seawall-project/seawall/internal/store"
)

// testForeignText: bytes that no database takes as text come in reasons.
func testForeignText(t *testing.T, place Place) {
	s := open(t, place)
	check(t, s.OptOut(t.Context(), store.OptOut{Host: "a.example", At: noon, Reason: "\xc3"}))
	check(t, s.OptOut(t.Context(), store.OptOut{Host: "b.example", At: noon, Reason: "a\x00b\xffc'); DROP TABLE opt_out; --"}))
	got := must(s.OptOuts(t.Context()))(t)
	same(t, "reasons", []string{"�", "a�b�c'); DROP TABLE opt_out; --"}, []string{got[0].Reason, got[1].Reason})
}
